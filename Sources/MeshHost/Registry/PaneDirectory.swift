public import Mesh

/// A live pane, and the address that it goes by.
public struct Recipient: Sendable {
  public let pane: Pane
  public let address: Address
  /// It was reached by an address that it no longer has.
  public let isOld: Bool
}

/// All live panes of the server with their addresses: computed from the panes themselves each time, with what is
/// remembered of who held which address. Nothing that a slice says of a pane is believed.
public struct PaneDirectory: Sendable {
  let site: Site
  let panes: [Pane]
  let server: ServerIdentity
  let assignment: AddressAssignment
  let remembered: AddressState

  public init(_ site: Site, hosts: Set<Host>) throws(Tmux.Failure) {
    self.site = site
    (server, panes) = try site.tmux.listing()
    remembered = PaneDirectory.load(site.home)
    var live: [LivePane] = []
    for pane in panes {
      let name = try PaneLabels.agentName(of: pane, site.tmux)
      live += pane.live(server: server, name)
    }
    assignment = AddressAssignment(
      host: site.host, panes: live, previous: remembered, now: Clock.now)
  }

  public var collisions: [AddressAssignment.Collision] { assignment.collisions }

  /// The pane that an address means now.
  public func recipient(_ address: Address) -> Recipient? {
    guard let found = assignment.resolve(address),
      let pane = panes.first(where: { $0.id.description == found.pane.paneID })
    else { return nil }
    return Recipient(pane: pane, address: found.current, isOld: found.isOld)
  }

  /// The address that a pane's own messages carry: its window's, if it holds that, else its place.
  public func address(of pane: Pane) -> Address? {
    let own = assignment.entries.filter { $0.pane.paneID == pane.id.description }
    return (own.first { $0.isWindow } ?? own.first)?.address
  }

  public func key(of pane: Pane) -> PaneKey { PaneKey(server: server.pid, pane: pane.id) }

  /// Where a process is: in a pane, a child of the server itself, or neither.
  public func place(of process: Int32) -> SenderPane {
    SenderPane.locate(panes: panes, server: server.pid, process: process)
  }

  /// The pane with tmux's own number.
  public func pane(_ id: PaneID) -> Pane? { panes.first { $0.id == id } }

  /// What the slice says of all of them, but for sessions that were taken off.
  func entries(_ off: Set<String>) throws(Tmux.Failure) -> [AgentEntry] {
    let tmux = try site.tmux
    var labels: [PaneID: PaneLabels] = [:]
    var entries: [AgentEntry] = []
    for entry in assignment.entries where !off.contains(OffList.key(entry.pane.sessionName)) {
      guard let pane = panes.first(where: { $0.id.description == entry.pane.paneID }) else {
        continue
      }
      let label: PaneLabels
      if let known = labels[pane.id] { label = known } else { label = try PaneLabels(pane, tmux) }
      labels[pane.id] = label
      entries.append(
        AgentEntry(
          address: entry.address, host: site.host,
          target: "\(entry.pane.sessionName):\(entry.pane.windowIndex)",
          session: entry.pane.sessionName, window: entry.pane.windowName,
          pane: entry.pane.paneIndex, paneID: entry.pane.paneID, role: label.role,
          scope: label.scope, command: pane.currentCommand, server: tmux.serverName))
    }
    return entries
  }

  /// Remembers who holds what. The caller holds the registry's lock.
  func keepState() throws(SetupError) {
    guard assignment.state != remembered else { return }
    let state = try site.home.directory("state")
    do {
      try state.writeAtomically("addresses", assignment.state.encoded, sync: false)
    } catch { throw SetupError(error) }
  }

  /// A memory that is lost or broken costs holders and old addresses, nothing else.
  private static func load(_ home: AgentsHome) -> AddressState {
    guard let state = try? home.directory("state"),
      let bytes = try? state.read("addresses", limit: AddressState.mostBytes)
    else { return AddressState() }
    return (try? AddressState(parsing: bytes)) ?? AddressState()
  }
}
