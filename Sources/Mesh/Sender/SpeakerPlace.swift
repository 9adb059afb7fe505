/// Where a process speaks from, decided from a table of processes alone: the world is read elsewhere.
///
/// The controlling terminal and the ancestors tell, since no process can forge either. They stop telling where an
/// ancestor may act for anybody: a service without a terminal that others connect to. A missing name is a nuisance,
/// a wrong one is a lie with a signature on it.
package enum SpeakerPlace: Equatable, Sendable {
  /// The place of a pane in the list that was given.
  case pane(Int)
  /// A child of the tmux server itself, `tmux run-shell`: the server's place in the list.
  case serverChild(Int)
  /// Below a process that serves others: nothing above it says who speaks.
  case served(by: Int32)
  case none

  /// A process of an ancestry.
  package struct Ancestor: Equatable, Sendable {
    package let pid: Int32
    /// The controlling terminal's device; 0: none.
    package let terminal: UInt64
    /// Clock ticks after boot.
    package let began: UInt64

    package init(pid: Int32, terminal: UInt64, began: UInt64) {
      (self.pid, self.terminal, self.began) = (pid, terminal, began)
    }
  }

  /// The process that a live pane was made for, and the pane's terminal (0: not known).
  package struct PaneProcess: Equatable, Sendable {
    package let pid: Int32
    package let terminal: UInt64

    package init(pid: Int32, terminal: UInt64) { (self.pid, self.terminal) = (pid, terminal) }
  }

  /// - Parameter line: the process itself, its parent, and so on.
  /// - Parameter panes: of all servers.
  /// - Parameter servers: pids of tmux servers.
  /// - Parameter mayServe: whether a process accepts connections, or cannot be seen not to. It is asked of those
  ///   without a terminal only.
  package init(
    _ line: [Ancestor], panes: [PaneProcess], servers: [Int32], mayServe: (Int32) -> Bool
  ) {
    self = .none
    guard let own = line.first else { return }
    if own.terminal != 0, let found = panes.firstIndex(where: { $0.terminal == own.terminal }) {
      self = .pane(found)
      return
    }
    var child = own
    for ancestor in line {
      // A pid that was given to another process meanwhile is nobody's parent.
      guard ancestor.began <= child.began else { return }
      child = ancestor
      // What stands above the server is not inside its panes.
      if let server = servers.firstIndex(of: ancestor.pid) {
        self = .serverChild(server)
        return
      }
      if ancestor.terminal == 0, mayServe(ancestor.pid) {
        self = .served(by: ancestor.pid)
        return
      }
      if let found = panes.firstIndex(where: { $0.pid == ancestor.pid }) {
        self = .pane(found)
        return
      }
    }
  }
}
