#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import Mesh
import MeshCrypto
import TestSupport
import Testing

/// One account, named `hub`, with keys and a tmux server: all that local messages need.
struct LocalMesh: Sendable {
  let sandbox: Sandbox
  let tmux: TmuxServer
  /// The account's HOME: the sandbox's own, or another one in the same sandbox.
  let home: String

  var agents: String { home + "/.agents" }

  /// Runs `body` with a mesh. Its first pane is a shell, `hub-main-first`.
  static func with(
    command: [String] = [], _ body: (LocalMesh) async throws -> Void
  ) async throws {
    try await Sandbox.with { sandbox in
      try await LocalMesh.initialise(sandbox)
      let tmux = try await TmuxServer(sandbox, command: command)
      try await body(LocalMesh(sandbox: sandbox, tmux: tmux, home: sandbox.home))
    }
  }

  /// Creates the account's files and keys, without a server.
  static func initialise(_ sandbox: Sandbox, host: String = "hub") async throws {
    try Files.makeDirectory(sandbox.home + "/.agents")
    try Files.write(sandbox.home + "/.agents/self.conf", host + "\n")
    try await sandbox.must("agent-keys", ["init"])
  }

  /// Runs one of our programs outside of panes, as cron does.
  func run(
    _ program: String, _ arguments: [String] = [], stdin: [UInt8] = [],
    environment: [String: String] = [:]
  ) async throws -> Ran {
    try await sandbox.run(
      program, arguments, stdin: stdin, environment: tmux.outside.merging(environment) { $1 })
  }

  func send(
    _ arguments: String..., stdin: [UInt8] = [], environment: [String: String] = [:]
  ) async throws -> Ran {
    try await run("notify-pane", arguments, stdin: stdin, environment: environment)
  }

  /// Opens a window that records lines: `cat` into a file, without a shell.
  func cat(_ window: String, session: String = "main") async throws -> Cat {
    let file = sandbox.path("cat")
    let pane = try await tmux.window(
      window, ["sh", "-c", "exec cat >\(quoted(file))"], session: session)
    try await eventually("cat to run") {
      try await pane.format("#{pane_current_command}") == "cat"
    }
    return Cat(pane: pane, file: file)
  }

  /// This account's public key.
  var key: VerifyingKey {
    get throws {
      let text = Files.text(agents + "/keys/sign.pub") ?? ""
      return try VerifyingKey(
        openSSH: text.split(separator: " ").prefix(2).joined(separator: " "))
    }
  }

  /// The parsed lines of the log: each must be one JSON object.
  var log: [LogLine] {
    get throws {
      try (Files.read(agents + "/log/messages.jsonl") ?? []).split(separator: 10)
        .map { try JSONDecoder().decode(LogLine.self, from: Data($0)) }
    }
  }
}

/// A `cat` in a pane, and the file of what it has read.
struct Cat: Sendable {
  let pane: Pane
  let file: String
  var text: String { Files.text(file) ?? "" }
  var lines: [String] { text.split(separator: "\n").map(String.init) }

  /// Waits for this many lines and returns them.
  @discardableResult
  func wait(_ count: Int = 1) async throws -> [String] {
    try await eventually("\(count) lines in cat") { lines.count >= count ? lines : nil }
  }
}

/// The fields of a log line that the tests use.
struct LogLine: Decodable, Equatable {
  var schema: Int
  var event: String
  var id: String?
  var from: String?
  var to: String?
  var outcome: String?
  var reason: String?
  var rule: String?
  var note: String?
  var statement: String?
  var previous: String

  /// One field of the statement.
  func field(_ name: String) -> String? {
    statement?.split(separator: "\n").first { $0.hasPrefix(name + ": ") }
      .map { String($0.dropFirst(name.count + 2)) }
  }
}

/// The `--json` output for a message.
struct JSONAnswer: Decodable {
  var schema: Int
  var ok: Bool
  var exit: Int32
  var reason: String
  var id: String?
  var from: String?
  var to: String?
  var host: String?
  var outcome: String?
  var proven: Bool?
  var error: String?
  var hint: String?

  init(_ ran: Ran) throws {
    do { self = try JSONDecoder().decode(JSONAnswer.self, from: Data(ran.out)) } catch {
      throw Trouble("no JSON: \(error) \(ran)")
    }
  }
}
