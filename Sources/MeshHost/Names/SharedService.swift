/// A process without a terminal that accepts connections and runs commands for its clients: the
/// daemon that an agent's first session starts for all later ones.
package struct SharedService: Equatable, Sendable {
  package let pid: Int32
  /// The name of its executable, made printable.
  package let program: String

  init(_ pid: Int32) {
    self.pid = pid
    program = ProcessTable.describe(pid)?.name ?? "a process"
  }

  /// Whether a variable has the value with which the service was started; also
  /// true if that is not visible.
  func inherits(_ variable: String, _ value: String?) -> Bool {
    guard let value, ProcessTable.initialValue(of: "PATH", in: pid) != nil else { return true }
    return ProcessTable.initialValue(of: variable, in: pid) == value
  }

  /// Whether a pane's foreground runs the same program and is connected to exactly this service. A
  /// process that only pretends to be a service has no clients in other panes.
  func serves(_ place: PlacedPane) -> Bool { clients(among: [place]).count == 1 }

  func clients(among places: [PlacedPane]) -> [PlacedPane] {
    guard let own = ProcessTable.openFiles(of: pid) else { return [] }
    let theirs = UnixSockets().clients(of: ProcessTable.sockets(among: own))
    guard !theirs.isEmpty else { return [] }
    return places.filter { place in
      SharedService.foreground(place).contains { process in
        process.name == program && !process.nameIsClaimed
          && !ProcessTable.sockets(among: ProcessTable.openFiles(of: process.pid) ?? [])
            .isDisjoint(with: theirs)
      }
    }
  }

  static func foreground(_ place: PlacedPane) -> [ForegroundProcess] {
    guard !place.pane.isDead,
      let group = TerminalDevice.foregroundGroup(ofProcess: place.pane.pid)
    else { return [] }
    return ProcessTable.foreground(group: group, below: place.pane.pid)
  }
}

/// A service, and how many panes of this account use it.
package struct ServedPanes: Sendable {
  package let service: SharedService
  package let count: Int

  /// All services with clients in panes. This examines every process of the account.
  package static func all(_ panes: PaneDirectory) -> [ServedPanes] {
    let places = panes.places
    let programs = Set(places.flatMap(SharedService.foreground).map(\.name))
    let servers = Set(panes.servers.map(\.identity.pid))
    return ProcessTable.withoutTerminal().compactMap { pid in
      guard !servers.contains(pid), let process = ProcessTable.describe(pid),
        programs.contains(process.name)
      else { return nil }
      let service = SharedService(pid)
      let count = service.clients(among: places).count
      return count == 0 ? nil : ServedPanes(service: service, count: count)
    }
  }
}
