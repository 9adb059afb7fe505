package import Mesh

/// How many messages a host and its senders have sent in this minute: `~/.agents/state/rate/<host>`.
package struct RateStore: Sendable {
  private static let limit = 256 << 10

  let home: AgentsHome

  package init(_ home: AgentsHome) { self.home = home }

  /// Counts one message, and says whether it is still within the rate.
  package func admits(
    _ statement: Statement, at now: Timestamp, rate: Policy.Rate
  ) throws(SetupError) -> Bool {
    let directory = try home.directory("state", "rate")
    do {
      let file = try RecordFile.openLocked(
        in: directory, statement.fromHost.name, until: .now + .seconds(5))
      var window = RateWindow(
        try file.read(limit: RateStore.limit), minute: now.milliseconds / 60_000)
      guard window.admits(statement.from, rate: rate) else { return false }
      try file.replace(window.bytes)
      return true
    } catch { throw SetupError(error) }
  }
}

/// `<minute> <count>` and a line `<address> <count>` a sender.
struct RateWindow {
  private let minute: Int64
  private var total = 0
  private var senders: [String: Int] = [:]

  init(_ bytes: [UInt8], minute: Int64) {
    self.minute = minute
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    guard let head = lines.first?.split(separator: " "), head.count == 2,
      Int64(head[0]) == minute, let total = Int(head[1])
    else { return }
    self.total = max(0, total)
    for line in lines.dropFirst() {
      let parts = line.split(separator: " ")
      if parts.count == 2, let count = Int(parts[1]) { senders[String(parts[0])] = max(0, count) }
    }
  }

  mutating func admits(_ from: Address, rate: Policy.Rate) -> Bool {
    let count = senders[from.text] ?? 0
    guard total < rate.host, count < rate.sender else { return false }
    total += 1
    senders[from.text] = count + 1
    return true
  }

  var bytes: [UInt8] {
    let lines = senders.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)\n" }
    return Array(("\(minute) \(total)\n" + lines.joined()).utf8)
  }
}
