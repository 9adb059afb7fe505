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
    let names = try PaneLabels.agentNames(of: panes, site.tmux)
    let live = panes.flatMap { [server] in $0.live(server: server, names[$0.id] ?? (nil, nil)) }
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

  /// The same for a message: nobody is reached in a session that was taken off the mesh.
  /// A list of those that cannot be read takes off all.
  func reachable(_ address: Address) -> Recipient? {
    guard let found = recipient(address), let off = try? OffList(site.home).names() else {
      return nil
    }
    return found.pane.links.contains { off.contains(OffList.key($0.sessionName)) } ? nil : found
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
    let labels = try PaneLabels.read(panes, tmux)
    var entries: [AgentEntry] = []
    for entry in assignment.entries where !off.contains(OffList.key(entry.pane.sessionName)) {
      guard let pane = panes.first(where: { $0.id.description == entry.pane.paneID }),
        let label = labels[pane.id]
      else { continue }
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

  /// Whether a pane of a server that lives holds an address, though the environment names another server or none.
  /// - Parameter server: the pid of the one that was asked.
  static func isHeld(_ address: Address, besides server: Int32?, _ home: AgentsHome) -> Bool {
    guard let holder = load(home).held[address]?.target.server.split(separator: " ").first,
      let pid = Int32(holder), pid != server
    else { return false }
    // Pids come again: only tmux's counts, also where a loader of its own runs it.
    guard let process = ProcessTable.describe(pid) else { return false }
    return [process.name, process.invokedAs ?? ""].contains { $0.hasPrefix("tmux") }
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
