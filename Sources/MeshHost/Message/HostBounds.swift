internal import Mesh

// What a peer can take of this account, a bound for each host. SECURITY.md has the table.

/// Lines of the log for refusals: so many a minute of a host. What is above is counted:
/// `~/.agents/state/refused/<host>` holds `<minute> <written> <left out>`.
struct MessageRefusals {
  static let mostPerMinute = 20
  /// Of hosts that nobody knows; no host has that name.
  private static let strangers = "_"

  let home: AgentsHome

  init(_ home: AgentsHome) { self.home = home }

  /// Counts one refusal.
  /// - Returns: how many were left out since the last line; nil: this one is to be left out, too.
  func allows(_ host: Host?, at now: Timestamp) -> Int? {
    let minute = now.milliseconds / 60_000
    // A disk that is full, or a file that cannot be read, is no reason to write more.
    guard let directory = try? home.directory("state", "refused"),
      let file = try? RecordFile.openLocked(
        in: directory, host?.name ?? Self.strangers, until: .now + .seconds(1)),
      let bytes = try? file.read(limit: 256)
    else { return nil }
    let kept = String(decoding: bytes, as: UTF8.self).split(separator: " ").compactMap { Int64($0) }
    let isWhole = kept.count == 3 && kept.allSatisfy { (0...Int64(1) << 40).contains($0) }
    let left = isWhole ? kept[2] : 0
    let written = isWhole && kept[0] == minute ? kept[1] : 0
    let allowed = written < Self.mostPerMinute
    let next = allowed ? "\(minute) \(written + 1) 0" : "\(minute) \(written) \(left + 1)"
    guard (try? file.replace(Array(next.utf8))) != nil else { return nil }
    return allowed ? Int(left) : nil
  }
}

/// Places of which a host has so many at a time, each a lock in `~/.agents/state/places`: they are free again as soon
/// as their process ends, however it ends.
struct HostPlaces {
  /// Sessions that wait for a recipient to become ready: `wait=`.
  static let waits = HostPlaces(name: "wait", most: 32)
  /// Files that are on their way here.
  static let files = HostPlaces(name: "file", most: 8)

  let name: String
  let most: Int

  /// - Returns: nil when the host has all of its places.
  func take(_ host: Host, _ home: AgentsHome) throws(SetupError) -> FileLock? {
    let directory = try home.directory("state", "places")
    do {
      for number in 0..<most {
        let place = "\(name)-\(host)-\(number)"
        if let lock = try FileLock.tryAcquire(in: directory, place) { return lock }
      }
    } catch { throw SetupError(error) }
    return nil
  }
}
