internal import CSodium

/// `crypto_secretstream_xchacha20poly1305`: a long plain text as sealed chunks. A chunk that is
/// changed, swapped, repeated or left out is detected. All chunks are full except the last, which
/// alone carries FINAL and is empty only if the whole text is empty. So every plain text has
/// exactly one sealed length.
package enum SealedStream {
  /// Plain bytes in a full chunk.
  package static let chunkLength = 65_536
  /// The number of bytes that sealing adds to a chunk.
  package static let overhead = 17
  /// Length of a stream's key, in bytes.
  package static let keyLength = 32
  /// Length of the header, which comes before the first chunk.
  package static let headerLength = 24

  /// - Returns: the total length of all chunks, without the header; `nil` for an impossible
  ///   `plainLength`.
  package static func length(ofPlain plainLength: Int) -> Int? {
    guard plainLength >= 0 else { return nil }
    let chunks = max(1, plainLength / chunkLength + (plainLength % chunkLength == 0 ? 0 : 1))
    let (length, overflow) = plainLength.addingReportingOverflow(chunks * overhead)
    return overflow ? nil : length
  }
}

/// Seals one chunk after another, in constant memory.
package struct SealedStreamWriter: ~Copyable, Sendable {
  /// 24 bytes, to send before the first chunk. Not secret.
  package let header: [UInt8]
  private let key: GuardedMemory
  private let state: SealedStreamState
  private var chunks = SealedStreamChunks()

  /// Generates a new key: no two streams share one.
  package init() throws(CryptoError) {
    let key = try unsafe GuardedMemory(count: SealedStream.keyLength) {
      unsafe crypto_secretstream_xchacha20poly1305_keygen($0)
      return true
    }
    key.makeReadOnly()
    var header = [UInt8](repeating: 0, count: SealedStream.headerLength)
    state = try unsafe SealedStreamState { state in
      unsafe key.withPointer {
        unsafe crypto_secretstream_xchacha20poly1305_init_push(state, &header, $0)
      }
    }
    self.key = key
    self.header = header
  }

  /// Lends the key (32 bytes), so that it can be sealed to the recipient.
  package borrowing func withKey<Result: ~Copyable, Failure: Error>(
    _ body: (Span<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result { try key.withSpan(body) }

  /// - Parameter chunk: 65,536 bytes. The final chunk may have fewer, but at least one, unless the
  ///   stream is empty.
  /// - Returns: the sealed chunk, 17 bytes longer.
  /// - Throws: `badLength`; `malformed` after the final chunk.
  package mutating func push(_ chunk: Span<UInt8>, final: Bool) throws(CryptoError) -> [UInt8] {
    try chunks.take(length: chunk.count, final: final)
    let tag = UInt8(truncatingIfNeeded: final ? SealedStreamState.final : SealedStreamState.message)
    let length = chunk.count + SealedStream.overhead
    var sealed = false
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: length) { target, count in
      guard let start = target.baseAddress else { return }
      sealed = unsafe state.apply { state in
        unsafe chunk.withPointer {
          unsafe crypto_secretstream_xchacha20poly1305_push(
            state, start, nil, $0, UInt64(chunk.count), nil, 0, tag)
        }
      }
      count = length
    }
    guard sealed else { throw .unavailable }
    return bytes
  }
}

/// Opens one chunk after another, in constant memory. After a failure it opens nothing more.
package struct SealedStreamReader: ~Copyable, Sendable {
  private let state: SealedStreamState
  private var chunks = SealedStreamChunks()

  /// Whether the final chunk has been opened. If the input ends before that, it was cut short; the
  /// caller must check, because the stream cannot notice.
  package var isFinished: Bool { chunks.isFinished }

  /// - Parameters:
  ///   - key: the 32 bytes that ``SealedStreamWriter/withKey(_:)`` lent.
  ///   - header: the writer's 24 bytes.
  package init(key: Span<UInt8>, header: [UInt8]) throws(CryptoError) {
    guard key.count == SealedStream.keyLength, header.count == SealedStream.headerLength else {
      throw .badLength
    }
    state = try unsafe SealedStreamState { state in
      unsafe key.withPointer {
        unsafe crypto_secretstream_xchacha20poly1305_init_pull(state, header, $0)
      }
    }
  }

  /// - Parameter chunk: exactly what one `push` returned: 65,553 bytes; the
  ///   last one may have fewer.
  /// - Throws: `notAuthentic` for a chunk that was changed or is not the next one; `badLength`;
  ///   `malformed` after the final chunk.
  package mutating func pull(
    _ chunk: [UInt8]
  ) throws(CryptoError) -> (plain: [UInt8], final: Bool) {
    let length = chunk.count - SealedStream.overhead
    try chunks.expect(length: length)
    var tag: UInt8 = 0
    var opened = false
    let plain = unsafe [UInt8](unsafeUninitializedCapacity: max(1, length)) { target, count in
      guard let start = target.baseAddress else { return }
      opened = unsafe state.apply { state in
        unsafe crypto_secretstream_xchacha20poly1305_pull(
          state, start, nil, &tag, chunk, UInt64(chunk.count), nil, 0)
      }
      count = opened ? length : 0
    }
    guard opened else { throw chunks.fail(.notAuthentic) }
    guard Int(tag) == SealedStreamState.final || Int(tag) == SealedStreamState.message else {
      throw chunks.fail(.malformed("unknown kind of chunk"))
    }
    try chunks.take(length: length, final: Int(tag) == SealedStreamState.final)
    return (plain, chunks.isFinished)
  }
}

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
