internal import Mesh

/// How many bytes of files a host has sent today (UTC). `~/.agents/state/drops/<host>` contains the
/// day and lines `<name> <bytes>`, which are added up. Hosts are counted, not senders, because a
/// host can invent sender names.
struct DropQuota: Sendable {
  private static let limit = 256 << 10

  let home: AgentsHome
  let quota: Int64

  /// Counts a file before it is received, so that files on their way count too.
  /// - Returns: false if the host's quota for today is used up.
  func reserve(_ size: Int64, _ statement: Statement, at now: Timestamp) throws(SetupError) -> Bool
  {
    try change(statement, now) { used in
      guard size <= quota, used <= quota - size else { return false }
      used += size
      return true
    }
  }

  /// Gives back the bytes of a file that was not stored.
  func giveBack(_ size: Int64, _ statement: Statement, at now: Timestamp) throws(SetupError) {
    _ = try change(statement, now) { used in
      used = max(0, used - size)
      return true
    }
  }

  private func change(
    _ statement: Statement, _ now: Timestamp, _ body: (inout Int64) -> Bool
  ) throws(SetupError) -> Bool {
    let directory = try home.directory("state", "drops")
    do {
      let file = try RecordFile.openLocked(
        in: directory, statement.fromHost.name, until: .now + .seconds(5))
      let day = String(now.text.prefix(10))
      var used = DropQuota.parse(try file.read(limit: DropQuota.limit), day: day)
      guard body(&used) else { return false }
      try file.replace(Array("\(day)\n\(statement.fromHost) \(used)\n".utf8))
      return true
    } catch { throw SetupError(error) }
  }

  private static func parse(_ bytes: [UInt8], day: String) -> Int64 {
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    guard lines.first == day[...] else { return 0 }
    return lines.dropFirst().reduce(0) { sum, line in
      let count = line.split(separator: " ").last.flatMap { Int64($0) } ?? 0
      return sum.addingReportingOverflow(max(0, count)).partialValue
    }
  }
}
