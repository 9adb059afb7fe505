/// A pane together with its server, because different servers use the same numbers. Everything that
/// addresses a pane passes this on.
package struct PlacedPane: Sendable {
  package let pane: Pane
  package let tmux: Tmux
  package let server: ServerIdentity

  var key: PaneKey { PaneKey(server: server.pid, pane: pane.id) }
}

/// A pane during one server's life. A new server uses the same ids again.
package struct PaneKey: Hashable, Sendable {
  package let server: Int32
  package let pane: PaneID

  package init(server: Int32, pane: PaneID) {
    self.server = server
    self.pane = pane
  }

  /// The key as a file name.
  package var fileName: String { "\(server)-\(pane.number)" }
}
