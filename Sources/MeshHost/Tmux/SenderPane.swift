/// Where a sender is. Environment variables and stdio can be forged by any process; the controlling terminal and
/// the ancestors cannot. This is attribution: the same account can always get a process into any of its panes.
public enum SenderPane: Equatable, Sendable {
  /// Its controlling terminal is that pane's, or an ancestor is the pane's own process.
  case pane(PaneID)
  /// In no pane, but a child of the tmux server itself: `tmux run-shell`.
  case serverChild
  case none

  /// - Parameter panes: of one server, now.
  /// - Parameter server: that server's pid.
  public static func locate(
    panes: [Pane], server: Int32, process: Int32 = ProcessTable.own
  ) -> SenderPane {
    let line = ProcessTable.ancestry(of: process)
    guard let own = line.first else { return .none }
    let living = panes.filter { !$0.isDead }
    if own.terminal != 0,
      let pane = living.first(where: { TerminalDevice.number(of: $0.tty) == own.terminal })
    {
      return .pane(pane.id)
    }
    for ancestor in line {
      if let pane = living.first(where: { $0.pid == ancestor.pid }) { return .pane(pane.id) }
      // What stands above the server is not inside its panes.
      if ancestor.pid == server { return .serverChild }
    }
    return .none
  }
}
