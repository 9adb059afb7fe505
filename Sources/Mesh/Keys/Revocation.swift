package import MeshCrypto

/// A key says of itself that it counts no more. It may be made long before it is used. Protocol section 2.
package struct Revocation: Hashable, Sendable {
  package var host: Host
  package var key: VerifyingKey
  /// When it was signed; revoking has no date, it holds for everything.
  package var time: Timestamp

  package init(host: Host, key: VerifyingKey, time: Timestamp) {
    (self.host, self.key, self.time) = (host, key, time)
  }

  static let keys = ["host", "revoked", "time"]
  static let limit = 512

  package var bytes: [UInt8] {
    let values = [host.name, key.openSSH, time.text]
    return FieldLines.encode(zip(Revocation.keys, values).map { ($0, $1) })
  }

  init(validating bytes: [UInt8]) throws(FormError) {
    let fields = try FieldLines.decode(bytes, keys: Revocation.keys, limit: Revocation.limit)
    self.init(
      host: try StatementText.host(fields[0], "host"),
      key: try KeyRecordText.key(fields[1], "revoked"),
      time: try StatementText.time(fields[2], "time"))
    guard self.bytes == bytes else { throw .value("form") }
  }
}

/// A revocation with the signature of the key that it revokes, verified when it is made.
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

  /// `AMSREV1 <statement length> <signature length>\n`, statement, signature: also the file of a prepared one.
  package var bytes: [UInt8] {
    let statement = revocation.bytes
    return Array("\(Self.word) \(statement.count) \(signature.count)\n".utf8) + statement
      + signature
  }

  /// A prepared one, as `bytes` writes it.
  package init(validating bytes: [UInt8]) throws(KeyChainError) {
    let chain = try KeyChain(validating: bytes)
    guard chain.rotations.isEmpty, let only = chain.revocations.first, only.bytes == bytes else {
      throw .form(.preamble)
    }
    self = only
  }
}
