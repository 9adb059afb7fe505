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
