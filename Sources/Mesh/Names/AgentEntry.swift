/// One address of a slice, and the pane that answers it. The strings come from window names, options and
/// other hosts: they are kept exactly, and made safe (`SafeText.line`) where they are shown. What another
/// host says of target, pane or command is for people; it is never passed to tmux.
package struct AgentEntry: Sendable, Equatable {
  package var address: Address
  package var host: Host
  /// `<session>:<window index>`.
  package var target: String
  package var session: String
  package var window: String
  /// The pane's index in its window.
  package var pane: Int
  /// `%7`.
  package var paneID: String
  package var role: String
  package var scope: String
  package var command: String
  /// The tmux server's name, when it is not the default one.
  package var server: String?

  package init(
    address: Address, host: Host, target: String, session: String, window: String, pane: Int,
    paneID: String, role: String, scope: String, command: String, server: String? = nil
  ) {
    (self.address, self.host, self.target) = (address, host, target)
    (self.session, self.window) = (session, window)
    (self.pane, self.paneID) = (pane, paneID)
    (self.role, self.scope, self.command) = (role, scope, command)
    self.server = server
  }
}
