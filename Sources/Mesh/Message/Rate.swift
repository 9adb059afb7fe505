/// Why a message cannot be counted.
package enum RateError: Error, Equatable, Sendable {
  case exceeded
  /// It was passed as this account's own, or as one from the queue, but is not.
  case notOwn, notQueued
}

/// How many messages one host sent in one minute, in total and by sender. As text:
/// `<minute> <count>`, then a line `<address> <count>` for each sender.
package struct RateWindow {
  /// If the clock goes back by at most this many minutes, the window continues.
  private static let clockSteps: Int64 = 10
  private let minute: Int64
  private var total = 0
  private var senders: [String: Int] = [:]

  /// - Parameter bytes: the window that was stored last; empty if there is none.
  /// - Parameter minute: minutes since 1970, by our clock.
  package init(_ bytes: [UInt8], minute: Int64) {
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    guard let head = lines.first?.split(separator: " "), head.count == 2,
      let kept = Int64(head[0]), (minute...minute + Self.clockSteps).contains(kept),
      let total = Int(head[1])
    else {
      self.minute = minute
      return
    }
    self.minute = kept
    self.total = max(0, total)
    for line in lines.dropFirst() {
      let parts = line.split(separator: " ")
      if parts.count == 2, let count = Int(parts[1]) { senders[String(parts[0])] = max(0, count) }
    }
  }

  /// Counts one message. Above the rate, returns false and does not count it.
  mutating func admits(_ from: Address, rate: Policy.Rate) -> Bool {
    let count = senders[from.text] ?? 0
    guard total < rate.host, count < rate.sender else { return false }
    total += 1
    senders[from.text] = count + 1
    return true
  }

  package var bytes: [UInt8] {
    let lines = senders.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)\n" }
    return Array(("\(minute) \(total)\n" + lines.joined()).utf8)
  }
}
