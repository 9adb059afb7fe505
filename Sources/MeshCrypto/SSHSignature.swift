internal import CSodium

/// OpenSSH's detached signatures (PROTOCOL.sshsig): Ed25519, SHA-512, armoured as
/// `ssh-keygen -Y sign` writes them.
package enum SSHSignature {
  /// Longer armoured signatures are refused, in bytes; ours have about 300.
  package static let maximumLength = 1024

  /// - Returns: the armoured signature with its final LF, the same bytes as
  ///   `ssh-keygen -Y sign -n namespace`.
  package static func make(
    over message: [UInt8], namespace: String, by key: borrowing SigningKey
  ) -> [UInt8] {
    let signature = key.sign(signedBytes(message, namespace: Array(namespace.utf8)))
    return armour.encode(
      SSHSignatureBlob(key: key.publicKey, namespace: Array(namespace.utf8), signature: signature)
        .bytes)
  }

  /// Verifies `armoured` over `message`.
  /// - Throws: `malformed` unless it has exactly the form that ``make(over:namespace:by:)`` writes
  ///   (no other hash, version, key type or armour, no reserved field, no bytes after it);
  ///   `notAuthentic` for another key or namespace, or an invalid signature.
  package static func verify(
    _ armoured: [UInt8], over message: [UInt8], namespace: String, by key: VerifyingKey
  ) throws(CryptoError) {
    let blob = try read(armoured)
    guard blob.key == key, blob.namespace == Array(namespace.utf8),
      key.verify(blob.signature, over: signedBytes(message, namespace: blob.namespace))
    else { throw .notAuthentic }
  }

  /// The key that a signature names, unverified: use it only to choose among a host's pinned keys.
  package static func key(of armoured: [UInt8]) throws(CryptoError) -> VerifyingKey {
    try read(armoured).key
  }

  private static let armour = Armour(label: "SSH SIGNATURE")

  private static func read(_ armoured: [UInt8]) throws(CryptoError) -> SSHSignatureBlob {
    guard armoured.count <= maximumLength else { throw .malformed("signature too long") }
    let blob = try SSHSignatureBlob(bytes: armour.decode(armoured))
    // Only what we would write ourselves is accepted: one signature has one form.
    guard armour.encode(blob.bytes) == armoured else {
      throw .malformed("signature not in its regular form")
    }
    return blob
  }

  private static func signedBytes(_ message: [UInt8], namespace: [UInt8]) -> [UInt8] {
    SSHSignatureBlob.magic + SSHWire.string(namespace) + SSHWire.string("")
      + SSHWire.string(SSHSignatureBlob.hash) + SSHWire.string(Digest.sha512(message))
  }
}

/// The bytes inside the armour.
private struct SSHSignatureBlob {
  static let magic = Array("SSHSIG".utf8)
  static let hash = Array("sha512".utf8)

  let key: VerifyingKey
  let namespace: [UInt8]
  /// 64 bytes.
  let signature: [UInt8]

  var bytes: [UInt8] {
    let inner = SSHWire.string(SSHWire.ed25519) + SSHWire.string(signature)
    return Self.magic + SSHWire.number(1) + SSHWire.string(key.wire) + SSHWire.string(namespace)
      + SSHWire.string("") + SSHWire.string(Self.hash) + SSHWire.string(inner)
  }

  init(key: VerifyingKey, namespace: [UInt8], signature: [UInt8]) {
    (self.key, self.namespace, self.signature) = (key, namespace, signature)
  }

  init(bytes: [UInt8]) throws(CryptoError) {
    let span = bytes.span
    var cursor = SSHCursor()
    guard span.has(Self.magic, at: try cursor.take(6, of: span)) else {
      throw .malformed("not an SSH signature")
    }
    guard try cursor.number(in: span) == 1 else { throw .malformed("unknown signature version") }
    key = try VerifyingKey(wire: span.bytes(at: cursor.string(in: span)))
    namespace = try span.bytes(at: cursor.string(in: span))
    try cursor.expect(string: [], in: span, orElse: "reserved field not empty")
    try cursor.expect(string: Self.hash, in: span, orElse: "signature hash is not sha512")
    let inner = try span.bytes(at: cursor.string(in: span))
    try cursor.expectEnd(of: span)
    signature = try Self.signature(in: inner)
  }

  private static func signature(in inner: [UInt8]) throws(CryptoError) -> [UInt8] {
    let span = inner.span
    var cursor = SSHCursor()
    try cursor.expect(string: SSHWire.ed25519, in: span, orElse: "signature is not of ssh-ed25519")
    let signature = try span.bytes(at: cursor.string(in: span))
    try cursor.expectEnd(of: span)
    guard signature.count == 64 else { throw .malformed("signature has not 64 bytes") }
    return signature
  }
}
