internal import Mesh
internal import MeshCrypto

// Limits on how much of our log, our processes and our time a calling peer may use.
// SECURITY.md has the table.

/// Refusals in the log. `state/refusals` has a line for each in the last hour:
/// `<ms> <host> <mark of the text>`. For one host, the same text is logged once an hour, and only a
/// few different texts a minute, so that nobody can fill the log.
struct SyncRefusals {
  static let mostPerMinute = 10
  private static let mostLines = 512
  private static let limit = 128 << 10
  private static let hour: Int64 = 3_600_000

  let site: Site

  init(_ site: Site) { self.site = site }

  /// - Parameter host: the host that caused it.
  func note(_ event: String, _ text: String, of host: Host) {
    let mark = String(Digest.hex(Digest.blake2b256(Array("\(event) \(text)".utf8))).prefix(16))
    guard (try? isNew(host, mark)) != false else { return }
    AuditLog(site.home).note(event, text, at: site.now)
  }

  private func isNew(_ host: Host, _ mark: String) throws(SetupError) -> Bool {
    let now = site.now.milliseconds
    let state = try site.home.directory("state")
    return try state.locked("refusals.lock") { () throws(SetupError) in
      let bytes = try AgentsHome.read("refusals", in: state, limit: Self.limit) ?? []
      var lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        .map { $0.split(separator: " ") }
        .filter { $0.count == 3 && (Int64($0[0]).map { abs(now - $0) < Self.hour } ?? false) }
      let own = lines.filter { $0[1] == host.name[...] }
      let lately = own.count { (Int64($0[0]) ?? 0) > now - 60_000 }
      guard !own.contains(where: { $0[2] == mark[...] }), lately < Self.mostPerMinute else {
        return false
      }
      lines.append(["\(now)", host.name[...], mark[...]])
      let text = lines.suffix(Self.mostLines).map { $0.joined(separator: " ") + "\n" }.joined()
      do throws(FileError) {
        try state.writeAtomically("refusals", Array(text.utf8), sync: false)
      } catch { throw SetupError(error) }
      return true
    }
  }
}

/// Limits the sessions of one host, at the same time and per minute. Held until the process ends.
struct SyncPlace: ~Copyable {
  static let mostAtOnce = 4
  static let mostPerMinute = 120

  private let place: FileLock

  /// - Returns: `nil` if that host has reached a limit.
  init?(_ site: Site, for host: Host) throws(SetupError) {
    let folder = try site.home.directory("state", "sync")
    guard try SyncPlace.isWithinRate(folder, host, site.now) else { return nil }
    do throws(FileError) {
      for number in 0..<SyncPlace.mostAtOnce {
        if let place = try FileLock.tryAcquire(in: folder, "\(host).\(number)") {
          self.place = place
          return
        }
      }
    } catch { throw SetupError(error) }
    return nil
  }

  /// `<minute> <count>`.
  private static func isWithinRate(
    _ folder: borrowing Directory, _ host: Host, _ now: Timestamp
  ) throws(SetupError) -> Bool {
    let minute = now.milliseconds / 60_000
    do throws(FileError) {
      let file = try RecordFile.openLocked(in: folder, host.name, until: .now + .seconds(5))
      let words = String(decoding: try file.read(limit: 64), as: UTF8.self).split(separator: " ")
      let isCurrent = words.count == 2 && Int64(words[0]) == minute
      let count = isCurrent ? Int(words[1]) ?? 0 : 0
      guard count < mostPerMinute else { return false }
      try file.replace(Array("\(minute) \(count + 1)".utf8))
      return true
    } catch { throw SetupError(error) }
  }
}
