internal import CSodium

/// Base64 of RFC 4648, section 4: padded, canonical, in constant time (libsodium's). Keys and
/// signatures use it, so secrets pass through it.
package enum Base64 {
  /// - Returns: four characters for every three bytes; the last group is padded with `=`.
  package static func encode(_ bytes: [UInt8]) -> String {
    String(decoding: Self.bytes(bytes.span), as: UTF8.self)
  }

  /// Reads only what ``encode(_:)`` writes: no blanks, no missing padding, no bits left over after
  /// the last byte.
  package static func decode(_ text: some StringProtocol) throws(CryptoError) -> [UInt8] {
    try decode(Array(text.utf8)[...], ignoring: "")
  }

  /// The characters as bytes, without C's terminating zero.
  static func bytes(_ bytes: Span<UInt8>) -> [UInt8] {
    let length = (bytes.count + 2) / 3 * 4
    return unsafe [UInt8](unsafeUninitializedCapacity: length + 1) { target, count in
      count = length
      guard let start = target.baseAddress else { return }
      unsafe start.withMemoryRebound(to: CChar.self, capacity: length + 1) { characters in
        unsafe bytes.withPointer {
          _ = unsafe sodium_bin2base64(characters, length + 1, $0, bytes.count, variant)
        }
      }
    }
  }

  /// - Parameter ignored: characters that are allowed anywhere.
  static func decode(
    _ text: ArraySlice<UInt8>, ignoring ignored: String
  ) throws(CryptoError) -> [UInt8] {
    var failed = false
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: text.count + 1) { target, count in
      guard let start = target.baseAddress,
        let written = unsafe decode(
          text.span, ignoring: ignored, into: start, capacity: text.count)
      else { return failed = true }
      count = written
    }
    if failed { throw .malformed("not base64") }
    return bytes
  }

  /// Like ``decode(_:ignoring:)``, for a secret: it is never copied outside guarded memory.
  static func decodeGuarded(
    _ text: Span<UInt8>, ignoring ignored: String
  ) throws(CryptoError) -> GuardedMemory {
    var written: Int? = nil
    let memory = try unsafe GuardedMemory(count: text.count + 1) { memory in
      written = unsafe decode(text, ignoring: ignored, into: memory, capacity: text.count)
      return true
    }
    guard let written else { throw .malformed("not base64") }
    return try memory.withSpan { (bytes) throws(CryptoError) in
      try GuardedMemory(copying: bytes.extracting(first: written))
    }
  }

  /// - Returns: how many bytes were written.
  private static func decode(
    _ text: Span<UInt8>, ignoring ignored: String, into target: UnsafeMutablePointer<UInt8>,
    capacity: Int
  ) -> Int? {
    // libsodium 1.0.18 reads bytes from 0x80 on as `+` or `/`, and skips zero
    // bytes if it skips anything.
    for index in text.indices where text[index] == 0 || text[index] >= 0x80 { return nil }
    var written = 0
    let result = unsafe text.withPointer { characters in
      unsafe characters.withMemoryRebound(to: CChar.self, capacity: text.count) { characters in
        unsafe sodium_base642bin(
          target, capacity, characters, text.count, ignored, &written, nil, variant)
      }
    }
    return result == 0 ? written : nil
  }

  private static let variant = Int32(sodium_base64_VARIANT_ORIGINAL)
}
