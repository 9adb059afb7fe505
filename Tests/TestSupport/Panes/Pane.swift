/// One pane of a test's tmux server.
public struct Pane: Sendable {
  public let server: TmuxServer
  /// As `%7`.
  public let id: String

  /// Expands a format in this pane.
  public func format(_ format: String) async throws -> String {
    try await server.call(["display-message", "-p", "-t", id, format])
  }

  public func pid() async throws -> Int32 {
    let text = try await format("#{pane_pid}")
    guard let pid = Int32(text), pid > 1 else { throw Trouble("pane_pid is '\(text)'") }
    return pid
  }

  /// The rows on the screen.
  /// - Parameters:
  ///   - styled: with the escapes of colours and attributes, and blanks at the ends of rows.
  ///   - history: from the first row that tmux still has.
  public func capture(styled: Bool = false, history: Bool = false) async throws -> String {
    try await server.call(
      ["capture-pane", "-p", "-t", id] + (styled ? ["-e", "-N"] : [])
        + (history ? ["-S", "-"] : []))
  }

  /// Waits for a screen.
  /// - Returns: the first screen that matches.
  @discardableResult
  public func wait(
    within limit: Duration = .seconds(60), for what: String, until good: (String) -> Bool
  ) async throws -> String {
    var last = ""
    do {
      return try await eventually(within: limit, every: .milliseconds(10), what) {
        last = try await capture()
        return good(last) ? last : nil
      }
    } catch { throw Trouble("\(error); the screen:\n\(last)") }
  }

  /// Waits until the screen shows a text.
  @discardableResult
  public func waitFor(_ text: String, within limit: Duration = .seconds(60)) async throws -> String
  {
    try await wait(within: limit, for: "'\(text)'") { $0.contains(text) }
  }

  /// Sends keys by their tmux names: `Enter`, `C-c`.
  public func keys(_ names: String...) async throws {
    try await server.call(["send-keys", "-t", id, "--"] + names)
  }

  /// Sends characters one by one, as a person types them.
  public func type(_ text: String) async throws {
    try await server.call(["send-keys", "-l", "-t", id, "--", text])
  }

  /// Pastes, bracketed if the program asked for that; line ends are unchanged.
  public func paste(_ text: String) async throws {
    let buffer = "test\(id.dropFirst())"
    try await server.call(
      [
        "load-buffer", "-b", buffer, "-", ";", "paste-buffer", "-p", "-r", "-d", "-b", buffer, "-t",
        id,
      ],
      stdin: Array(text.utf8))
  }

  /// Sets an option of the pane itself.
  public func set(_ option: String, _ value: String) async throws {
    try await server.call(["set-option", "-p", "-t", id, option, value])
  }

  /// Changes the size of the pane's window.
  public func resize(columns: Int, rows: Int) async throws {
    try await server.call(["resize-window", "-t", id, "-x", "\(columns)", "-y", "\(rows)"])
  }

  public func kill() async throws { try await server.call(["kill-pane", "-t", id]) }
}

/// A person at a terminal: a client in a pane of another tmux server, attached to the tested one,
/// so that tmux sees real keys.
public struct Human: Sendable {
  /// The pane that is the person's terminal.
  public let terminal: Pane

  /// Attaches to a session.
  public static func attach(
    to tmux: TmuxServer, session: String = "main", columns: Int = 120, rows: Int = 41
  ) async throws -> Human {
    let (program, _) = try tmux.machine.tmux("unused")
    let line = ["env", "-u", "TMUX", program] + tmux.selector + ["attach", "-t", "=\(session)"]
    let name = tmux.sandbox.path("person").split(separator: "/").last ?? "person"
    let outer = try await TmuxServer(
      tmux.machine, name: String(name), columns: columns, rows: rows, command: line)
    try await eventually("a client to be attached") {
      try await !tmux.call(["list-clients", "-t", "=\(session)"]).isEmpty
    }
    return Human(terminal: try await outer.first())
  }

  public func type(_ text: String) async throws { try await terminal.type(text) }
  public func press(_ key: String) async throws { try await terminal.keys(key) }
}
