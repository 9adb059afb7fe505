package import Mesh

/// The calling side of a sync; `SyncAnswering` is the other side. Runs sessions with many peers: with
/// whom, in which order, how many at a time; and records failures.
package struct SyncRun: Sendable {
  /// sshd drops logins when too many arrive at once.
  private static let width = 4
  /// A longer session no longer blocks the next one. Longer than a new connection needs at a round
  /// trip of 50 ms.
  private static let patience = Duration.seconds(1)
  /// Peers that are not reached by then wait for the next occasion.
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
    // We have just received what we missed. Peers that we could not tell of
    // our changes are told now.
    let met = Set(outcomes.map(\.peer.host))
    let rest = others.filter { !met.contains($0.host) }
    return outcomes
      + (try sessions(chosen(rest, rest.count < SyncChoice.everybody ? .asked : .push)))
  }

  /// Whether we were cut off and no longer are.
  private func isHealed(
    _ peers: [Peer], _ before: [Host: PeerHealth], _ outcomes: [Outcome]
  ) -> Bool {
    guard SyncChoice.isCutOff(peers, before) else { return false }
    return outcomes.contains { $0.isReached && (before[$0.peer.host]?.failures ?? 0) > 0 }
  }

  private func chosen(
    _ peers: [Peer], _ occasion: SyncChoice.Occasion
  ) throws(SetupError) -> [Peer] {
    var random = SystemRandomNumberGenerator()
    let health = try PeerMemory(site).health()
    return SyncChoice.peers(
      peers, occasion, health: health, now: site.now.milliseconds, using: &random)
  }

  /// Runs sessions with these peers, also with those that are in a pause.
  func sessions(_ chosen: [Peer]) throws(SetupError) -> [Outcome] {
    let site = site
    let end = ContinuousClock.now + Self.deadline
    let outcomes = Parallel.map(chosen, atMost: Self.width, patience: Self.patience) {
      peer -> Outcome? in
      guard ContinuousClock.now < end else { return nil }
      return Outcome(peer: peer, result: Self.session(site, peer))
    }.compactMap { $0 }
    try PeerMemory(site).note(outcomes)
    let contacts = Contacts(site.home)
    for outcome in outcomes {
      switch outcome.result {
      case .success: contacts.answered(outcome.peer.host, at: site.now)
      case .failure(.ssh(let failure)):
        contacts.failed(outcome.peer.host, "\(failure)", at: site.now)
      case .failure: break
      }
    }
    return outcomes
  }

  private static func session(_ site: Site, _ peer: Peer) -> Result<SyncReport, SyncError> {
    Result { () throws(SyncError) in try SyncCalling(site).run(with: peer) }
  }
}

/// One session with one peer over ssh.
package struct SyncCalling: ~Copyable {
  let site: Site
  let identity: Identity

  package init(_ site: Site) throws(SyncError) {
    do { identity = try KeyStore(site.home).identity(site.host) } catch { throw .setup(error) }
    self.site = site
  }

  package func run(with peer: Peer) throws(SyncError) -> SyncReport {
    var report = SyncReport()
    if let said = try Introduction(site).fetch(from: peer) { report.notices.append(said) }
    do {
      let exchange = try SyncExchange(site, try PinStore(site.home).trusted(identity))
      var session = try SSHSession.open(peer.sshAlias, .sync, SSHConfig(site, peer))
      session.end = .now + SyncExchange.patience
      let have = try exchange.digests()
      let asRoot = session.knowsRoots && exchange.hosts.count > SyncRoot.few
      let key = Array((KeyLine(host: site.host, key: identity.key).text + "\n").utf8)
      try session.write(key + said(have, exchange, asRoot))
      try converse(&session, exchange, peer, asRoot ? have : nil, &report)
    } catch { throw SyncError(any: error) }
    return report
  }

  /// What we have of every host that we ask about.
  private func said(_ have: SyncDigests, _ exchange: SyncExchange, _ asRoot: Bool) -> [UInt8] {
    let hosts = exchange.hosts
    let named =
      asRoot
      ? [SyncLine.root(hosts: hosts.count, hash: SyncRoot.hash(have, of: hosts))]
      : hosts.sorted().map { SyncRoot.line(have, of: $0) }
    return (named + [.end]).flatMap(\.bytes)
  }

  /// - Parameter unsaid: our digests, if only the root was sent.
  private func converse(
    _ session: inout SSHSession, _ exchange: SyncExchange, _ peer: Peer,
    _ unsaid: SyncDigests?, _ report: inout SyncReport
  ) throws(SSHFailure) {
    do {
      _ = try KeyLine(try session.nextLine(limit: KeyLine.limit + 1), of: peer.host)
      var line = try exchange.takeSlices(&session.incoming, &report, until: session.end)
      if line == .differs, let unsaid {
        try session.write(said(unsaid, exchange, false))
        line = try exchange.takeSlices(&session.incoming, &report, until: session.end)
      }
      while case .want(let host) = line {
        guard report.given.count < exchange.hosts.count else { throw SyncError.malformed }
        report.given.append(host)
        line = try exchange.next(&session.incoming, until: session.end)
      }
      guard line == .end else { throw SyncError.malformed }
      var bytes: [UInt8] = []
      for host in report.given { bytes += try exchange.bytes(of: host) }
      try session.write(bytes + SyncLine.end.bytes)
      session.closeInput()
      guard case .done = try exchange.next(&session.incoming, until: session.end) else {
        throw SyncError.broken
      }
    } catch { throw .noAnswer(said: "\(SyncError(any: error))") }
  }
}

