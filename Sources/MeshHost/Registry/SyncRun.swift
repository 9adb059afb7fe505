package import Mesh

/// Sessions with many peers: whom, in which order, how many at a time, and what is remembered of failures.
package struct SyncRun: Sendable {
  /// sshd drops logins that come in too great a crowd.
  private static let width = 4
  /// A session that takes longer keeps no other from its turn: more than a fresh connection at 50 ms round trip.
  private static let patience = Duration.seconds(1)
  /// Peers whose turn has not come by then wait for the next occasion.
  private static let deadline = Duration.seconds(60)

  package struct Outcome: Sendable {
    package let peer: Peer
    package let result: Result<SyncReport, SyncError>

    var isReached: Bool { if case .success = result { true } else { false } }
  }

  let site: Site
  let occasion: SyncChoice.Occasion

  package init(_ site: Site, _ occasion: SyncChoice.Occasion) {
    self.site = site
    self.occasion = occasion
  }

  package func run(_ peers: [Peer]) throws(SetupError) -> [Outcome] {
    let others = peers.filter { $0.host != site.host }
    let before = try PeerMemory(site).health()
    let outcomes = try sessions(chosen(others, occasion))
    guard occasion == .round, isHealed(others, before, outcomes) else { return outcomes }
    // What we missed came just now; those that we could not tell of our own changes hear of them now.
    let met = Set(outcomes.map(\.peer.host))
    let rest = others.filter { !met.contains($0.host) }
    return outcomes
      + (try sessions(chosen(rest, rest.count < SyncChoice.everybody ? .asked : .push)))
  }

  /// Whether we were cut off, and are no more.
  private func isHealed(
    _ peers: [Peer], _ before: [Host: PeerHealth], _ outcomes: [Outcome]
  ) -> Bool {
    guard SyncChoice.isCutOff(peers, before) else { return false }
    return outcomes.contains { outcome in
      guard case .success = outcome.result else { return false }
      return (before[outcome.peer.host]?.failures ?? 0) > 0
    }
  }

  private func chosen(
    _ peers: [Peer], _ occasion: SyncChoice.Occasion
  ) throws(SetupError) -> [Peer] {
    var random = SystemRandomNumberGenerator()
    let health = try PeerMemory(site).health()
    return SyncChoice.peers(
      peers, occasion, health: health, now: site.now.milliseconds, using: &random)
  }

  /// Sessions with these peers, whoever is due.
  func sessions(_ chosen: [Peer]) throws(SetupError) -> [Outcome] {
    let site = site
    let end = ContinuousClock.now + Self.deadline
    let outcomes = Parallel.map(chosen, atMost: Self.width, patience: Self.patience) {
      peer -> Outcome? in
      guard ContinuousClock.now < end else { return nil }
      return Outcome(peer: peer, result: Self.session(site, peer))
    }.compactMap { $0 }
    try PeerMemory(site).note(outcomes)
    return outcomes
  }

  private static func session(_ site: Site, _ peer: Peer) -> Result<SyncReport, SyncError> {
    do throws(SyncError) {
      let calling: SyncCalling
      do { calling = try SyncCalling(site) } catch { throw .setup(error) }
      return .success(try calling.run(with: peer))
    } catch { return .failure(error) }
  }
}

/// `state/peers`: who failed, and when they are asked again.
package struct PeerMemory {
  let site: Site
  package init(_ site: Site) { self.site = site }

  func health() throws(SetupError) -> [Host: PeerHealth] {
    let state = try site.home.directory("state")
    let bytes = try AgentsHome.read("peers", in: state, limit: PeerHealthText.limit)
    return PeerHealthText.decode(bytes ?? [])
  }

  func note(_ outcomes: [SyncRun.Outcome]) throws(SetupError) {
    let now = site.now.milliseconds
    try change { health in
      for outcome in outcomes {
        if case .success = outcome.result {
          health[outcome.peer.host] = nil
        } else {
          health[outcome.peer.host, default: PeerHealth()].failed(at: now)
        }
      }
    }
  }

  /// A peer has called us.
  package func heard(_ host: Host) throws(SetupError) {
    guard try health()[host] != nil else { return }
    try change { $0[host]?.heard() }
  }

  private func change(_ body: (inout [Host: PeerHealth]) -> Void) throws(SetupError) {
    let state = try site.home.directory("state")
    try state.locked("peers.lock") { () throws(SetupError) in
      var health = try health()
      let before = health
      body(&health)
      guard health != before else { return }
      do throws(FileError) {
        try state.writeAtomically("peers", PeerHealthText.encode(health), sync: false)
      } catch { throw SetupError(error) }
    }
  }
}
