internal import CSodium

/// BLAKE2b-256 over bytes that arrive in pieces.
@safe
public struct Blake2bStream: ~Copyable, @unchecked Sendable {
  /// 384 bytes that want 64-byte alignment: more than Swift imports, so they are ours to allocate.
  private let memory: UnsafeMutableRawPointer
  private var state: OpaquePointer { unsafe OpaquePointer(memory) }

  public init() {
    _ = ready
    unsafe memory = .allocate(byteCount: crypto_generichash_statebytes(), alignment: 64)
    _ = unsafe crypto_generichash_init(state, nil, 0, 32)
  }

  deinit { unsafe memory.deallocate() }

  public mutating func update(_ bytes: Span<UInt8>) {
    unsafe bytes.withPointer {
      _ = unsafe crypto_generichash_update(state, $0, UInt64(bytes.count))
    }
  }

  public mutating func update(_ bytes: [UInt8]) { update(bytes.span) }

  /// - Returns: 32 bytes.
  public consuming func finish() -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 32)
    _ = unsafe crypto_generichash_final(state, &digest, 32)
    return digest
  }
}
