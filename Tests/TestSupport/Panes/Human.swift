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
