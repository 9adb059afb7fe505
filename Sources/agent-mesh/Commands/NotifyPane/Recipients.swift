internal import FoundationEssentials
internal import Mesh
internal import MeshHost

/// A message to more than one: `a,b,c`, `--to-role`, `--to-host`. Each recipient gets a message of its own.
struct Recipients {
  /// More are addressed with `--yes` alone.
  static let mostWithoutYes = 10
  private static let most = 500

  let site: Site
  let message: SendCommand

  /// - Returns: whether the words mean several.
  static func isList(_ words: [String]) -> Bool { words.first?.contains(",") == true }

  /// `a,b,c` at the beginning of the words, the text behind it.
  func runList() throws {
    let names = (message.words.first ?? "").split(separator: ",").map(String.init)
    try run(names, Array(message.words.dropFirst()))
  }

  /// - Parameters:
  ///   - role: words of their role.
  ///   - host: of a host; `all`: of every one; nil: of this one.
  func run(role: String?, host: String?) throws {
    let hosts = try chosen(host)
    let found = try OverviewReading(site).run(asking: false)
    let own = try own()
    let names = found.agents.filter { agent in
      (hosts.map { $0 == agent.host } ?? true) && agent.address != own
        && (role.map { AgentRow.role(agent.role, has: $0) } ?? true)
    }
    guard !names.isEmpty else {
      let whom = role.map { "has the role \(SafeText.line($0, limit: 60))" } ?? "is there"
      throw Failure(
        .unknownAgent, Outcome.unknownAgent.rawValue,
        "no agent of \(hosts?.name ?? "any host") \(whom)", try: "agent-mesh list")
    }
    try run(names.map(\.address.text).sorted(), message.words)
  }

  /// nil: all.
  private func chosen(_ name: String?) throws -> Host? {
    guard let name else { return site.host }
    if name == "all" { return nil }
    guard let host = try? Host(validating: name) else {
      throw Failure.usage(
        "\(SafeText.line(name, limit: 60)) is no host", try: "agent-mesh list")
    }
    return host
  }

  /// Nobody means oneself by a role or a host.
  private func own() throws -> Address {
    let sending = try Setup.sending(site)
    return try Senders.identify(site, sending.trusted, as: message.name).address
  }

  private func run(_ names: [String], _ words: [String]) throws {
    var seen: Set<String> = []
    let names = names.filter { seen.insert($0).inserted }
    guard !names.isEmpty else { throw Failure.usage("no recipient") }
    guard names.count <= Self.mostWithoutYes || message.yes else {
      throw Failure.usage("that is \(names.count) recipients: --yes says that they are meant")
    }
    guard names.count <= Self.most else {
      throw Failure.usage("that is \(names.count) recipients, more than \(Self.most)")
    }
    guard message.file == nil, message.id == nil, !message.reply else {
      throw Failure.usage("--file, --id and --reply go with one recipient")
    }
    let body = try Body.read(words[...], to: names.first)
    var worst: Int32 = 0
    for name in names {
      do throws {
        var one = message
        (one.words, one.body) = ([name], body)
        try one.run(site)
      } catch {
        let failure = Failure(error)
        if !message.json {
          failure.report(as: "notify-pane", .sending, json: false)
        } else if !failure.wasSaid {
          Output.json(failure.object(to: name))
        }
        worst = max(worst, failure.code)
      }
    }
    Output.forgive()
    if let status = ExitStatus(rawValue: worst), status != .done { throw Failure.said(status) }
  }
}

extension Failure {
  /// A recipient that could not be tried, as `--json` prints it; one that was tried has its own line.
  func object(to recipient: String) -> JSONObject {
    [
      "ok": false, "exit": code, "to": SafeText.line(recipient), "reason": reason, "error": text,
      "hint": hints.first,
    ]
  }
}

/// `notify-pane --batch`: one JSON object a line on stdin, one result object a line on stdout, in the same order. All
/// messages to a host share one ssh connection.
struct Batch {
  /// A body of 64 KiB, each byte of it written as an escape.
  private static let lineLimit = 512 << 10
  private static let patience = Duration.seconds(3600)

  let site: Site
  let message: SendCommand

  private struct Line: Decodable {
    let to: String
    let body: String
    let id: String?
    let replyTo: String?
    let inReplyTo: String?
    let queue: Bool?
    let force: Bool?
    let seal: Bool?
    /// Seconds.
    let wait: Int?

    enum CodingKeys: String, CodingKey {
      case to, body, id, queue, force, seal, wait
      case replyTo = "reply-to"
      case inReplyTo = "in-reply-to"
    }
  }

  func run() throws {
    var worst: Int32 = 0
    var rest: [UInt8] = []
    var number = 0
    while true {
      let piece: [UInt8]
      do { piece = try Standard.read(atMost: 1 << 16, until: .now + Self.patience) } catch {
        throw Failure.usage("stdin could not be read after line \(number)")
      }
      rest += piece
      while let end = rest.firstIndex(of: 10) {
        number += 1
        worst = max(worst, send(rest[..<end], number))
        rest = Array(rest[(end + 1)...])
      }
      if piece.isEmpty { break }
      guard rest.count <= Self.lineLimit else {
        throw Failure.usage(
          "line \(number + 1) is longer than \(Self.lineLimit) bytes; it was not sent")
      }
    }
    if !rest.isEmpty { worst = max(worst, send(rest[...], number + 1)) }
    Output.forgive()
    if let status = ExitStatus(rawValue: worst), status != .done { throw Failure.said(status) }
  }

  private func send(_ line: ArraySlice<UInt8>, _ number: Int) -> Int32 {
    guard line.contains(where: { $0 > 32 }) else { return 0 }
    guard let wanted = try? JSONDecoder().decode(Line.self, from: Data(line)) else {
      let failure = Failure.usage(
        "line \(number) is no object with \"to\" and \"body\"; it was not sent",
        try: #"{"to":"hub-dev-cat","body":"hello"}"#)
      Output.json(failure.object(to: "-"))
      return failure.code
    }
    do {
      try order(wanted, number).run(site)
      return 0
    } catch {
      let failure = Failure(error)
      if !failure.wasSaid { Output.json(failure.object(to: wanted.to)) }
      return failure.code
    }
  }

  private func order(_ line: Line, _ number: Int) throws -> SendCommand {
    var one = message
    (one.words, one.body) = ([line.to], try Body.checked(Array(line.body.utf8), to: line.to))
    (one.id, one.replyTo, one.inReplyTo) = (line.id, line.replyTo, line.inReplyTo)
    (one.queue, one.force) = (line.queue ?? message.queue, line.force ?? message.force)
    one.notify = one.queue
    one.seal = line.seal ?? message.seal
    if let wait = line.wait {
      guard (1...SendOptions.longestWait).contains(wait) else {
        throw Failure.usage(
          "line \(number): wait is 1 to \(SendOptions.longestWait) seconds; it was not sent")
      }
      one.wait = wait
    }
    one.json = true
    return one
  }
}
