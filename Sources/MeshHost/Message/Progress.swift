internal import Mesh
internal import MeshCrypto

/// What is known of one message on its way: for its receipt and its line in the log.
struct Progress {
  let claim: Statement
  let statementBytes: [UInt8]
  let signature: [UInt8]
  let began: ContinuousClock.Instant
  var disposition = Disposition(.unknown)
  /// The address that the recipient goes by, once it has admitted the sender.
  var admitted: Address?
  var rule: AccessRule?
  var note: String?
  /// The id that a receipt is about: a status asks for another one than its own.
  var about: MessageID
  var storedName: EncodedName?
  /// For the log, where `log_bodies` asks for it.
  var body: String?
  /// The file that came with it, once it is in the inbox.
  var landed: LandedFile?

  init(_ received: borrowing Received, began: ContinuousClock.Instant) {
    claim = received.claim
    statementBytes = received.statementBytes
    signature = received.signature
    about = received.claim.id
    self.began = began
  }

  mutating func stop(_ stop: Stop) {
    disposition = stop.disposition
    note = stop.note ?? note
    rule = stop.rule ?? rule
  }

  /// A file that landed stays, though the line that tells of it could not be typed: the outcome says so.
  mutating func keepStored() {
    guard landed != nil else { return }
    switch disposition.outcome {
    case .notReady, .failed, .unknownAgent: disposition.outcome = .stored
    default: break
    }
  }

  func receipt(at now: Timestamp) -> Receipt {
    Receipt(
      id: about, fromHost: claim.fromHost, toHost: claim.toHost, to: admitted,
      statement: Digest.hex(Digest.sha256(statementBytes)), disposition: disposition,
      name: storedName, time: now)
  }

  func auditEntry(at now: Timestamp, event: String = "received") -> AuditEntry {
    var entry = AuditEntry(event, at: now)
    entry.describe(claim, statementBytes, signature, disposition)
    entry.rule = rule?.text
    entry.body = body
    entry.note = note.map { SafeText.line($0) }
    return entry
  }
}
