package import Mesh
internal import MeshCrypto

/// Gathers the overview from tmux (one listing and a look at each pane), the slices, the spool, the history,
/// and each peer's answer or last answer.
package struct OverviewReading: Sendable {
  let site: Site
  let trusted: TrustedKeys
  let peers: [Peer]
  private let key: String

  package init(_ site: Site) throws(SetupError) {
    let identity = try KeyStore(site.home).identity(site.host)
    key = identity.key.fingerprint
    trusted = try PinStore(site.home).trusted(identity)
    peers = try site.home.peers().filter { $0.host != site.host }
    self.site = site
  }

  /// - Parameter asking: whether to ask other hosts for their agents' states.
  /// - Parameter outbox: the recipients of this account's messages that wait here for their hosts.
  package func run(asking: Bool, outbox: [Address] = []) throws(SetupError) -> Overview {
    let (own, answers) = try gathered(asking: asking)
    var agents = own
    var hosts = [
      HostRow(
        host: site.host, standing: .own, key: key, reach: .here, contact: site.now, failure: nil,
        failedAt: nil, agents: own.count)
    ]
    let seen = try site.slices.serials()
    for peer in peers {
      let (row, rows) = try remote(peer.host, answers[peer.host], seen)
      hosts.append(row)
      agents += rows
    }
    let outcomes = try outcomes()
    for index in agents.indices {
      agents[index].last = outcomes[agents[index].address.text]
      agents[index].wait(in: outbox)
    }
    return Overview(host: site.host, taken: site.now, agents: agents, hosts: hosts)
  }

  private enum Part: Sendable {
    case own(Result<[AgentRow], SetupError>)
    case answers([Host: OverviewAnswer])
  }

  /// Our own panes are read while the other hosts answer.
  private func gathered(
    asking: Bool
  ) throws(SetupError) -> ([AgentRow], [Host: OverviewAnswer]) {
    guard asking, !peers.isEmpty else { return (try local(), [:]) }
    let parts = Parallel.map([true, false], atMost: 2) { isOwn -> Part in
      guard isOwn else {
        return .answers(OverviewAsking(site: site, trusted: trusted).ask(peers))
      }
      return .own(Result { () throws(SetupError) in try local() })
    }
    var (rows, answers) = ([AgentRow](), [Host: OverviewAnswer]())
    for part in parts {
      switch part {
      case .own(let result): rows = try result.get()
      case .answers(let told): answers = told
      }
    }
    return (rows, answers)
  }

  /// This host's agents. If a tmux server does not answer, the agents that it had before.
  package func local() throws(SetupError) -> [AgentRow] {
    guard let panes = try? PaneDirectory(site, hosts: trusted.hosts, describing: true) else {
      return try unheard()
    }
    return try rows(panes).map(\.row)
  }

  /// The same, each with its access list and its ceilings; nil: unknown.
  func localWithLists(
    _ policies: Policies
  ) throws(SetupError) -> [(row: AgentRow, lists: AccessLists?)] {
    guard let panes = try? PaneDirectory(site, hosts: trusted.hosts, describing: true) else {
      return try unheard().map { ($0, nil) }
    }
    var surveys: [String: OptionSurvey] = [:]
    for server in panes.servers {
      surveys[server.identity.instance] = try? OptionSurvey(
        server.panes, names: [AccessOption.allow], server.tmux)
    }
    return try rows(panes).map { row, place in
      let lists = place.flatMap { place in
        surveys[place.server.instance]?.levels(place.pane, AccessOption.allow).map {
          AccessLists(
            levels: AllowLevels($0, place.pane),
            ceilings: policies.ceilings(for: panes.assignment.names(of: place)))
        }
      }
      return (row, lists)
    }
  }

  private func rows(
    _ panes: PaneDirectory
  ) throws(SetupError) -> [(row: AgentRow, place: PlacedPane?)] {
    let before = try site.slices.local()?.slice.agents ?? []
    guard let entries = try? panes.entries(try OffList(site.home).names(), before: before) else {
      return try unheard().map { ($0, nil) }
    }
    let (found, waiting) = (PaneSurvey(site: site, panes: panes).run(), try waiting())
    let places = Dictionary(
      panes.places.map { (PaneName(server: $0.tmux.serverName, pane: $0.pane.id.description), $0) }
    ) { $1 }
    var memory = StateMemory(site.home)
    let now = site.now
    let rows = AgentEntry.onePerPane(entries).map { entry in
      guard let place = places[PaneName(server: entry.server, pane: entry.paneID)] else {
        return (row: AgentRow(entry, .silent, asOf: now), place: nil as PlacedPane?)
      }
      var row = AgentRow(entry, .here, asOf: now)
      row.waiting = waiting[SpoolKey(place.tmux, place.server, place.pane.id)] ?? 0
      if let one = found[place.name] {
        row.state = one.state
        row.since = memory.since(place.key, one.state, at: now)
        row.program = one.program ?? row.program
        row.report = one.report
      }
      return (row, place)
    }
    memory.keep()
    return rows
  }

  private struct PaneName: Hashable {
    let server: String?
    let pane: String
  }

  /// The last known agents where a server runs but does not answer; empty where no server runs.
  private func unheard() throws(SetupError) -> [AgentRow] {
    do throws(Tmux.Failure) { _ = try site.servers() } catch {
      guard error != .noServer, let stored = try site.slices.local() else { return [] }
      return AgentEntry.onePerPane(stored.slice.agents)
        .map { AgentRow($0, .silent, asOf: stored.slice.issued) }
    }
    return []
  }

  private func waiting() throws(SetupError) -> [SpoolKey: Int] {
    let spool = Spool(site.home)
    guard !spool.isEmpty else { return [:] }
    var counts: [SpoolKey: Int] = [:]
    for key in try spool.keys() { counts[key] = try spool.items(key).count }
    return counts
  }
}

