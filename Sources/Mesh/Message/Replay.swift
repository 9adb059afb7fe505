/// The replay store's record of one id: what the message was, how far it came, and its receipt.
/// `Replay` decides from it; the store itself is in MeshHost.
package struct SeenRecord: Equatable, Sendable {
  /// The letters are the store's. `queued`: the message waits in the spool; its receipt says so.
  package enum State: String, Sendable {
    case taken = "t"
    case queued = "q"
    case typing = "y"
    case done = "d"
  }

  package var fingerprint: MessageFingerprint
  package var state: State
  package var expires: Timestamp
  /// The framed receipt; set in state `queued` or `done`.
  package var receipt: [UInt8]
  /// Whether the outcome in `receipt` allows the same id to be sent again.
  package var mayBeRetried: Bool

  package init(
    fingerprint: MessageFingerprint, state: State, expires: Timestamp, receipt: [UInt8],
    mayBeRetried: Bool
  ) {
    (self.fingerprint, self.state, self.expires) = (fingerprint, state, expires)
    (self.receipt, self.mayBeRetried) = (receipt, mayBeRetried)
  }
}

/// Two statements with one id and equal fingerprints are the same message, even if
/// one was signed again later.
package struct MessageFingerprint: Equatable, Sendable {
  package var kind: Kind
  package var to: Address
  /// Digest of the plain text, in hex; `-` for a file. For a sealed text it is `-` until the text
  /// was opened, then `-` and the hex.
  package var digest: String
  package var length: Int

  /// - Parameter opened: the digest of the plain text, if it was sealed and is known.
  package init(_ statement: Statement, opened: String? = nil) {
    kind = statement.kind
    to = statement.to
    digest = statement.seal == .none ? statement.digest ?? "-" : "-" + (opened ?? "")
    length = statement.length
  }

  package init(kind: Kind, to: Address, digest: String, length: Int) {
    (self.kind, self.to, self.digest, self.length) = (kind, to, digest, length)
  }

  /// Whether both can be of one message. An unknown digest of a sealed text matches any.
  package func mayBe(_ other: MessageFingerprint) -> Bool {
    guard kind == other.kind, to == other.to, length == other.length else { return false }
    return digest == other.digest || (digest == "-" && other.digest.hasPrefix("-"))
      || (other.digest == "-" && digest.hasPrefix("-"))
  }

  /// Whether the digest of a sealed text is known.
  var isOfOpened: Bool { digest.count > 1 && digest.hasPrefix("-") }

  /// Whether this is a sealed text with this digest.
  package func isOf(opened: String) -> Bool { digest == "-" + opened }
}

/// Proof that an id was not seen before, valid for one message. Only `Replay.judge` makes it.
package struct ReplayTicket: ~Copyable {
  /// The message that it is valid for: two messages can claim one id.
  let statementBytes: [UInt8]

  fileprivate init(_ counted: borrowing Counted) { statementBytes = counted.proof.statementBytes }
}

/// Step 9: what the record means for this message. It was read under the entry's lock.
package enum Replay: ~Copyable {
  case fresh(ReplayTicket)
  /// It was answered before.
  case again(SeenRecord)
  /// The same if the sealed text is that of the record; it has to be opened to find out.
  case sealedAgain(ReplayTicket, SeenRecord)
  /// A process died while it typed the message: never type it again.
  case interrupted

  /// - Parameters:
  ///   - found: `nil` if this process has just made the entry. The caller holds its lock.
  ///   - swept: the latest expiry among this host's deleted records; `nil` if there are none.
  ///   - fromQueue: it waited in the spool. Then `queued` means that it may be typed now, and so does
  ///     `taken`, if a process died before it wrote the state; `done`: only its file was left over.
  package static func judge(
    _ counted: borrowing Counted, found: SeenRecord?, swept: Timestamp?, fromQueue: Bool = false
  ) throws(Stop) -> Replay {
    let statement = counted.statement
    if let found {
      guard found.fingerprint.mayBe(MessageFingerprint(statement)) else { throw .idReused }
      switch found.state {
      case .taken: break
      case .typing: return .interrupted
      case .queued where fromQueue: return .fresh(ReplayTicket(counted))
      case .done where found.mayBeRetried && !fromQueue: return .fresh(ReplayTicket(counted))
      case .queued, .done:
        guard statement.kind == .message, found.fingerprint.isOfOpened, !fromQueue else {
          return .again(found)
        }
        return .sealedAgain(ReplayTicket(counted), found)
      }
    }
    // If the clock was set back, nothing is left to tell whether the message came before.
    guard swept.map({ statement.expires > $0 }) ?? true else { throw .forgotten }
    return .fresh(ReplayTicket(counted))
  }
}
