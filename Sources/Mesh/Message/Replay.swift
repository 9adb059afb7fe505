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
  /// Of the plain text, in hex; `-` for a file. What is sealed tells it only once it was opened: `-` until then, and
  /// `-` with the hex after.
  package var digest: String
  package var length: Int

  /// - Parameter opened: the digest of the plain text, where it was sealed and is known.
  package init(_ statement: Statement, opened: String? = nil) {
    kind = statement.kind
    to = statement.to
    digest = statement.seal == .none ? statement.digest ?? "-" : "-" + (opened ?? "")
    length = statement.length
  }

  package init(kind: Kind, to: Address, digest: String, length: Int) {
    self.kind = kind
    self.to = to
    self.digest = digest
    self.length = length
  }
}

extension MessageFingerprint {
  /// Whether the statements can be of one message. Where one says nothing of a sealed text, that one is not compared.
  package func mayBe(_ other: MessageFingerprint) -> Bool {
    guard kind == other.kind, to == other.to, length == other.length else { return false }
    return digest == other.digest || (digest == "-" && other.digest.hasPrefix("-"))
      || (other.digest == "-" && digest.hasPrefix("-"))
  }

  /// Whether the plain text of something sealed is known.
  var isOfOpened: Bool { digest.count > 1 && digest.hasPrefix("-") }

  /// Whether it is that of a sealed text with this digest.
  package func isOf(opened: String) -> Bool { digest == "-" + opened }
}

/// Proof that an id was not seen before, good for one message. Only `Replay.judge` makes one.
package struct ReplayTicket: ~Copyable {
  package let id: MessageID
  package let fromHost: Host
  /// The one it is good for: an id alone can be claimed by two.
  let statementBytes: [UInt8]

  fileprivate init(_ counted: borrowing Counted) {
    id = counted.statement.id
    fromHost = counted.statement.fromHost
    statementBytes = counted.proof.statementBytes
  }
}

/// Step 9: what a record found under the entry's lock means for the message at hand.
package enum Replay: ~Copyable {
  case fresh(ReplayTicket)
  /// The stored receipt, byte for byte.
  case again([UInt8])
  /// The same, if the sealed text is that of the record: it has to be opened to tell.
  case sealedAgain(ReplayTicket, SeenRecord)
  /// A process died while it typed: never typed again.
  case interrupted
  case reused
  /// It is as old as what was swept already: the clock was set back, and nothing tells whether it came before.
  case forgotten

  /// - Parameters:
  ///   - found: nil when this process has just made the entry. The caller holds its lock.
  ///   - swept: the latest end of this host's messages of which the record is gone; nil: of none.
  package static func judge(
    _ counted: borrowing Counted, found: SeenRecord?, swept: Timestamp?
  ) -> Replay {
    let statement = counted.statement
    let ticket = ReplayTicket(counted)
    let isForgotten = swept.map { statement.expires <= $0 } ?? false
    guard let found else { return isForgotten ? .forgotten : .fresh(ticket) }
    guard found.fingerprint.mayBe(MessageFingerprint(statement)) else { return .reused }
    switch found.state {
    case .taken: return isForgotten ? .forgotten : .fresh(ticket)
    case .typing: return .interrupted
    case .done where found.mayBeRetried: return .fresh(ticket)
    case .queued, .done:
      guard statement.kind == .message, found.fingerprint.isOfOpened else {
        return .again(found.receipt)
      }
      return .sealedAgain(ticket, found)
    }
  }

  /// The same for a message that comes out of the spool: there `queued`, or `taken` by a process that died before it
  /// could say so, means that it is this one's turn, and `done` that only its file was left behind.
  package static func judgeQueued(_ counted: borrowing Counted, found: SeenRecord?) -> Replay {
    guard let found else { return .fresh(ReplayTicket(counted)) }
    guard found.fingerprint.mayBe(MessageFingerprint(counted.statement)) else { return .reused }
    switch found.state {
    case .taken, .queued:
      return .fresh(ReplayTicket(counted))
    case .typing: return .interrupted
    case .done: return .again(found.receipt)
    }
  }
}