/// Other hosts.
extension OverviewReading {
  private func remote(
    _ host: Host, _ answer: OverviewAnswer?, _ seen: Ratchet
  ) throws(SetupError) -> (HostRow, [AgentRow]) {
    let stored = try site.slices.slice(
      of: host, trusted: trusted, me: site.host, at: site.now, seen: seen)
    let contact = Contacts(site.home).load(host)
    let listed: Reach = stored.map { $0.isStale ? .stale : .listed } ?? .silent
    let reach: Reach = answer != nil ? .answered : contact.failedAt != nil ? .silent : listed
    var rows = (stored.map { AgentEntry.onePerPane($0.slice.agents) } ?? [])
      .map { AgentRow($0, reach, asOf: stored?.slice.issued ?? site.now) }
    if let answer {
      rows = merged(rows, answer, reach, isWhole: true)
    } else if reach == .silent,
      let last = OverviewAsking(site: site, trusted: trusted).last(of: host)
    {
      rows = merged(rows, last, reach, isWhole: false)
    }
    let key = trusted.keys(of: host, for: .message, at: site.now).last
    let standing: HostRow.Standing =
      key != nil ? .pinned : trusted.pins.pins(of: host).isEmpty ? .unpinned : .revoked
    let row = HostRow(
      host: host, standing: standing, key: key?.fingerprint, reach: reach,
      contact: contact.answered, failure: contact.failure, failedAt: contact.failedAt,
      agents: rows.count)
    return (row, rows)
  }

  /// What a host answered about its agents takes precedence over what its slice says.
  /// - Parameter isWhole: agents of the slice that are missing from the answer no longer exist.
  private func merged(
    _ rows: [AgentRow], _ answer: OverviewAnswer, _ reach: Reach, isWhole: Bool
  ) -> [AgentRow] {
    var listed: [Address: AgentRow] = [:]
    for row in rows { listed[row.address] = row }
    var told = Set<Address>()
    var all = answer.agents.compactMap { agent -> AgentRow? in
      guard agent.address.owner(among: trusted.hosts) == answer.host,
        told.insert(agent.address).inserted
      else { return nil }
      let known = listed[agent.address]
      guard isWhole || known != nil else { return nil }
      return AgentRow(agent, of: answer.host, known, reach, asOf: answer.time)
    }
    if !isWhole { all += rows.filter { !told.contains($0.address) } }
    return all
  }
}

/// What the history contributes.
extension OverviewReading {
  /// How many lines are read: the last ones, whatever their age.
  private static let mostLines = 400

  /// The newest outcome for each address.
  private func outcomes() throws(SetupError) -> [String: LastOutcome] {
    var found: [String: LastOutcome] = [:]
    var count = 0
    try AuditReading(site.home).newestFirst { line in
      count += 1
      if let entry = AuditReading.entry(line), let outcome = entry.outcome, entry.event != "asked",
        !entry.isUnproven
      {
        for (address, sent) in [(entry.to, false), (entry.from, true)] {
          guard let address, found[address] == nil else { continue }
          found[address] = LastOutcome(
            outcome: SafeText.line(outcome, limit: 20),
            reason: SafeText.line(entry.reason ?? "-", limit: 20), time: entry.time,
            wasSender: sent)
        }
      }
      return count < Self.mostLines
    }
    return found
  }
}
