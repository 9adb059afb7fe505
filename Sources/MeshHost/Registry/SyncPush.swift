package import Mesh

/// The push that a changed slice starts in the background: a burst of changes is one push.
package struct SyncPush: Sendable {
  /// So many may be under way at once: one that waits for a dead peer does not keep the next change from the live ones.
  private static let places = ["push.lock", "push-2.lock", "push-3.lock", "push-4.lock"]

  let site: Site

  package init(_ site: Site) { self.site = site }

  /// Waits a second for whatever else is changing, then tells the peers, unless another process does so with this
  /// version. Whom it does not reach it tries again after 1, 5 and 25 s, as long as the slice is still the same: the push
  /// of a newer one takes that over. If this process dies, the timer's rounds bring the slice.
  /// - Returns: the last outcome with each peer.
  package func run(_ peers: [Peer]) throws(SetupError) -> [SyncRun.Outcome] {
    Waiting.pause(.milliseconds(990))
    let state = try site.home.directory("state")
    let place: FileLock
    do { place = try Self.place(in: state) } catch { throw SetupError(error) }
    guard try claim(state) else { return [] }
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

  /// Waits, and says whether nothing has changed meanwhile.
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

  /// - Returns: false when the present slice is pushed already, or being pushed.
  private func claim(_ state: borrowing Directory) throws(SetupError) -> Bool {
    try state.locked("pushed.lock") { () throws(SetupError) in
      let serial = try site.slices.local()?.slice.serial ?? 0
      let mark = Array("\(serial)\n".utf8)
      if try AgentsHome.read("pushed", in: state, limit: 64) == mark { return false }
      do throws(FileError) {
        try state.writeAtomically("pushed", mark, sync: false)
      } catch { throw SetupError(error) }
      return true
    }
  }
}
