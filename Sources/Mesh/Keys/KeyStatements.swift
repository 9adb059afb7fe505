package import MeshCrypto

/// What a key says about itself: that another key follows it, or that it is revoked. Protocol
/// section 2.
package protocol KeyStatement: Hashable, Sendable {
  /// The first word of its record.
  static var word: String { get }
  static var namespace: Namespace { get }
  var host: Host { get }
  var time: Timestamp { get }
  /// The keys that sign it, in the order of the signatures.
  var signers: [VerifyingKey] { get }
  var bytes: [UInt8] { get }
  init(validating bytes: [UInt8]) throws(FormError)
}

/// A host replaces its key by a new one; both keys sign this. Chains carry rotations to the peers,
/// and `AllowedSigners.follow` acts on them.
package struct Rotation: KeyStatement {
  /// How long both keys are valid, in milliseconds, starting at `time`.
  package static let grace: Int64 = 24 * 3_600_000
  package static let word = "AMSROT1"
  package static let namespace = Namespace.rotate

  package let host: Host
  package let old: VerifyingKey
  package let new: VerifyingKey
  package let time: Timestamp

  package var signers: [VerifyingKey] { [old, new] }

  private static let keys = ["host", "old", "new", "time"]

  package var bytes: [UInt8] {
    FieldLines.encode(Rotation.keys, [host.name, old.openSSH, new.openSSH, time.text])
  }

  package init(validating bytes: [UInt8]) throws(FormError) {
    let fields = try FieldLines(bytes, keys: Rotation.keys, limit: 512)
    host = try fields.value("host", Host.init(validating:))
    old = try fields.value("old", VerifyingKey.init(openSSH:))
    new = try fields.value("new", VerifyingKey.init(openSSH:))
    time = try fields.value("time", Timestamp.init(validating:))
    guard old != new else { throw .value("new") }
  }

  fileprivate init(host: Host, old: VerifyingKey, new: VerifyingKey, time: Timestamp) {
    (self.host, self.old, self.new, self.time) = (host, old, new, time)
  }

  /// When the old key ends. A rotation dated in the future does not make that later.
  package func end(at now: Timestamp) -> Timestamp {
    Timestamp(milliseconds: min(time.milliseconds, now.milliseconds) + Rotation.grace)
  }
}

/// A key says that it is no longer valid. The statement may be prepared long before it is used, and
/// holds for all times, whatever its date.
package struct Revocation: KeyStatement {
  package static let word = "AMSREV1"
  package static let namespace = Namespace.revoke

  package let host: Host
  package let key: VerifyingKey
  /// When it was signed.
  package let time: Timestamp

  package var signers: [VerifyingKey] { [key] }

  private static let keys = ["host", "revoked", "time"]

  package var bytes: [UInt8] {
    FieldLines.encode(Revocation.keys, [host.name, key.openSSH, time.text])
  }

  package init(validating bytes: [UInt8]) throws(FormError) {
    let fields = try FieldLines(bytes, keys: Revocation.keys, limit: 512)
    host = try fields.value("host", Host.init(validating:))
    key = try fields.value("revoked", VerifyingKey.init(openSSH:))
    time = try fields.value("time", Timestamp.init(validating:))
  }

  fileprivate init(host: Host, key: VerifyingKey, time: Timestamp) {
    (self.host, self.key, self.time) = (host, key, time)
  }
}

/// A statement with the armoured signatures of its keys, so that the peer that relays it need not
/// be trusted. The signatures are verified when it is made.
package struct SignedStatement<Content: KeyStatement>: Hashable, Sendable {
  package let content: Content
  package let signatures: [[UInt8]]

  /// `<word> <length of the statement> <length of each signature>\n`, statement, signatures.
  package var bytes: [UInt8] { Framing.joined(Content.word, [content.bytes] + signatures) }

  /// Verifies the signatures over the bytes as received.
  init(_ statement: [UInt8], _ signatures: [[UInt8]]) throws(KeyChainError) {
    do { content = try Content(validating: statement) } catch { throw .form(error) }
    self.signatures = signatures
    guard signatures.count == content.signers.count else { throw .signature }
    for (key, signature) in zip(content.signers, signatures) {
      guard Content.namespace.isSigned(statement, signature, by: [key]) else { throw .signature }
    }
  }

  private func signed(by key: borrowing SigningKey) -> SignedStatement {
    let signature = SSHSignature.make(
      over: content.bytes, namespace: Content.namespace.rawValue, by: key)
    return SignedStatement(content, signatures + [signature])
  }

  private init(_ content: Content, _ signatures: [[UInt8]]) {
    (self.content, self.signatures) = (content, signatures)
  }
}

package typealias SignedRotation = SignedStatement<Rotation>

extension SignedStatement<Rotation> {
  package var rotation: Rotation { content }

  package init(
    host: Host, from old: borrowing SigningKey, to new: borrowing SigningKey, at time: Timestamp
  ) {
    let content = Rotation(host: host, old: old.publicKey, new: new.publicKey, time: time)
    self = SignedStatement(content, []).signed(by: old).signed(by: new)
  }
}

/// A prepared revocation is a file of its `bytes`.
package typealias SignedRevocation = SignedStatement<Revocation>

extension SignedStatement<Revocation> {
  package var revocation: Revocation { content }

  package init(host: Host, of key: borrowing SigningKey, at time: Timestamp) {
    let content = Revocation(host: host, key: key.publicKey, time: time)
    self = SignedStatement(content, []).signed(by: key)
  }

  /// A prepared revocation, as `bytes` writes it.
  package init(validating bytes: [UInt8]) throws(KeyChainError) {
    let chain = try KeyChain(validating: bytes)
    guard let only = chain.revocations.first, only.bytes == bytes else { throw .form(.preamble) }
    self = only
  }
}