/// `state/peers`: the peers that failed, and when they are tried again.
package struct PeerMemory {
  private let site: Site
  private let file: HomeFile

  package init(_ site: Site) {
    self.site = site
    file = HomeFile(site.home, "state/peers", limit: PeerHealthText.limit)
  }

  func health() throws(SetupError) -> [Host: PeerHealth] {
    PeerHealthText.decode(try file.read() ?? [])
  }

  func note(_ outcomes: [SyncRun.Outcome]) throws(SetupError) {
    try change { health in
      for outcome in outcomes {
        if outcome.isReached {
          health[outcome.peer.host] = nil
        } else {
          health[outcome.peer.host, default: PeerHealth()].failed(at: site.now.milliseconds)
        }
      }
    }
  }

  /// Records that a peer has called us.
  package func heard(_ host: Host) throws(SetupError) {
    guard try health()[host] != nil else { return }
    try change { $0[host]?.heard() }
  }

  private func change(_ body: (inout [Host: PeerHealth]) -> Void) throws(SetupError) {
    try file.locked { () throws(SetupError) in
      let before = try health()
      var health = before
      body(&health)
      if health != before { try file.write(PeerHealthText.encode(health)) }
    }
  }
}

/// The push that a changed slice starts in the background. Several changes at once make one push.
package struct SyncPush: Sendable {
  /// How many pushes may run at once: a push that waits for a dead peer must not delay the next
  /// change for live ones.
  private static let places = ["push.lock", "push-2.lock", "push-3.lock", "push-4.lock"]

  let site: Site

  package init(_ site: Site) { self.site = site }

  /// Waits a second for further changes, then tells the peers, unless another process is already
  /// pushing this version. Peers that it cannot reach are tried again after 1, 5 and 25 s, as long
  /// as the slice is the same; the push of a newer slice takes over. If this process crashes, the
  /// timer's rounds deliver the slice.
  /// - Returns: the last outcome with each peer.
  package func run(_ peers: [Peer]) throws(SetupError) -> [SyncRun.Outcome] {
    Waiting.pause(.milliseconds(990))
    let state = try site.home.directory("state")
    let place: FileLock
    do { place = try Self.place(in: state) } catch { throw SetupError(error) }
    guard try claim() else { return [] }
    let outcomes = try SyncRun(site, .push).run(peers)
    place.release()
    return try again(outcomes, peers.filter { $0.host != site.host })
  }

  private func again(
    _ first: [SyncRun.Outcome], _ peers: [Peer]
  ) throws(SetupError) -> [SyncRun.Outcome] {
    var last: [Host: SyncRun.Outcome] = [:]
    for outcome in first { last[outcome.peer.host] = outcome }
    let tried = Set(last.keys)
    for pause in SyncChoice.retries {
      let told = Set(last.values.filter { $0.isReached }.map(\.peer.host))
      let missing = SyncChoice.untold(
        peers, tried: tried, told: told, health: try PeerMemory(site).health())
      guard !missing.isEmpty, try isCurrent(for: pause) else { break }
      for outcome in try SyncRun(site, .push).sessions(missing) {
        last[outcome.peer.host] = outcome
      }
    }
    return last.values.sorted { $0.peer.host < $1.peer.host }
  }

  /// Waits, and returns whether the slice is still the same.
  private func isCurrent(for time: Duration) throws(SetupError) -> Bool {
    let serial = try site.slices.local()?.slice.serial
    let end = ContinuousClock.now + time
    while ContinuousClock.now < end {
      Waiting.pause(.milliseconds(900))
      guard try site.slices.local()?.slice.serial == serial else { return false }
    }
    return true
  }

  private static func place(in state: borrowing Directory) throws(FileError) -> FileLock {
    for name in places.dropLast() {
      if let place = try FileLock.tryAcquire(in: state, name) { return place }
    }
    return try FileLock.acquire(in: state, places[places.count - 1], until: .now + .seconds(90))
  }

  /// - Returns: false if the present slice is or was already pushed.
  private func claim() throws(SetupError) -> Bool {
    let pushed = HomeFile(site.home, "state/pushed", limit: 64)
    return try pushed.locked { () throws(SetupError) in
      let mark = Array("\(try site.slices.local()?.slice.serial ?? 0)\n".utf8)
      if try pushed.read() == mark { return false }
      try pushed.write(mark)
      return true
    }
  }
}
