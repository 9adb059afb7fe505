internal import CSodium

/// libsodium's state of one stream. It contains a key, so it is in guarded memory.
struct SealedStreamState: ~Copyable, Sendable {
  typealias State = UnsafeMutablePointer<crypto_secretstream_xchacha20poly1305_state>

  static let message = Int(crypto_secretstream_xchacha20poly1305_TAG_MESSAGE)
  static let final = Int(crypto_secretstream_xchacha20poly1305_tag_final())

  private let memory: GuardedMemory

  /// - Parameter start: one of the two `init_` functions; returns 0 on success.
  init(_ start: (State) -> Int32) throws(CryptoError) {
    let size = MemoryLayout<crypto_secretstream_xchacha20poly1305_state>.size
    memory = try unsafe GuardedMemory(count: size) { bytes in
      unsafe start(Self.state(at: bytes)) == 0
    }
  }

  /// - Returns: whether libsodium returned 0.
  borrowing func apply(_ body: (State) -> Int32) -> Bool {
    unsafe memory.withPointer { unsafe body(Self.state(at: $0)) == 0 }
  }

  /// The struct has only byte fields, so any address is aligned.
  private static func state(at bytes: UnsafeMutablePointer<UInt8>) -> State {
    unsafe UnsafeMutableRawPointer(bytes).assumingMemoryBound(
      to: crypto_secretstream_xchacha20poly1305_state.self)
  }
}

/// Checks the lengths and the order of chunks; the same for writer and reader.
struct SealedStreamChunks: Sendable {
  private var failure: CryptoError?
  private var isFirst = true
  private(set) var isFinished = false

  /// Checks what can be checked before a chunk is opened.
  mutating func expect(length: Int) throws(CryptoError) {
    if let failure { throw failure }
    guard !isFinished else { throw fail(.malformed("a chunk behind the last one")) }
    guard (0...SealedStream.chunkLength).contains(length) else { throw fail(.badLength) }
  }

  mutating func take(length: Int, final: Bool) throws(CryptoError) {
    try expect(length: length)
    let isRegular = final ? length > 0 || isFirst : length == SealedStream.chunkLength
    guard isRegular else { throw fail(.badLength) }
    isFirst = false
    isFinished = final
  }

  /// From now on every chunk fails with this error.
  mutating func fail(_ error: CryptoError) -> CryptoError {
    isFinished = false
    failure = error
    return error
  }
}
