package import Mesh
internal import MeshCrypto

/// Reads the graph's edges from this host's lists, other hosts' answers about theirs, and the history.
extension OverviewReading {
  /// How many lines of the history are read.
  private static let mostTold = 4000

  /// - Parameter since: earlier messages are not drawn.
  package func graph(since: Timestamp?) throws(SetupError) -> MeshGraph {
    let own = try localWithLists(try Policies(site.home))
    let overview = try run(asking: true)
    let others = overview.agents.filter { $0.host != site.host }
    var edges = try may(own, others)
    edges += others.filter { $0.waiting != nil }
      .map { MeshGraph.Edge(.host(site.host), .agent($0.address), .may) }
    edges += try told(since)
    return MeshGraph(
      home: site.host, hosts: overview.hosts.map(\.host),
      agents: own.map { (site.host, $0.row.address) } + others.map { ($0.host, $0.address) },
      edges: edges)
  }

  private func may(
    _ own: [(row: AgentRow, lists: AccessLists?)], _ others: [AgentRow]
  ) throws(SetupError) -> [MeshGraph.Edge] {
    var senders: [Host: [VerifiedSender]] = [:]
    let agents = own.map { (site.host, $0.row.address) } + others.map { ($0.host, $0.address) }
    let hosts = Set(peers.map(\.host)).intersection(trusted.hosts).union([site.host])
    for (host, address) in hosts.map({ ($0, Address($0)) }) + agents where hosts.contains(host) {
      let key = trusted.keys(of: host, for: .message, at: site.now).last
      guard host == site.host || key != nil else { continue }
      senders[host, default: []].append(
        VerifiedSender(
          address: address, host: host, keyFingerprint: key?.fingerprint ?? "",
          isSelf: host == site.host))
    }
    var known: [AccessLists: [MeshGraph.End]] = [:]
    return own.flatMap { row, lists -> [MeshGraph.Edge] in
      guard let lists else { return [] }
      let from = known[lists] ?? admitted(lists, senders)
      known[lists] = from
      return from.map { MeshGraph.Edge($0, .agent(row.address), .may) }
    }
  }

  /// A whole host where all its agents are admitted, otherwise the agents that are.
  private func admitted(
    _ lists: AccessLists, _ senders: [Host: [VerifiedSender]]
  ) -> [MeshGraph.End] {
    senders.flatMap { host, all -> [MeshGraph.End] in
      let some = all.filter { lists.admit($0, hosts: trusted.hosts) }
      if some.count == all.count { return [.host(host)] }
      return some.filter { $0.address != Address(host) }.map { .agent($0.address) }
    }
  }

  private func told(_ since: Timestamp?) throws(SetupError) -> [MeshGraph.Edge] {
    var query = HistoryQuery()
    query.since = since
    var counts: [MeshGraph.Edge: Int] = [:]
    for entry in try AuditReading(site.home).messages(query, most: Self.mostTold) {
      guard entry.isOfMessage, !entry.isUnproven,
        let from = entry.from.flatMap({ try? Address(validating: $0) }),
        let to = entry.to.flatMap({ try? Address(validating: $0) })
      else { continue }
      let outcome = entry.outcome.flatMap(Outcome.init)
      guard entry.wasRefused || outcome?.isSuccess == true else { continue }
      let kind: MeshGraph.Kind = entry.wasRefused ? .refused : .did
      counts[MeshGraph.Edge(.agent(from), .agent(to), kind), default: 0] += 1
    }
    return counts.map { MeshGraph.Edge($0.key.from, $0.key.to, $0.key.kind, count: $0.value) }
  }
}
