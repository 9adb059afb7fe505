package import Mesh

/// Who is sending: an address of this host, and the pane that this process is in, if any. It relies
/// on processes and terminals (`ProcessPlace`), because environment variables can be forged.
package struct SenderIdentity: Sendable {
  package let address: Address
  package let pane: PaneKey?
  /// The panes that were read to find out; `nil` if there is no server.
  package let panes: PaneDirectory?
  /// The ancestor of this process that serves other sessions, if there is one.
  package private(set) var service: SharedService?
  package private(set) var rests = Basis.onProcesses

  /// What the sender's name is based on.
  package enum Basis: Sendable {
    /// Terminal and ancestors, or the lack of them.
    case onProcesses
    /// The thread's own record contains the last message that was typed into the pane.
    case onRecord
    /// `--as` or `AGENT_NAME`.
    case onClaim
  }
}

/// Why a name cannot be used. Nothing was sent.
package enum SenderError: Error, Equatable, Sendable {
  case badName
  /// This process is in a pane with another name.
  case inPane(Address)
  /// A live pane has that name, and this process is not in it.
  case held
  /// A live pane has that name, but its program is not a client of the
  /// service that runs this process.
  case notServed(SharedService)
  /// The name belongs to another host.
  case foreign
  case tmux(Tmux.Failure)
}

extension SenderIdentity {
  /// The environment can only wish for a name. The terminal and the ancestors of a process decide
  /// which pane it is in.
  /// - Parameter name: `--as`; if `nil`, `AGENT_NAME` counts.
  /// - Parameter to: the recipient, if known.
  package init(
    _ site: Site, hosts: Set<Host>, as name: String?, to: Address? = nil
  ) throws(SenderError) {
    // Read while tmux comes up.
    let line = ProcessTable.ancestry(of: ProcessTable.own)
    let panes: PaneDirectory
    do { panes = try PaneDirectory(site, hosts: hosts, expecting: to) } catch .noServer {
      let wish = try Self.wish(name ?? site.environment.agentName, site, hosts)
      self.init(address: try Self.unheld(wish, besides: [], site), pane: nil, panes: nil)
      return
    } catch { throw .tmux(error) }
    let place = panes.place(of: line)
    if case .served(let pid) = place {
      try self.init(site, hosts, as: name, panes, SharedService(pid))
      return
    }
    let wish = try Self.wish(name ?? site.environment.agentName, site, hosts)
    switch place {
    case .pane(let place):
      let own = panes.address(of: place) ?? Address(site.host)
      if let wish, panes.recipient(wish)?.place.key != place.key { throw .inPane(own) }
      self.init(address: wish ?? own, pane: place.key, panes: panes)
    case .serverChild:
      self.init(address: wish ?? Address(site.host), pane: nil, panes: panes)
    case .none, .served:
      if let wish, panes.recipient(wish) != nil { throw .held }
      let address = try Self.unheld(wish, besides: panes.servers, site)
      self.init(address: address, pane: nil, panes: panes)
    }
  }

  /// For a process below a service, the ancestors do not lead to a pane. Either the agent's own
  /// record names one, or a claim names one of the panes that the service serves.
  private init(
    _ site: Site, _ hosts: Set<Host>, as name: String?, _ panes: PaneDirectory,
    _ service: SharedService
  ) throws(SenderError) {
    if let place = CodexThread(site.environment, below: service)?.pane(among: panes, site.home) {
      let own = panes.address(of: place) ?? Address(site.host)
      let wish = try name.flatMap { name throws(SenderError) in
        try Self.wish(name, site, hosts)
      }
      if let wish, panes.recipient(wish)?.place.key != place.key { throw .inPane(own) }
      self.init(
        address: wish ?? own, pane: place.key, panes: panes, service: service, rests: .onRecord)
      return
    }
    // All commands of the service inherit its own AGENT_NAME, so that is not a claim.
    let inherited = service.inherits("AGENT_NAME", site.environment.agentName)
    let claim = name ?? (inherited ? nil : site.environment.agentName)
    let wish = try Self.wish(claim, site, hosts)
    guard let wish, let place = panes.recipient(wish)?.place else {
      let address = try Self.unheld(wish, besides: panes.servers, site)
      self.init(address: address, pane: nil, panes: panes, service: service)
      return
    }
    guard service.serves(place) else { throw .notServed(service) }
    self.init(address: wish, pane: place.key, panes: panes, service: service, rests: .onClaim)
  }

  /// The address that was wished for, unless a server that did not answer holds it; else the host's.
  private static func unheld(
    _ wish: Address?, besides servers: [ServerPanes], _ site: Site
  ) throws(SenderError) -> Address {
    guard let wish else { return Address(site.host) }
    if PaneDirectory.isHeld(wish, besides: servers, site.home) { throw .held }
    return wish
  }

  private static func wish(
    _ name: String?, _ site: Site, _ hosts: Set<Host>
  ) throws(SenderError) -> Address? {
    guard let name else { return nil }
    guard let address = try? Address(validating: name) else { throw .badName }
    guard address.owner(among: hosts) == site.host else { throw .foreign }
    return address
  }
}
