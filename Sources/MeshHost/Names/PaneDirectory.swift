package import Mesh

/// A live pane and its address.
package struct Recipient: Sendable {
  package let place: PlacedPane
  package let address: Address
  /// Whether it was reached by a former address.
  package let isOld: Bool
  let assignment: AddressAssignment
  /// Options that were read together with the list of panes, and when.
  var read: (options: [String: OptionLevels], at: ContinuousClock.Instant)?

  package var pane: Pane { place.pane }

  /// Every address that leads to it. A ceiling for one of them counts, whichever the sender used.
  package var names: Set<Address> { assignment.names(of: place) }

  /// Options at each level, from the list if that was just read.
  func options(_ names: [String]) throws(Tmux.Failure) -> [String: OptionLevels] {
    if let read, .now - read.at < PaneDirectory.freshness,
      names.allSatisfy({ read.options[$0] != nil })
    {
      return read.options
    }
    return try place.tmux.optionLevels(pane: pane, names: names)
  }
}

/// Where a process is. Any process can forge environment variables and stdio, but not its
/// controlling terminal and its ancestors. This only attributes messages: the same account can
/// always start a process in any of its panes.
package enum ProcessPlace: Sendable {
  /// Its controlling terminal is that pane's, or an ancestor is the pane's own process.
  case pane(PlacedPane)
  /// In no pane, but a child of the tmux server itself: `tmux run-shell`.
  case serverChild
  /// Below a process that serves others, whatever is further up.
  case served(by: Int32)
  case none

  /// - Parameter line: the process, its parent, and so on.
  package init(of line: [ProcessFacts], among servers: [ServerPanes]) {
    let living = servers.flatMap { server in
      server.panes.filter { !$0.isDead }.map { server.placed($0) }
    }
    // Only the terminal of the process itself is looked at, not those of other panes.
    let terminal = line.first?.terminal ?? 0
    let path = ProcessTable.terminalPath(terminal)
    let place = SpeakerPlace(
      line.map { .init(pid: $0.pid, terminal: $0.terminal, began: $0.startTime) },
      panes: living.map {
        .init(pid: $0.pane.pid, terminal: $0.pane.tty == path ? terminal : 0)
      },
      servers: servers.map(\.identity.pid), mayServe: ProcessTable.mayAcceptConnections)
    self =
      switch place {
      case .pane(let index): .pane(living[index])
      case .serverChild: .serverChild
      case .served(let pid): .served(by: pid)
      case .none: .none
      }
  }
}

extension AddressAssignment {
  func names(of place: PlacedPane) -> Set<Address> {
    names(ofPane: place.pane.id.description, server: place.server.instance)
  }
}

extension ServerPanes {
  fileprivate func placed(_ pane: Pane) -> PlacedPane {
    PlacedPane(pane: pane, tmux: tmux, server: identity)
  }
}

