internal import CSodium

/// An Ed25519 secret key in guarded memory: read-only, and wiped when freed. Statements, slices and
/// receipts are signed with it. It cannot be copied.
package struct SigningKey: ~Copyable, Sendable {
  /// The layout of libsodium and OpenSSH: 32 bytes of seed, 32 of the public key.
  let secret: GuardedMemory
  /// The key that others pin.
  package let publicKey: VerifyingKey

  /// A new key from the system's generator.
  package static func generate() throws(CryptoError) -> SigningKey {
    try unsafe SigningKey { unsafe crypto_sign_keypair($0, $1) == 0 }
  }

  /// The key that `seed` (32 bytes) determines.
  package init(seed: Span<UInt8>) throws(CryptoError) {
    guard seed.count == 32 else { throw .badLength }
    try unsafe self.init { publicKey, secret in
      unsafe seed.withPointer { unsafe crypto_sign_seed_keypair(publicKey, secret, $0) == 0 }
    }
  }

  /// - Parameter make: writes the public key, then the secret one.
  private init(
    _ make: (UnsafeMutablePointer<UInt8>, UnsafeMutablePointer<UInt8>) -> Bool
  ) throws(CryptoError) {
    var publicKey = [UInt8](repeating: 0, count: 32)
    let secret = try unsafe GuardedMemory(count: 64) { unsafe make(&publicKey, $0) }
    secret.makeReadOnly()
    self.publicKey = try VerifyingKey(bytes: publicKey)
    self.secret = secret
  }

  /// - Returns: the 64 bytes of the detached signature, always the same for one message.
  package borrowing func sign(_ message: [UInt8]) -> [UInt8] {
    var signature = [UInt8](repeating: 0, count: 64)
    unsafe secret.withPointer { secret in
      _ = unsafe crypto_sign_detached(&signature, nil, message, UInt64(message.count), secret)
    }
    return signature
  }
}

/// An Ed25519 public key, with its text forms and the check of signatures. Pins, envelopes, slices
/// and receipts are verified with it.
package struct VerifyingKey: Hashable, Sendable {
  /// 32 bytes.
  package let bytes: [UInt8]

  /// - Parameter bytes: 32 bytes. A point of low order is only refused when verifying.
  package init(bytes: [UInt8]) throws(CryptoError) {
    guard bytes.count == 32 else { throw .badLength }
    self.bytes = bytes
  }

  /// Reads `ssh-ed25519 AAAA…`: the type, one blank, the wire form in base64, and nothing after it.
  package init(openSSH text: some StringProtocol) throws(CryptoError) {
    let bytes = Array(text.utf8.prefix(129))
    guard bytes.count <= 128, bytes.starts(with: Self.textPrefix) else {
      throw .malformed("not an ssh-ed25519 public key")
    }
    try self.init(wire: Base64.decode(bytes[Self.textPrefix.count...], ignoring: ""))
  }

  /// Reads the wire form of RFC 8709: two strings, `ssh-ed25519` and the 32 bytes.
  init(wire: [UInt8]) throws(CryptoError) {
    guard wire.count == Self.wirePrefix.count + 32, wire.starts(with: Self.wirePrefix) else {
      throw .malformed("not an ssh-ed25519 public key")
    }
    try self.init(bytes: Array(wire.suffix(32)))
  }

  /// `ssh-ed25519 AAAA…`, as in a `.pub` file without its comment.
  package var openSSH: String { "ssh-ed25519 " + Base64.encode(wire) }

  /// `SHA256:` and 43 characters of base64 without padding, as `ssh-keygen -lf` prints.
  package var fingerprint: String {
    "SHA256:" + Base64.encode(Digest.sha256(wire)).prefix { $0 != "=" }
  }

  /// Whether `signature` (64 bytes) over `message` was made by this key's holder.
  /// Low-order and non-canonical points and scalars out of range are refused, as libsodium does.
  package func verify(_ signature: [UInt8], over message: [UInt8]) -> Bool {
    guard ready, signature.count == 64 else { return false }
    return unsafe crypto_sign_verify_detached(signature, message, UInt64(message.count), bytes) == 0
  }

  var wire: [UInt8] { Self.wirePrefix + bytes }

  private static let textPrefix = Array("ssh-ed25519 ".utf8)
  private static let wirePrefix = SSHWire.string(SSHWire.ed25519) + [0, 0, 0, 32]
}
