/// Why a message is not counted.
package enum RateError: Error, Equatable, Sendable {
  case exceeded
  /// Claimed to be this account's own, or out of the queue, and is not.
  case notOwn, notQueued
}

/// What one host has sent in one minute, in all and by sender. As text: `<minute> <count>` and a line
/// `<address> <count>` a sender.
package struct RateWindow {
  /// A clock that goes back by so many minutes does not begin a new window.
  private static let clockSteps: Int64 = 10
  private let minute: Int64
  private var total = 0
  private var senders: [String: Int] = [:]

  /// - Parameter bytes: of the window that was kept last; empty for none.
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

  /// Counts one message; false, and not counted, above the rate.
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
