/// Where a sender is. Environment variables and stdio can be forged by any process; the controlling terminal and
/// the ancestors cannot. This is attribution: the same account can always get a process into any of its panes.
package enum SenderPane: Equatable, Sendable {
  /// Its controlling terminal is that pane's, or an ancestor is the pane's own process.
  case pane(PaneID)
  /// In no pane, but a child of the tmux server itself: `tmux run-shell`.
  case serverChild
  case none

  /// - Parameter panes: of one server, now.
  /// - Parameter server: that server's pid.
  package static func locate(
    panes: [Pane], server: Int32, process: Int32 = ProcessTable.own
  ) -> SenderPane {
    locate([(server, panes)], process).place
  }

  /// The same among several servers; the innermost pane counts.
  /// - Returns: where, and the place of its server in the list.
  static func locate(
    _ servers: [(pid: Int32, panes: [Pane])], _ process: Int32
  ) -> (place: SenderPane, server: Int) {
    let line = ProcessTable.ancestry(of: process)
    guard let own = line.first else { return (.none, 0) }
    let living = servers.enumerated().flatMap { server in
      server.element.panes.filter { !$0.isDead }.map { (pane: $0, server: server.offset) }
    }
    if own.terminal != 0,
      let found = living.first(where: { TerminalDevice.number(of: $0.pane.tty) == own.terminal })
    {
      return (.pane(found.pane.id), found.server)
    }
    for ancestor in line {
      if let found = living.first(where: { $0.pane.pid == ancestor.pid }) {
        return (.pane(found.pane.id), found.server)
      }
      // What stands above the server is not inside its panes.
      if let server = servers.firstIndex(where: { $0.pid == ancestor.pid }) {
        return (.serverChild, server)
      }
    }
    return (.none, 0)
  }
}
