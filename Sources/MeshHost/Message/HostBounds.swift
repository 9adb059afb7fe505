internal import Mesh

// How much of this account's resources each peer may use. SECURITY.md has the table.

/// How many messages a host and its senders have sent in the current minute: `~/.agents/state/rate/<host>`.
struct RateStore {
  private static let limit = 256 << 10

  let home: AgentsHome

  /// Counts one message if it is still within the rate limit.
  func count(
    _ current: consuming Current, at now: Timestamp, rate: Policy.Rate
  ) throws(Stop) -> Counted {
    let host = current.statement.fromHost.name
    let directory = try Stop.unless(home.directory("state", "rate"))
    do {
      let file = try RecordFile.openLocked(in: directory, host, until: .now + .seconds(5))
      let bytes = try file.read(limit: RateStore.limit)
      var window = RateWindow(bytes, minute: now.milliseconds / 60_000)
      let counted = try current.counted(in: &window, rate)
      try file.replace(window.bytes)
      return counted
    } catch let error as FileError {
      throw Stop(SetupError(error))
    } catch let error as Stop {
      throw error
    } catch { throw Stop(.failed, .disk) }
  }
}

/// Limits the log lines for questions and for what had no success, per minute and host. Lines above the limit
/// are counted: `~/.agents/state/refused-messages/<host>` holds `<minute> <written> <left out>`.
struct MessageRefusals {
  static let mostPerMinute = 20
  /// Shared by all unknown hosts; no host can have this name.
  private static let strangers = "_"

  let home: AgentsHome

  /// Counts one line.
  /// - Returns: how many were left out since the last line; nil: leave out this one too.
  func allows(_ host: Host?, at now: Timestamp) -> Int? {
    let minute = now.milliseconds / 60_000
    // If the disk is full or the file cannot be read, write no line.
    guard let directory = try? home.directory("state", "refused-messages"),
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