/// All live panes of the account's servers with their addresses. They are computed from the panes
/// each time, and from the stored holders of addresses. What slices say about panes is never used.
package struct PaneDirectory: Sendable {
  let site: Site
  let servers: [ServerPanes]
  /// Servers that are running but did not answer.
  let silent: [Tmux]
  let assignment: AddressAssignment
  let remembered: AddressState
  private let taken = ContinuousClock.now

  /// - Parameter expecting: an address whose access will be checked next. The options of its last
  ///   known pane are read together with the list. The list alone still decides which pane the
  ///   address means.
  /// - Parameter describing: whether `entries` will be asked for, which need what the panes show.
  package init(
    _ site: Site, hosts: Set<Host>, expecting: Address? = nil, describing: Bool = false
  ) throws(Tmux.Failure) {
    self.site = site
    let remembered = PaneDirectory.load(site.home)
    let pane = expecting.flatMap { remembered.held[$0]?.pane }.flatMap { PaneID(validating: $0) }
    (servers, silent) = try site.servers(
      PaneQuery(expecting: pane.map { ($0, [AccessOption.allow]) }, describes: describing))
    self.remembered = remembered
    let live = servers.flatMap { server in
      server.panes.flatMap { $0.live(server: server.identity, server.names[$0.id] ?? (nil, nil)) }
    }
    assignment = AddressAssignment(
      host: site.host, panes: live, previous: remembered,
      absent: PaneDirectory.absent(remembered, servers), now: Clock.now)
  }

  /// Whether it was read so recently that this process need not read it again.
  var isFresh: Bool { .now - taken < PaneDirectory.freshness }
  static let freshness = Duration.seconds(1)

  package var collisions: [AddressAssignment.Collision] { assignment.collisions }

  /// Every pane of every server that answered.
  package var places: [PlacedPane] {
    servers.flatMap { server in server.panes.map { server.placed($0) } }
  }

  /// The pane that now has an address.
  package func recipient(_ address: Address) -> Recipient? {
    guard let found = assignment.resolve(address),
      let server = servers.first(where: { $0.identity.instance == found.pane.server }),
      let pane = server.panes.first(where: { $0.id.description == found.pane.paneID })
    else { return nil }
    let read = server.expected?.pane == pane.id ? server.expected.map { ($0.options, taken) } : nil
    return Recipient(
      place: server.placed(pane), address: found.current, isOld: found.isOld,
      assignment: assignment, read: read)
  }

  /// `<session>:<index>`, made safe for a terminal.
  package func target(of address: Address) -> String? {
    assignment.resolve(address).map { SafeText.line($0.pane.target) }
  }

  /// The same for a message: sessions that were taken off the mesh are not reachable. If the list
  /// of those cannot be read, nobody is reachable.
  func reachable(_ address: Address) -> Recipient? {
    recipient(address).flatMap { isOff($0.place) ? nil : $0 }
  }

  /// Whether one of its sessions was taken off the mesh, or the list of those cannot be read.
  func isOff(_ place: PlacedPane) -> Bool {
    guard let off = try? OffList(site.home).names() else { return true }
    return place.pane.links.contains { off.contains(OffList.key($0.sessionName)) }
  }

  /// The addresses of sessions that were not taken off the mesh.
  var onTheMesh: [AddressAssignment.Entry] {
    guard let off = try? OffList(site.home).names() else { return [] }
    return assignment.entries.filter { !off.contains(OffList.key($0.pane.sessionName)) }
  }

  /// The address that a pane sends from: its window's, if the pane holds
  /// that, otherwise its position.
  package func address(of place: PlacedPane) -> Address? {
    let own = assignment.entries.filter {
      $0.pane.paneID == place.pane.id.description && $0.pane.server == place.server.instance
    }
    return (own.first { $0.isWindow } ?? own.first)?.address
  }

  /// The pane's own `@agent-name`, as it is in its address.
  func ownName(of place: PlacedPane) -> String? {
    servers.first { $0.identity.instance == place.server.instance }?
      .names[place.pane.id]?.pane.flatMap(Slug.make)
  }

  /// - Parameter line: a process, its parent, and so on.
  package func place(of line: [ProcessFacts]) -> ProcessPlace {
    ProcessPlace(of: line, among: servers)
  }

  /// The pane with this id in the server at this socket.
  package func pane(_ id: PaneID, at tmux: Tmux) -> PlacedPane? {
    servers.first { $0.tmux.socket == tmux.socket }.flatMap { pane(id, of: $0) }
  }

  func pane(_ id: PaneID, of server: ServerPanes) -> PlacedPane? {
    server.panes.first { $0.id == id }.map { server.placed($0) }
  }
}

extension PaneDirectory {
  /// Servers that hold addresses and are running, but did not answer or were not asked: their
  /// addresses stay reserved.
  private static func absent(_ state: AddressState, _ answered: [ServerPanes]) -> Set<String> {
    let known = Set(
      state.held.values.map(\.target.server) + state.old.values.map(\.target.server))
    return known.subtracting(answered.map(\.identity.instance)).filter { isLiving($0) }
  }

  /// Pids are reused, so the process must look like tmux, or have started when the server says that
  /// it did: a loader may run tmux under any name.
  static func isLiving(_ instance: String) -> Bool {
    let parts = instance.split(separator: " ")
    guard parts.count == 2, let pid = Int32(parts[0]), let began = Int64(parts[1]),
      ProcessTable.describe(pid) != nil
    else { return false }
    return isTmux(pid) || ProcessTable.began(pid).map { abs($0 - began) <= 2 } ?? false
  }

