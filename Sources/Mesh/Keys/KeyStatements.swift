package import MeshCrypto

// What a key says about itself: that another key follows it, or that it is revoked. Each statement
// carries the signatures that prove it, so any peer may relay it. Protocol section 2.

/// A host replaces its key by a new one; both keys sign this. Protocol section 2. Chains carry
/// rotations to the peers, and `AllowedSigners.follow` acts on them.
package struct Rotation: Hashable, Sendable {
  /// How long both keys are valid, in milliseconds, starting at `time`.
  package static let grace: Int64 = 24 * 3_600_000

  package var host: Host
  package var old: VerifyingKey
  package var new: VerifyingKey
  package var time: Timestamp

  package init(host: Host, old: VerifyingKey, new: VerifyingKey, time: Timestamp) {
    (self.host, self.old, self.new, self.time) = (host, old, new, time)
  }

  static let keys = ["host", "old", "new", "time"]
  static let limit = 512

  package var bytes: [UInt8] {
    FieldLines.encode(Rotation.keys, [host.name, old.openSSH, new.openSSH, time.text])
  }

  init(validating bytes: [UInt8]) throws(FormError) {
    let fields = try FieldLines(bytes, keys: Rotation.keys, limit: Rotation.limit)
    self.init(
      host: try fields.value("host", Host.init(validating:)),
      old: try fields.value("old", VerifyingKey.init(openSSH:)),
      new: try fields.value("new", VerifyingKey.init(openSSH:)),
      time: try fields.value("time", Timestamp.init(validating:)))
    guard old != new, self.bytes == bytes else { throw .value("form") }
  }

  /// When the old key ends. A rotation dated in the future does not make that later.
  package func end(at now: Timestamp) -> Timestamp {
    Timestamp(milliseconds: min(time.milliseconds, now.milliseconds) + Rotation.grace)
  }
}

/// A rotation with both signatures. They are verified when it is made.
package struct SignedRotation: Hashable, Sendable {
  package let rotation: Rotation
  /// The armoured signatures by the old and the new key, namespace `rotate@agent-mesh`.
  package let oldSignature: [UInt8]
  package let newSignature: [UInt8]

  package init(
    host: Host, from old: borrowing SigningKey, to new: borrowing SigningKey, at time: Timestamp
  ) {
    rotation = Rotation(host: host, old: old.publicKey, new: new.publicKey, time: time)
    oldSignature = SSHSignature.make(
      over: rotation.bytes, namespace: Namespace.rotate.rawValue, by: old)
    newSignature = SSHSignature.make(
      over: rotation.bytes, namespace: Namespace.rotate.rawValue, by: new)
  }

  /// Verifies both signatures over the bytes as received.
  init(statement: [UInt8], old: [UInt8], new: [UInt8]) throws(KeyChainError) {
    let found: Rotation
    do { found = try Rotation(validating: statement) } catch { throw .form(error) }
    do {
      let namespace = Namespace.rotate.rawValue
      try SSHSignature.verify(old, over: statement, namespace: namespace, by: found.old)
      try SSHSignature.verify(new, over: statement, namespace: namespace, by: found.new)
    } catch { throw .signature }
    (rotation, oldSignature, newSignature) = (found, old, new)
  }

  static let word = "AMSROT1"

  /// `AMSROT1 <statement length> <signature length> <signature length>\n`, statement, signatures.
  var bytes: [UInt8] { Framing.joined(Self.word, rotation.bytes, oldSignature, newSignature) }
}

/// A key says that it is no longer valid. The statement may be prepared long before it is used.
/// Protocol section 2.
package struct Revocation: Hashable, Sendable {
  package var host: Host
  package var key: VerifyingKey
  /// When it was signed. A revocation holds for all times, whatever its date.
  package var time: Timestamp

  package init(host: Host, key: VerifyingKey, time: Timestamp) {
    (self.host, self.key, self.time) = (host, key, time)
  }

  static let keys = ["host", "revoked", "time"]
  static let limit = 512

  package var bytes: [UInt8] {
    FieldLines.encode(Revocation.keys, [host.name, key.openSSH, time.text])
  }

  init(validating bytes: [UInt8]) throws(FormError) {
    let fields = try FieldLines(bytes, keys: Revocation.keys, limit: Revocation.limit)
    self.init(
      host: try fields.value("host", Host.init(validating:)),
      key: try fields.value("revoked", VerifyingKey.init(openSSH:)),
      time: try fields.value("time", Timestamp.init(validating:)))
    guard self.bytes == bytes else { throw .value("form") }
  }
}

/// A revocation with the signature of the revoked key, verified when it is made.
package struct SignedRevocation: Hashable, Sendable {
  package let revocation: Revocation
  /// Armoured, namespace `revoke@agent-mesh`.
  package let signature: [UInt8]

  package init(host: Host, of key: borrowing SigningKey, at time: Timestamp) {
    revocation = Revocation(host: host, key: key.publicKey, time: time)
    signature = SSHSignature.make(
      over: revocation.bytes, namespace: Namespace.revoke.rawValue, by: key)
  }

  init(statement: [UInt8], signature: [UInt8]) throws(KeyChainError) {
    let found: Revocation
    do { found = try Revocation(validating: statement) } catch { throw .form(error) }
    do {
      try SSHSignature.verify(
        signature, over: statement, namespace: Namespace.revoke.rawValue, by: found.key)
    } catch { throw .signature }
    (revocation, self.signature) = (found, signature)
  }

  static let word = "AMSREV1"

  /// `AMSREV1 <statement length> <signature length>\n`, statement, signature. A prepared revocation
  /// is a file of these bytes.
  package var bytes: [UInt8] { Framing.joined(Self.word, revocation.bytes, signature) }

  /// A prepared revocation, as `bytes` writes it.
  package init(validating bytes: [UInt8]) throws(KeyChainError) {
    let chain = try KeyChain(validating: bytes)
    guard chain.rotations.isEmpty, let only = chain.revocations.first, only.bytes == bytes else {
      throw .form(.preamble)
    }
    self = only
  }
}
