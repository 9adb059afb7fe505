internal import CSodium

/// BLAKE2b-256 over bytes that arrive in pieces, for files that do not fit into memory.
@safe
package struct Blake2bStream: ~Copyable, @unchecked Sendable {
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
