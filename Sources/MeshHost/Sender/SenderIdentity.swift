package import Mesh

/// Who is sending: an address of this host, and the pane that this process is in, if any.
package struct SenderIdentity: Sendable {
  package let address: Address
  package let pane: PaneKey?
  /// What was read to find out; nil: no server.
  package let panes: PaneDirectory?
  /// The process above this one that serves others, if there is one.
  package private(set) var service: SharedService?
  package private(set) var rests = Basis.onProcesses

  /// What the name rests on.
  package enum Basis: Sendable {
    /// Terminal and ancestors, or the lack of them.
    case onProcesses
    /// The thread's own record holds the last message that was typed into the pane.
    case onRecord
    /// `--as` or `AGENT_NAME`.
    case onClaim
  }
}

/// Why a name cannot be taken. Nothing was sent.
package enum SenderError: Error, Equatable, Sendable {
  case badName
  /// This process is in a pane that goes by another name.
  case inPane(Address)
  /// A live pane goes by that name, and this process is not in it.
  case held
  /// The same, and that pane's program is not served by what this process runs below.
  case notServed(SharedService)
  /// The name belongs to another host.
  case foreign
  case tmux(Tmux.Failure)
}

extension SenderIdentity {
  /// The environment is only asked for a wish: which pane a process is in, its terminal and its ancestors tell.
  /// - Parameter name: `--as`; `AGENT_NAME` counts where it is nil.
  /// - Parameter to: whom this will be sent to, where that is known.
  package init(
    _ site: Site, hosts: Set<Host>, as name: String?, to: Address? = nil
  ) throws(SenderError) {
    let panes: PaneDirectory
    do { panes = try PaneDirectory(site, hosts: hosts, expecting: to) } catch .noServer {
      let wish = try SenderIdentity.wish(name ?? site.environment.agentName, site, hosts)
      if let wish, PaneDirectory.isHeld(wish, besides: [], site.home) { throw .held }
      self.init(address: wish ?? Address(site.host), pane: nil, panes: nil)
      return
    } catch { throw .tmux(error) }
    let place = panes.place(of: ProcessTable.own)
    if case .served(let pid) = place {
      try self.init(site, hosts, as: name, panes, SharedService(pid))
      return
    }
    let wish = try SenderIdentity.wish(name ?? site.environment.agentName, site, hosts)
    switch place {
    case .pane(let place):
      let own = panes.address(of: place) ?? Address(site.host)
      if let wish, panes.recipient(wish)?.place.key != place.key { throw .inPane(own) }
      self.init(address: wish ?? own, pane: place.key, panes: panes)
    case .serverChild:
      self.init(address: wish ?? Address(site.host), pane: nil, panes: panes)
    case .none, .served:
      if let wish, panes.recipient(wish) != nil { throw .held }
      if let wish, PaneDirectory.isHeld(wish, besides: panes.servers, site.home) { throw .held }
      self.init(address: wish ?? Address(site.host), pane: nil, panes: panes)
    }
  }

  /// Below a service: no pane above it is named. The agent's own record names one, or a claim names one of those that
  /// the service serves.
  private init(
    _ site: Site, _ hosts: Set<Host>, as name: String?, _ panes: PaneDirectory,
    _ service: SharedService
  ) throws(SenderError) {
    if let place = CodexThread(site.environment, below: service)?.pane(among: panes, site.home) {
      let own = panes.address(of: place) ?? Address(site.host)
      let wish = try name.flatMap { name throws(SenderError) in
        try SenderIdentity.wish(name, site, hosts)
      }
      if let wish, panes.recipient(wish)?.place.key != place.key { throw .inPane(own) }
      self.init(
        address: wish ?? own, pane: place.key, panes: panes, service: service, rests: .onRecord)
      return
    }
    // What the service itself was started with is handed to everybody's commands, and is nobody's claim.
    let inherited = service.inherits("AGENT_NAME", site.environment.agentName)
    let claim = name ?? (inherited ? nil : site.environment.agentName)
    let wish = try SenderIdentity.wish(claim, site, hosts)
    guard let wish, let place = panes.recipient(wish)?.place else {
      if let wish, PaneDirectory.isHeld(wish, besides: panes.servers, site.home) { throw .held }
      self.init(address: wish ?? Address(site.host), pane: nil, panes: panes, service: service)
      return
    }
    guard service.serves(place) else { throw .notServed(service) }
    self.init(address: wish, pane: place.key, panes: panes, service: service, rests: .onClaim)
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
