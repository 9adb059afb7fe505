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
  ) throws(Failure) -> Result {
    try key.withSpan(body)
  }

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

  package mutating func push(_ chunk: [UInt8], final: Bool) throws(CryptoError) -> [UInt8] {
    try push(chunk.span, final: final)
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
    _ chunk: Span<UInt8>
  ) throws(CryptoError) -> (plain: [UInt8], final: Bool) {
    let length = chunk.count - SealedStream.overhead
    try chunks.expect(length: length)
    var tag: UInt8 = 0
    var opened = false
    let plain = unsafe [UInt8](unsafeUninitializedCapacity: max(1, length)) { target, count in
      guard let start = target.baseAddress else { return }
      opened = unsafe state.apply { state in
        unsafe chunk.withPointer {
          unsafe crypto_secretstream_xchacha20poly1305_pull(
            state, start, nil, &tag, $0, UInt64(chunk.count), nil, 0)
        }
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

  package mutating func pull(
    _ chunk: [UInt8]
  ) throws(CryptoError) -> (plain: [UInt8], final: Bool) {
    try pull(chunk.span)
  }
}
