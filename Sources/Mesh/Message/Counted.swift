package import MeshCrypto

// The receive path goes on after Current.swift: a valid statement is `Counted` if its host and its sender
// are within the rate (step 8).

extension Current {
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
