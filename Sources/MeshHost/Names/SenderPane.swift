internal import Mesh

/// Where a sender is. Any process can forge environment variables and stdio, but not its
/// controlling terminal and its ancestors. This only attributes messages: the same account can
/// always start a process in any of its panes.
package enum SenderPane: Equatable, Sendable {
  /// Its controlling terminal is that pane's, or an ancestor is the pane's own process.
  case pane(PaneID)
  /// In no pane, but a child of the tmux server itself: `tmux run-shell`.
  case serverChild
  /// Below a process that serves others, whatever is further up.
  case served(by: Int32)
  case none

  /// - Parameter panes: the present panes of one server.
  /// - Parameter server: that server's pid.
  package static func locate(
    panes: [Pane], server: Int32, process: Int32 = ProcessTable.own
  ) -> SenderPane {
    locate([(server, panes)], process).place
  }

  /// The same for several servers; the innermost pane counts.
  /// - Returns: the place, and the index of its server in the list.
  static func locate(
    _ servers: [(pid: Int32, panes: [Pane])], _ process: Int32
  ) -> (place: SenderPane, server: Int) {
    let living = servers.enumerated().flatMap { server in
      server.element.panes.filter { !$0.isDead }.map { (pane: $0, server: server.offset) }
    }
    let line = ProcessTable.ancestry(of: process)
    // Only the terminal of the process itself is looked at, not those of other panes.
    let terminal = line.first?.terminal ?? 0
    let path = ProcessTable.terminalPath(terminal)
    let place = SpeakerPlace(
      line.map { .init(pid: $0.pid, terminal: $0.terminal, began: $0.startTime) },
      panes: living.map {
        .init(pid: $0.pane.pid, terminal: $0.pane.tty == path ? terminal : 0)
      },
      servers: servers.map(\.pid), mayServe: ProcessTable.mayAcceptConnections)
    switch place {
    case .pane(let index): return (.pane(living[index].pane.id), living[index].server)
    case .serverChild(let index): return (.serverChild, index)
    case .served(let pid): return (.served(by: pid), 0)
    case .none: return (.none, 0)
    }
  }
}
