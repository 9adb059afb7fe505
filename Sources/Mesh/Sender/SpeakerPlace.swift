/// Which pane a process speaks from, decided from a table of processes only; other code reads that
/// table.
///
/// The evidence is the controlling terminal and the ancestors, because no process can forge either.
/// It ends at an ancestor that may act for anybody: a service without a terminal that accepts
/// connections. A missing name is a nuisance; a wrong name would be a signed lie.
package enum SpeakerPlace: Equatable, Sendable {
  /// Index of the pane in the given list.
  case pane(Int)
  /// A child of the tmux server itself (`tmux run-shell`): index of the server in the given list.
  case serverChild(Int)
  /// Below a process that serves others: its ancestors do not tell who speaks.
  case served(by: Int32)
  case none

  /// One process among the ancestors.
  package struct Ancestor: Equatable, Sendable {
    package let pid: Int32
    /// Device of the controlling terminal; 0: none.
    package let terminal: UInt64
    /// Clock ticks since boot.
    package let began: UInt64

    package init(pid: Int32, terminal: UInt64, began: UInt64) {
      (self.pid, self.terminal, self.began) = (pid, terminal, began)
    }
  }

  /// The process that a live pane was started with, and the pane's terminal (0: unknown).
  package struct PaneProcess: Equatable, Sendable {
    package let pid: Int32
    package let terminal: UInt64

    package init(pid: Int32, terminal: UInt64) { (self.pid, self.terminal) = (pid, terminal) }
  }

  /// - Parameter line: the process itself, its parent, and so on.
  /// - Parameter panes: panes of all servers.
  /// - Parameter servers: pids of tmux servers.
  /// - Parameter mayServe: whether a process accepts connections, or cannot be shown not to. Asked
  ///   only about processes without a terminal.
  package init(
    _ line: [Ancestor], panes: [PaneProcess], servers: [Int32], mayServe: (Int32) -> Bool
  ) { self = Self.find(line, panes, servers, mayServe) }

  private static func find(
    _ line: [Ancestor], _ panes: [PaneProcess], _ servers: [Int32], _ mayServe: (Int32) -> Bool
  ) -> SpeakerPlace {
    guard var child = line.first else { return .none }
    if child.terminal != 0, let found = panes.firstIndex(where: { $0.terminal == child.terminal }) {
      return .pane(found)
    }
    for ancestor in line {
      // A parent that began after its child has a reused pid: it is not the parent.
      guard ancestor.began <= child.began else { return .none }
      child = ancestor
      // Ancestors of the server are not inside its panes.
      if let server = servers.firstIndex(of: ancestor.pid) { return .serverChild(server) }
      if ancestor.terminal == 0, mayServe(ancestor.pid) { return .served(by: ancestor.pid) }
      if let found = panes.firstIndex(where: { $0.pid == ancestor.pid }) { return .pane(found) }
    }
    return .none
  }
}
