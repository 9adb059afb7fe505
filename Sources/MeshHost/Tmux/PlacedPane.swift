/// A pane, and the server in whose life its number means it: numbers repeat from server to server.
package struct PlacedPane: Sendable {
  package let pane: Pane
  package let tmux: Tmux
  package let server: ServerIdentity

  var key: PaneKey { PaneKey(server: server.pid, pane: pane.id) }
}

/// A pane of one server's life: ids come again when a server starts anew.
package struct PaneKey: Hashable, Sendable {
  package let server: Int32
  package let pane: PaneID

  package init(server: Int32, pane: PaneID) {
    self.server = server
    self.pane = pane
  }

  /// A plain file name.
  package var fileName: String { "\(server)-\(pane.number)" }
}
