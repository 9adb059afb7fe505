internal import CSodium

/// Key files in OpenSSH's format (PROTOCOL.key): one unencrypted Ed25519 key, and its `.pub` file.
package enum OpenSSHKeyFile {
  /// - Parameter pem: the whole file.
  /// - Throws: `malformed` with the reason: encrypted, another type, cut short, extra bytes after
  ///   it, wrong padding or check numbers, or halves that do not belong together.
  package static func decode(_ pem: [UInt8]) throws(CryptoError) -> SigningKey {
    guard pem.count <= 16_384 else { throw .malformed("key file too long") }
    return try armour.decodeGuarded(pem).withSpan { (file) throws(CryptoError) in
      var cursor = SSHCursor()
      let magicAt = try cursor.take(magic.count, of: file)
      guard file.has(magic, at: magicAt) else { throw .malformed("not an OpenSSH key file") }
      let cipher = try cursor.string(in: file)
      let kdf = try cursor.string(in: file)
      guard file.has(none, at: cipher), file.has(none, at: kdf) else {
        throw .malformed("key file is encrypted")
      }
      try cursor.expect(string: [], in: file, orElse: "key file is encrypted")
      guard try cursor.number(in: file) == 1 else { throw .malformed("not exactly one key") }
      let publicKey = try VerifyingKey(wire: file.bytes(at: cursor.string(in: file)))
      let secrets = try cursor.string(in: file)
      try cursor.expectEnd(of: file)
      return try key(in: file.extracting(secrets), publicKey: publicKey)
    }
  }

  /// - Parameter comment: where the key lives. Control characters become `?`; cut after 256 bytes.
  /// - Returns: the whole file, as secret as the key. The caller creates it with mode 0600.
  package static func encode(_ key: borrowing SigningKey, comment: String) -> [UInt8] {
    var secrets = secretPart(of: key, comment: PublicKeyLine.safe(comment))
    defer { Sodium.wipe(&secrets) }
    let head =
      magic + SSHWire.string(none) + SSHWire.string(none) + SSHWire.string("")
      + SSHWire.number(1) + SSHWire.string(key.publicKey.wire)
    var file: [UInt8] = []
    file.reserveCapacity(head.count + 4 + secrets.count)
    defer { Sodium.wipe(&file) }
    file += head
    file += SSHWire.number(UInt32(clamping: secrets.count))
    file += secrets
    return armour.encode(file)
  }

  /// Reads a `.pub` file: `ssh-ed25519 AAAA…`, a blank, an optional comment, LF.
  package static func decodePublic(_ file: [UInt8]) throws(CryptoError) -> VerifyingKey {
    try VerifyingKey(openSSH: PublicKeyLine.decode(file))
  }

  /// - Returns: the whole `.pub` file, as `ssh-keygen` writes it.
  package static func encodePublic(_ key: VerifyingKey, comment: String) -> [UInt8] {
    PublicKeyLine.encode(key.openSSH, comment: comment)
  }

  private static let armour = Armour(label: "OPENSSH PRIVATE KEY")
  private static let magic = Array("openssh-key-v1\0".utf8)
  private static let none = Array("none".utf8)
  /// The block length of the cipher `none`.
  private static let block = 8

  private static func key(
    in part: Span<UInt8>, publicKey: VerifyingKey
  ) throws(CryptoError) -> SigningKey {
    var cursor = SSHCursor()
    guard try cursor.number(in: part) == cursor.number(in: part) else {
      throw .malformed("check numbers differ")
    }
    try cursor.expect(string: SSHWire.ed25519, in: part, orElse: "not an Ed25519 key")
    let mismatch = "public and secret half do not belong together"
    try cursor.expect(string: publicKey.bytes, in: part, orElse: mismatch)
    let secret = try cursor.string(in: part)
    guard secret.count == 64 else { throw .malformed("secret key has not 64 bytes") }
    _ = try cursor.string(in: part)  // the comment
    try expectPadding(from: cursor.offset, in: part)
    let half = secret.lowerBound + 32
    let key = try SigningKey(seed: part.extracting(secret.lowerBound..<half))
    guard key.publicKey == publicKey,
      part.has(publicKey.bytes, at: half..<secret.upperBound)
    else { throw .malformed(mismatch) }
    return key
  }

  /// The padding is the bytes 1, 2, 3… up to the next multiple of the block.
  private static func expectPadding(from start: Int, in part: Span<UInt8>) throws(CryptoError) {
    let count = part.count - start
    guard part.count % block == 0, count < block,
      part.has((0..<count).map { UInt8($0 + 1) }, at: start..<part.count)
    else { throw .malformed("wrong padding") }
  }

  private static func secretPart(of key: borrowing SigningKey, comment: String) -> [UInt8] {
    let check = Sodium.random(4)
    let head = check + check + SSHWire.string(SSHWire.ed25519) + SSHWire.string(key.publicKey.bytes)
    let tail = SSHWire.string(comment)
    let length = head.count + 4 + 64 + tail.count
    var part: [UInt8] = []
    // Reserve everything now: growing would leave an unwiped copy of the secret in freed memory.
    part.reserveCapacity(length + block)
    part += head
    part += SSHWire.number(64)
    key.secret.withSpan { for index in $0.indices { part.append($0[index]) } }
    part += tail
    for byte in 0..<((block - length % block) % block) { part.append(UInt8(byte + 1)) }
    return part
  }
}

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

/// The line in a public key's file: type, base64 and a comment, which may be empty or missing.
enum PublicKeyLine {
  /// - Parameter key: the type, a blank, the base64.
  static func encode(_ key: String, comment: String) -> [UInt8] {
    Array("\(key) \(safe(comment))\n".utf8)
  }

  /// - Returns: the type, a blank, the base64. The caller checks that they are a key.
  static func decode(_ file: [UInt8]) throws(CryptoError) -> String {
    guard file.count <= 1024, file.last == UInt8(ascii: "\n"),
      let line = String(validating: file.dropLast(), as: UTF8.self),
      line.unicodeScalars.allSatisfy({ !isControl($0) })
    else { throw .malformed("not a line of printable text") }
    let words = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
    guard words.count >= 2 else { throw .malformed("not a public key's line") }
    return "\(words[0]) \(words[1])"
  }

  /// Makes a comment safe for one line: control characters become `?`; cut after 256 bytes.
  static func safe(_ comment: String) -> String {
    var safe = String.UnicodeScalarView()
    var length = 0
    for scalar in comment.unicodeScalars {
      length += UTF8.width(scalar)
      if length > 256 { break }
      safe.append(isControl(scalar) ? "?" : scalar)
    }
    return String(safe)
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.generalCategory == .control
  }
}
