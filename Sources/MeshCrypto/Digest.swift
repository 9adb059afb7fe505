internal import CSodium

/// Hashes of bytes that are in memory as a whole: BLAKE2b for bodies, files and slices; SHA-2 for
/// fingerprints, receipts and OpenSSH's signatures.
package enum Digest {
  /// BLAKE2b with 32 bytes of output, no key (RFC 7693; `b2sum -l 256`).
  package static func blake2b256(_ bytes: [UInt8]) -> [UInt8] {
    _ = ready  // otherwise libsodium takes its slow implementation
    var digest = [UInt8](repeating: 0, count: 32)
    _ = unsafe crypto_generichash(&digest, 32, bytes, UInt64(bytes.count), nil, 0)
    return digest
  }

  /// 32 bytes.
  package static func sha256(_ bytes: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 32)
    _ = unsafe crypto_hash_sha256(&digest, bytes, UInt64(bytes.count))
    return digest
  }

  /// 64 bytes.
  static func sha512(_ bytes: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 64)
    _ = unsafe crypto_hash_sha512(&digest, bytes, UInt64(bytes.count))
    return digest
  }

  /// Two lower-case digits for each byte.
  package static func hex(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(
      decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}

/// BLAKE2b-256 over bytes that arrive in pieces, for files that do not fit into memory.
@safe package struct Blake2bStream: ~Copyable, @unchecked Sendable {
  /// 384 bytes with 64-byte alignment. Swift does not import such a type, so we allocate it.
  private let memory: UnsafeMutableRawPointer
  private var state: OpaquePointer { unsafe OpaquePointer(memory) }

  package init() {
    _ = ready  // otherwise libsodium takes its slow implementation
    unsafe memory = .allocate(byteCount: crypto_generichash_statebytes(), alignment: 64)
    _ = unsafe crypto_generichash_init(state, nil, 0, 32)
  }

  deinit { unsafe memory.deallocate() }

  /// Adds the next bytes, without copying them.
  package mutating func update(_ bytes: Span<UInt8>) {
    unsafe bytes.withPointer {
      _ = unsafe crypto_generichash_update(state, $0, UInt64(bytes.count))
    }
  }

  package mutating func update(_ bytes: [UInt8]) { update(bytes.span) }

  /// - Returns: 32 bytes, equal to ``Digest/blake2b256(_:)`` of all bytes together.
  package consuming func finish() -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 32)
    _ = unsafe crypto_generichash_final(state, &digest, 32)
    return digest
  }
}
