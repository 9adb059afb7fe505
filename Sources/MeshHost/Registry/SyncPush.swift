internal import Mesh

/// The push that a changed slice starts in the background: a burst of changes is one push.
package struct SyncPush: Sendable {
  /// So many may be under way at once: one that waits for a dead peer does not keep the next change from the live ones.
  private static let places = ["push.lock", "push-2.lock", "push-3.lock", "push-4.lock"]

  let site: Site

  package init(_ site: Site) { self.site = site }

  /// Waits a second for whatever else is changing, then runs `push` unless somebody has this slice in hand already.
  /// Should that one die, the timer's rounds carry the slice.
  package func run<Answer>(
    _ push: () throws(SetupError) -> Answer
  ) throws(SetupError) -> Answer? {
    Waiting.pause(.milliseconds(990))
    let state = try site.home.directory("state")
    let place: FileLock
    do { place = try Self.place(in: state) } catch { throw SetupError(error) }
    guard try claim(state) else { return nil }
    let answer = try push()
    place.release()
    return answer
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
