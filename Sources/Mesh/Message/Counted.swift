package import MeshCrypto

// The receive path goes on: a statement for this account is `Current` if it is valid now (step 7),
// and `Counted` if its host and its sender are within the rate (step 8).

extension Addressed {
  /// Step 7: neither expired nor from the future, by our clock.
  package consuming func current(at now: Timestamp, skew: Int64) throws(Stop) -> Current {
    try Freshness.check(statement, now: now, skew: skew)
    return Current(proof)
  }
}

/// Whether a statement is valid at this time. Protocol section 5, step 7. Replay protection relies
/// on it: an id must only be remembered as long as its statement can be valid.
package enum Freshness {
  /// The longest allowed time from `time` to `expires`, in milliseconds. A queued message may have a day.
  package static let longestLife: Int64 = 5 * 60_000
  package static let longestQueuedLife: Int64 = 24 * 3_600_000

  /// - Parameter skew: how far ahead `time` may be, in milliseconds.
  package static func check(_ statement: Statement, now: Timestamp, skew: Int64) throws(Stop) {
    let life = statement.expires.milliseconds - statement.time.milliseconds
    let longest = statement.options.queue ? longestQueuedLife : longestLife
    guard (0...longest).contains(life) else { throw .life }
    let ahead = statement.time.milliseconds - now.milliseconds
    guard ahead <= skew else { throw .clock(ahead: ahead) }
    let late = now.milliseconds - statement.expires.milliseconds
    guard late <= 0 else { throw .stale(late: late, clocks: -ahead) }
  }
}

/// A statement for this account that is valid now. Only `Addressed.current` makes it.
package struct Current: ~Copyable {
  fileprivate let proof: Proof
  package var statement: Statement { proof.statement }

  fileprivate init(_ proof: Proof) { self.proof = proof }

  /// Step 8: counts it in this minute's window of its host, and checks the rate.
  package consuming func counted(
    in window: inout RateWindow, _ rate: Policy.Rate
  ) throws(Stop) -> Counted {
    guard window.admits(statement.from, rate: rate) else { throw .rate }
    return Counted(proof)
  }

  /// This account's own messages are not counted.
  package consuming func countedAsOwn() throws(Stop) -> Counted {
    guard statement.fromHost == statement.toHost else { throw .notOwn }
    return Counted(proof)
  }

  /// A message from the queue was counted when it arrived.
  package consuming func countedOnArrival() throws(Stop) -> Counted {
    guard statement.options.queue, statement.kind == .message else { throw .notQueued }
    return Counted(proof)
  }
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
    guard let head = lines.first?.split(separator: " "), head.count == 2, let kept = Int64(head[0]),
      (minute...minute + Self.clockSteps).contains(kept), let total = Int(head[1])
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

/// A statement within the rate. The next check is for a replay. Only `Current.counted…` makes it.
package struct Counted: ~Copyable {
  let proof: Proof
  package var statement: Statement { proof.statement }
  package var key: VerifyingKey { proof.key }

  fileprivate init(_ proof: Proof) { self.proof = proof }

  /// The status question that the statement asks. It can only be about messages of the asker's own host.
  package consuming func question() throws(Stop) -> (about: MessageID, host: Host) {
    guard statement.kind == .status, let about = statement.inReplyTo else { throw .malformed }
    return (about, statement.fromHost)
  }
}

extension VerifiedSender {
  /// - Parameter me: this account's host.
  package init(_ counted: borrowing Counted, me: Host) { self.init(counted.proof, me) }

  /// Of a message that was counted when it arrived, and is only judged again.
  package init(_ current: borrowing Current, me: Host) { self.init(current.proof, me) }

  private init(_ proof: Proof, _ me: Host) {
    self.init(
      address: proof.statement.from, host: proof.statement.fromHost,
      keyFingerprint: proof.key.fingerprint, isSelf: proof.statement.fromHost == me)
  }
}
