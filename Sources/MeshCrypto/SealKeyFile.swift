/// Files of seal keys, one line each. The format is our own: OpenSSH has none for X25519.
package enum SealKeyFile {
  /// Reads a secret key's file: `agent-mesh-seal-v1 `, 32 bytes in base64, LF.
  package static func decode(_ file: [UInt8]) throws(CryptoError) -> SealKey {
    guard file.count == magic.count + 45, file.starts(with: magic), file.last == newline else {
      throw .malformed("not a seal key file")
    }
    let base64 = magic.count..<(file.count - 1)
    return try SealKey(Base64.decodeGuarded(file.span.extracting(base64), ignoring: ""))
  }

  /// - Returns: the whole file, as secret as the key. The caller creates it with mode 0600.
  package static func encode(_ key: borrowing SealKey) -> [UInt8] {
    var base64 = key.secret.withSpan { Base64.bytes($0) }
    defer { Sodium.wipe(&base64) }
    var file: [UInt8] = []
    // Reserve everything now: growing would leave an unwiped copy of the secret in freed memory.
    file.reserveCapacity(magic.count + base64.count + 1)
    file += magic
    file += base64
    file.append(newline)
    return file
  }

  /// Reads a public key's file: `x25519 `, 32 bytes in base64, a blank, an optional comment, LF.
  package static func decodePublic(_ file: [UInt8]) throws(CryptoError) -> SealPublicKey {
    try SealPublicKey(text: PublicKeyLine.decode(file))
  }

  /// - Parameter comment: where the key lives. Control characters become `?`; cut after 256 bytes.
  package static func encodePublic(_ key: SealPublicKey, comment: String) -> [UInt8] {
    PublicKeyLine.encode(key.text, comment: comment)
  }

  private static let magic = Array("agent-mesh-seal-v1 ".utf8)
  private static let newline = UInt8(ascii: "\n")
}
