package import Mesh

/// Who is sending: an address of this host, and the pane that this process is in, if any.
package struct SenderIdentity: Sendable {
  package let address: Address
  package let pane: PaneKey?
  /// What was read to find out; nil: no server.
  package let panes: PaneDirectory?
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

/// Why a name cannot be taken. Nothing was sent.
package enum SenderError: Error, Equatable, Sendable {
  case badName
  /// This process is in a pane that goes by another name.
  case inPane(Address)
  /// A live pane goes by that name, and this process is not in it.
  case held
  /// The name belongs to another host.
  case foreign
  case tmux(Tmux.Failure)
}

extension SenderIdentity {
  /// The environment is only asked for a wish: which pane a process is in, its terminal and its ancestors tell.
  /// - Parameter name: `--as`, or `AGENT_NAME`.
  /// - Parameter to: whom this will be sent to, where that is known.
  package init(
    _ site: Site, hosts: Set<Host>, as name: String?, to: Address? = nil
  ) throws(SenderError) {
    let wish = try name.map { text throws(SenderError) in
      guard let address = try? Address(validating: text) else { throw .badName }
      guard address.owner(among: hosts) == site.host else { throw .foreign }
      return address
    }
    let panes: PaneDirectory
    do { panes = try PaneDirectory(site, hosts: hosts, expecting: to) } catch .noServer {
      if let wish, PaneDirectory.isHeld(wish, besides: [], site.home) { throw .held }
      self.init(address: wish ?? Address(site.host), pane: nil, panes: nil)
      return
    } catch { throw .tmux(error) }
    switch panes.place(of: ProcessTable.own) {
    case .pane(let place):
      let own = panes.address(of: place) ?? Address(site.host)
      if let wish, panes.recipient(wish)?.place.key != place.key { throw .inPane(own) }
      self.init(address: wish ?? own, pane: place.key, panes: panes)
    case .serverChild:
      self.init(address: wish ?? Address(site.host), pane: nil, panes: panes)
    case .none:
      if let wish, panes.recipient(wish) != nil { throw .held }
      if let wish, PaneDirectory.isHeld(wish, besides: panes.servers, site.home) { throw .held }
      self.init(address: wish ?? Address(site.host), pane: nil, panes: panes)
    }
  }
}
