internal import CSodium

/// An X25519 secret key in guarded memory: read-only, and wiped when freed. It opens what senders
/// sealed to this account.
package struct SealKey: ~Copyable, Sendable {
  /// 32 bytes.
  let secret: GuardedMemory
  /// The half that senders seal to.
  package let publicKey: SealPublicKey

  /// A new key from the system's generator.
  package static func generate() throws(CryptoError) -> SealKey {
    try SealKey(
      unsafe GuardedMemory(count: 32) {
        unsafe randombytes_buf($0, 32)
        return true
      })
  }

  /// - Parameter secret: 32 bytes.
  package init(secret: Span<UInt8>) throws(CryptoError) {
    try self.init(GuardedMemory(copying: secret))
  }

  init(_ secret: consuming GuardedMemory) throws(CryptoError) {
    guard secret.count == 32 else { throw .badLength }
    var publicKey = [UInt8](repeating: 0, count: 32)
    let made = unsafe secret.withPointer {
      unsafe crypto_scalarmult_curve25519_base(&publicKey, $0) == 0
    }
    guard made else { throw .unavailable }
    self.publicKey = try SealPublicKey(bytes: publicKey)
    secret.makeReadOnly()
    self.secret = secret
  }

  /// Opens what ``SealPublicKey/seal(_:)`` made (`crypto_box_seal_open`).
  /// - Throws: `notAuthentic` if any byte was changed or the box was sealed to another key.
  package borrowing func open(_ box: [UInt8]) throws(CryptoError) -> [UInt8] {
    guard box.count >= SealPublicKey.overhead else { throw .notAuthentic }
    var message = [UInt8](repeating: 0, count: box.count - SealPublicKey.overhead)
    let opened = unsafe secret.withPointer {
      unsafe crypto_box_seal_open(&message, box, UInt64(box.count), publicKey.bytes, $0) == 0
    }
    guard opened else { throw .notAuthentic }
    return message
  }

  /// The bare X25519 function, only for tests with published vectors.
  /// - Throws: `notAuthentic` if the shared secret would be zero.
  package borrowing func sharedSecret(with other: SealPublicKey) throws(CryptoError) -> [UInt8] {
    var shared = [UInt8](repeating: 0, count: 32)
    let made = unsafe secret.withPointer {
      unsafe crypto_scalarmult_curve25519(&shared, $0, other.bytes) == 0
    }
    guard made else { throw .notAuthentic }
    return shared
  }
}

/// An X25519 public key.
package struct SealPublicKey: Hashable, Sendable {
  /// The number of bytes that sealing adds.
  package static let overhead = 48

  /// 32 bytes.
  package let bytes: [UInt8]

  /// - Parameter bytes: 32 bytes. A point of low order is only detected when sealing to it.
  package init(bytes: [UInt8]) throws(CryptoError) {
    guard bytes.count == 32 else { throw .badLength }
    self.bytes = bytes
  }

  /// Reads only what ``text`` writes.
  package init(text: some StringProtocol) throws(CryptoError) {
    let bytes = Array(text.utf8.prefix(Self.textPrefix.count + 45))
    guard bytes.count == Self.textPrefix.count + 44, bytes.starts(with: Self.textPrefix) else {
      throw .malformed("not an x25519 public key")
    }
    try self.init(bytes: Base64.decode(bytes[Self.textPrefix.count...], ignoring: ""))
  }

  /// `x25519 ` and the 32 bytes in base64.
  package var text: String { "x25519 " + Base64.encode(bytes) }

  /// Only the holder of the secret key can open the box. It does not say who sealed it
  /// (`crypto_box_seal`).
  /// - Throws: `notAuthentic` for a key of low order: anybody could open what is sealed to it.
  package func seal(_ message: [UInt8]) throws(CryptoError) -> [UInt8] {
    guard ready else { throw .unavailable }
    var box = [UInt8](repeating: 0, count: message.count + Self.overhead)
    guard unsafe crypto_box_seal(&box, message, UInt64(message.count), bytes) == 0 else {
      throw .notAuthentic
    }
    return box
  }

  private static let textPrefix = Array("x25519 ".utf8)
}
