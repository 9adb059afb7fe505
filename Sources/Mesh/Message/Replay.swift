/// What the replay store holds of one id: what the message was, how far it came, and its receipt.
package struct SeenRecord: Equatable, Sendable {
  /// `queued`: it waits in the spool, and whoever asks is told so by the receipt.
  package enum State: String, Sendable { case taken, queued, typing, done }

  package var fingerprint: MessageFingerprint
  package var state: State
  package var expires: Timestamp
  /// The framed receipt once `queued` or `done`.
  package var receipt: [UInt8]
  /// Whether the outcome in `receipt` lets the same id be taken anew.
  package var mayBeRetried: Bool

  package init(
    fingerprint: MessageFingerprint, state: State, expires: Timestamp, receipt: [UInt8],
    mayBeRetried: Bool
  ) {
    self.fingerprint = fingerprint
    self.state = state
    self.expires = expires
    self.receipt = receipt
    self.mayBeRetried = mayBeRetried
  }
}

/// What makes two statements with one id the same message, though signed anew at another time.
package struct MessageFingerprint: Equatable, Sendable {
  package var kind: Kind
  package var to: Address
  /// Of the plain text; `-` where only the sealed form or the end statement tells.
  package var digest: String
  package var length: Int

  package init(_ statement: Statement) {
    kind = statement.kind
    to = statement.to
    digest = statement.seal == .none ? statement.digest ?? "-" : "-"
    length = statement.length
  }

  package init(kind: Kind, to: Address, digest: String, length: Int) {
    self.kind = kind
    self.to = to
    self.digest = digest
    self.length = length
  }
}

/// Proof that an id was not seen before, good for one message. Only `Replay.judge` makes one.
package struct ReplayTicket: ~Copyable {
  package let id: MessageID
  package let fromHost: Host
  /// The one it is good for: an id alone can be claimed by two.
  let statementBytes: [UInt8]

  fileprivate init(_ verified: borrowing Verified) {
    id = verified.statement.id
    fromHost = verified.statement.fromHost
    statementBytes = verified.statementBytes
  }
}

/// Step 9: what a record found under the entry's lock means for the message at hand.
package enum Replay: ~Copyable {
  case fresh(ReplayTicket)
  /// The stored receipt, byte for byte.
  case again([UInt8])
  /// A process died while it typed: never typed again.
  case interrupted
  case reused

  /// - Parameter found: nil when this process has just made the entry. The caller holds its lock.
  package static func judge(_ verified: borrowing Verified, found: SeenRecord?) -> Replay {
    let statement = verified.statement
    let ticket = ReplayTicket(verified)
    guard let found else { return .fresh(ticket) }
    guard found.fingerprint == MessageFingerprint(statement) else { return .reused }
    switch found.state {
    case .taken: return .fresh(ticket)
    case .queued: return .again(found.receipt)
    case .typing: return .interrupted
    case .done: return found.mayBeRetried ? .fresh(ticket) : .again(found.receipt)
    }
  }

  /// The same for a message that comes out of the spool: there `queued`, or `taken` by a process that died before it
  /// could say so, means that it is this one's turn, and `done` that only its file was left behind.
  package static func judgeQueued(_ verified: borrowing Verified, found: SeenRecord?) -> Replay {
    guard let found else { return judge(verified, found: nil) }
    guard found.fingerprint == MessageFingerprint(verified.statement) else { return .reused }
    switch found.state {
    case .taken, .queued:
      return .fresh(ReplayTicket(verified))
    case .typing: return .interrupted
    case .done: return .again(found.receipt)
    }
  }
}