  static func isTmux(_ pid: Int32) -> Bool {
    guard let process = ProcessTable.describe(pid) else { return false }
    // A zombie still has a name, but neither a program nor arguments.
    let name = process.nameIsClaimed ? "" : process.name
    return [name, process.invokedAs ?? ""].contains { $0.hasPrefix("tmux") }
  }

  /// Whether an address is held by a running server that was not asked or did not answer.
  static func isHeld(_ address: Address, besides servers: [ServerPanes], _ home: AgentsHome) -> Bool
  {
    guard let holder = load(home).held[address]?.target.server else { return false }
    return !servers.contains { $0.identity.instance == holder } && isLiving(holder)
  }

  /// Saves who holds which address. The caller holds the registry's lock.
  func keepState() throws(SetupError) {
    try KnownSockets(home: site.home).keep(servers.map(\.tmux) + silent)
    guard assignment.state != remembered else { return }
    try PaneDirectory.stateFile(site.home).write(assignment.state.encoded)
  }

  private static func stateFile(_ home: AgentsHome) -> HomeFile {
    HomeFile(home, "state/addresses", limit: AddressState.mostBytes)
  }

  /// If the file is lost or broken, only holders and old addresses are lost.
  private static func load(_ home: AgentsHome) -> AddressState {
    (try? stateFile(home).read()).flatMap { try? AddressState(parsing: $0) } ?? AddressState()
  }
}

extension PaneDirectory {
  /// The slice's entries for all panes, except in sessions that were taken off. For a server that
  /// did not answer, the previous entries are kept.
  func entries(_ off: Set<String>, before: [AgentEntry]) throws(Tmux.Failure) -> [AgentEntry] {
    var (entries, silent, failure) = ([AgentEntry](), silent, nil as Tmux.Failure?)
    for server in servers {
      do throws(Tmux.Failure) { entries += try self.entries(server, off) } catch {
        silent.append(server.tmux)
        failure = error
      }
    }
    if let failure, silent.count > self.silent.count, servers.count == 1 { throw failure }
    let names = Set(silent.map(\.serverName))
    let taken = Set(entries.map(\.address))
    return entries + before.filter { names.contains($0.server) && !taken.contains($0.address) }
  }

  private func entries(
    _ server: ServerPanes, _ off: Set<String>
  ) throws(Tmux.Failure) -> [AgentEntry] {
    let labels = try PaneLabels.read(server.panes, server.tmux)
    let panes = Dictionary(
      server.panes.map { ($0.id.description, $0) }, uniquingKeysWith: { first, _ in first })
    return assignment.entries.compactMap { entry in
      guard entry.pane.server == server.identity.instance,
        !off.contains(OffList.key(entry.pane.sessionName)), let pane = panes[entry.pane.paneID],
        let label = labels[pane.id]
      else { return nil }
      return AgentEntry(
        address: entry.address, host: site.host,
        target: entry.pane.target,
        session: entry.pane.sessionName, window: entry.pane.windowName,
        pane: entry.pane.paneIndex, paneID: entry.pane.paneID, role: label.role,
        scope: label.scope, command: pane.currentCommand, server: server.tmux.serverName)
    }
  }
}

extension PaneKey {
  /// Removes what was kept of panes whose servers have ended, and what earlier versions kept under other names.
  package static func sweep(_ home: AgentsHome) throws(SetupError) {
    var living: [String: Bool] = [:]
    for folder in ["last", "recent", "mentioned"] {
      let directory = try home.directory("state", folder)
      for name in try SetupError.unless(directory.names(limit: 100_000)) {
        let parts = name.split(separator: "-")
        let server = parts.count == 3 ? "\(parts[0]) \(parts[1])" : ""
        let lives = living[server] ?? PaneDirectory.isLiving(server)
        living[server] = lives
        if !lives { try SetupError.unless(directory.remove(name)) }
      }
    }
  }
}
