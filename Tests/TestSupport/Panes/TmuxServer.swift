/// A test's own tmux server: never the user's socket, never the user's configuration.
public final class TmuxServer: Sendable {
  public let machine: any Machine
  public var sandbox: Sandbox { machine.sandbox }
  private let program: String
  /// The arguments that select this server; other clients may use them too.
  public let selector: [String]
  private let environment: [String: String]
  /// The socket's absolute path for the machine's programs.
  public let socket: String
  /// Variables that a program outside any pane needs, in addition to a
  /// login's, to find this server.
  public var outside: [String: String] { environment }

  /// Starts a server with one session and one window.
  /// - Parameters:
  ///   - name: as for `-L`; the machine's programs find `default` by themselves.
  ///   - environment: added to a login's environment for the server and its panes.
  ///   - command: argument vector of the first pane; empty: a shell.
  public init(
    _ machine: any Machine, name: String = "default", session: String = "main",
    window: String = "first", columns: Int = 120, rows: Int = 40,
    environment: [String: String] = [:], command: [String] = []
  ) async throws {
    self.machine = machine
    self.environment = environment
    (program, selector) = try machine.tmux(name)
    let size = ["-x", "\(columns)", "-y", "\(rows)"]
    let start = ["new-session", "-d", "-P", "-F", "#{socket_path}", "-s", session, "-n", window]
    let words = selector + start + size + TmuxServer.vector(command)
    let (program, selector) = (program, selector)
    machine.sandbox.atEnd { _ = try? await machine.run(program, selector + ["kill-server"]) }
    // A server that has just ended may still hold the socket.
    socket = try await eventually(within: .seconds(60), "tmux to start a server") {
      let ran = try await machine.run(program, words, environment: environment)
      return ran.status == 0 ? ran.text : nil
    }
  }

  /// tmux would take a single word for a shell line.
  private static func vector(_ command: [String]) -> [String] {
    switch command.count {
    case 0: ["env", "PS1=$ ", "ENV=", "sh"]
    case 1: ["env"] + command
    default: command
    }
  }

  /// Runs one tmux client, which may fail.
  public func attempt(_ arguments: [String], stdin: [UInt8] = []) async throws -> Ran {
    try await machine.run(
      program, selector + arguments, stdin: stdin, environment: environment, within: .seconds(60))
  }

  /// Runs one tmux client that must succeed.
  /// - Returns: its output.
  @discardableResult
  public func call(_ arguments: [String], stdin: [UInt8] = []) async throws -> String {
    let ran = try await attempt(arguments, stdin: stdin)
    guard ran.status == 0 else { throw Trouble("tmux \(arguments): \(ran)") }
    return ran.text
  }

  /// Every living pane.
  public func panes() async throws -> [Pane] {
    try await call(["list-panes", "-a", "-F", "#{pane_id}"]).split(separator: "\n")
      .map { Pane(server: self, id: String($0)) }
  }

  /// The pane of the first window.
  public func first() async throws -> Pane {
    guard let pane = try await panes().first else { throw Trouble("no pane") }
    return pane
  }

  /// Opens a window without selecting it.
  public func window(
    _ name: String, _ command: [String] = [], session: String = "main",
    environment: [String: String] = [:]
  ) async throws -> Pane {
    let settings = environment.flatMap { ["-e", "\($0)=\($1)"] }
    let id = try await call(
      ["new-window", "-d", "-P", "-F", "#{pane_id}", "-t", "=\(session):", "-n", name] + settings
        + TmuxServer.vector(command))
    return Pane(server: self, id: id)
  }

  /// Opens a session with one window.
  public func session(
    _ name: String, window: String = "first", _ command: [String] = [], columns: Int = 120,
    rows: Int = 40
  ) async throws -> Pane {
    let id = try await call(
      ["new-session", "-d", "-P", "-F", "#{pane_id}", "-s", name, "-n", window]
        + ["-x", "\(columns)", "-y", "\(rows)"] + TmuxServer.vector(command))
    return Pane(server: self, id: id)
  }

  public func set(_ arguments: String...) async throws {
    try await call(["set-option"] + arguments)
  }

  public func kill() async throws { _ = try await attempt(["kill-server"]) }
}
