internal import Mesh
internal import MeshCrypto

/// What is known of a message while it is processed, for its receipt and its log line; and the errors of this host
/// that end its processing.
struct Progress {
  let head: EnvelopeHead
  let began: ContinuousClock.Instant
  var disposition = Disposition(.unknown)
  /// The recipient's current address, once it has admitted the sender.
  var admitted: Address?
  var rule: AccessRule?
  var note: String?
  /// The id that the receipt is about: a status question asks about another message's id.
  var about: MessageID
  var storedName: EncodedName?
  /// The digest of the message's plain text, once it was opened.
  var opened: String?
  /// The message text for the log, if `log_bodies` asks for it.
  var body: String?
  /// It answered a question that was closed while it came.
  var isLateAnswer = false
  /// The received file, once it is in the inbox.
  var landed: LandedFile?

  init(_ received: borrowing Received, began: ContinuousClock.Instant) {
    head = received.head
    about = received.claim.id
    self.began = began
  }

  /// What the message says of itself; its signature may not be verified yet.
  var claim: Statement { head.statement }

  /// When it arrived, by the clock that reads `now`.
  func arrived(_ now: Timestamp) -> Timestamp {
    let elapsed = ContinuousClock.now - began
    return Timestamp(milliseconds: now.milliseconds - elapsed.components.seconds * 1000)
  }

  /// The lists do not admit the sender. The agent's own program may deny a message too; by then it was opened.
  var wasDenied: Bool { admitted == nil && disposition == Disposition(.refused, .denied) }

  mutating func stop(_ stop: Stop) {
    disposition = stop.disposition
    note = stop.note ?? note
  }

  /// After opening: the recipient's current address may be told now, and the body is logged if the policy asks for it;
  /// a sealed one never, because logs are read and copied elsewhere.
  mutating func describe(_ opened: borrowing Opened, _ recipient: Recipient, logsBodies: Bool) {
    if claim.kind == .message { self.opened = opened.digest }
    if logsBodies, claim.seal == .none { body = opened.text.text }
    // The address that the sender used is right unless it is an old one.
    admitted = recipient.isOld ? recipient.address : claim.to
  }

  /// A received file stays even if its line could not be typed; the outcome says so.
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
      statement: Digest.hex(Digest.sha256(head.bytes)), disposition: disposition,
      name: storedName, time: now)
  }

  func auditEntry(at now: Timestamp, event: String = "received") -> AuditEntry {
    var entry = AuditEntry(event, at: now)
    entry.describe(head, disposition)
    entry.rule = rule?.text
    entry.body = body
    entry.note = note.map { SafeText.line($0) }
    return entry
  }

  /// Takes over the stored outcome, so that the new receipt, for this very statement, says the same.
  mutating func repeatStored(_ record: SeenRecord) {
    guard let stored = record.stored else { return disposition = Disposition(.unknown) }
    disposition = stored.disposition
    admitted = stored.to
    storedName = stored.name
    note = "answered from the store"
  }

  mutating func wasInterrupted() {
    note = "an earlier process died while it typed; not typed again"
    disposition = Disposition(.unknown)
  }
}

/// A file that is being stored in a folder of the inbox. Its partial file is removed when this
/// object is released, if not before.
final class LandedFile: Sendable {
  let folder: Directory
  private let part: String

  init(_ folder: consuming Directory, part: String) {
    self.folder = folder
    self.part = part
  }

  deinit { removePart() }

  func removePart() { _ = try? folder.remove(part) }
}

extension Stop {
  /// For steps that need a file of this account.
  @discardableResult
  static func unless<Answer: ~Copyable>(
    _ step: @autoclosure () throws(SetupError) -> Answer
  ) throws(Stop) -> Answer {
    do { return try step() } catch { throw Stop(error) }
  }

  init(_ error: SetupError) {
    switch error {
    case .file: self.init(.failed, .disk, note: "\(error)")
    case .insecure: self.init(.notSetUp, .modes, note: "\(error)")
    case .malformed: self.init(.notSetUp, .policy, note: "\(error)")
    case .noKeys, .noHome, .badSelf, .noSealKey: self.init(.notSetUp, .keys, note: "\(error)")
    }
  }

  init(_ error: Tmux.Failure) { self.init(.failed, .tmux, note: "\(error)") }

  init(_ error: EnvelopeError) {
    switch error {
    case .truncated: self = .truncated
    case .timeout: self.init(.failed, .timeout)
    case .form: self = .malformed
    }
  }
}
