import Mesh
import TestSupport
import Testing

/// One account with keys, a tmux server, and programs in it to send to.
struct DeliveryBench {
  let sandbox: Sandbox
  let tmux: TmuxServer

  /// - Parameter profile: of the test recipient; nil: nobody knows it.
  static func with(
    columns: Int = 120, rows: Int = 40, profile: String? = DeliveryBench.profile(),
    environment: [String: String] = [:], _ body: (DeliveryBench) async throws -> Void
  ) async throws {
    try await Sandbox.with { sandbox in
      try Files.makeDirectory(sandbox.home + "/.agents")
      try Files.write(sandbox.home + "/.agents/self.conf", "hub\n")
      try await sandbox.must("agent-keys", ["init"])
      let tmux = try await TmuxServer(
        sandbox, columns: columns, rows: rows, environment: environment)
      let bench = DeliveryBench(sandbox: sandbox, tmux: tmux)
      if let profile { try bench.setProfile(profile) }
      try await body(bench)
    }
  }

  func setProfile(_ text: String) throws {
    try Files.makeDirectory(sandbox.home + "/.agents/profiles")
    try Files.write(sandbox.home + "/.agents/profiles/test-recipient.toml", text)
  }

  /// What is true of the test recipient as it starts by itself.
  static func profile(_ more: String...) -> String {
    """
    kind = "agent"
    process = "test-recipient"
    prompt = "❯\\u00A0"
    above = "rule"
    below = "rule"
    busy = "esc to interrupt"
    sent = "❯ "
    brackets = true
    takes_while_busy = true
    trailing_space = true
    \(more.joined(separator: "\n"))

    """
  }

  /// `notify-pane hub-main-<window> -`, the body on stdin.
  func send(
    _ body: String, to window: String = "recipient", _ options: [String] = [], id: MessageID? = nil,
    environment: [String: String] = [:], within limit: Duration = .seconds(60)
  ) async throws -> Ran {
    let number = id.map { ["--id", $0.text] } ?? []
    return try await sandbox.run(
      "notify-pane", options + number + ["hub-main-\(window)", "-"], stdin: Array(body.utf8),
      environment: environment, within: limit)
  }

  func newID() throws -> MessageID { try #require(MessageID.random()) }
}

/// What is to come out of one delivery.
struct Expectation {
  var status: Int32
  /// `submitted`, or the reason in `--json`.
  var word: String
}

extension Recipient {
  /// The bodies of the messages among what it took, without their tags; whole texts where there is no tag.
  func bodies(_ kind: Event.Kind = .submitted) -> [String] {
    texts(kind).map { Tagged.body(of: $0) }
  }
}

/// `[from hub @ <time>] [verified <id>] <body>`
enum Tagged {
  /// Without the tag; the whole text if it has none.
  static func body(of text: String) -> String {
    let pattern = #/\[from [a-z0-9.~-]+ @ [0-9TZ:.-]{24}\] \[verified [a-z2-7]{8}[^\]]*\] /#
    guard let match = text.prefixMatch(of: pattern.dotMatchesNewlines()) else { return text }
    return String(text[match.range.upperBound...])
  }

  /// What stands in the recorded bytes for one message: the tag's time becomes `T`.
  static func timeless(_ bytes: [UInt8]) -> String {
    String(decoding: bytes, as: UTF8.self)
      .replacing(#/@ [0-9-]{10}T[0-9:.]{12}Z\]/#, with: "@ T]")
      .replacing("\u{1B}", with: "ESC")
  }
}
