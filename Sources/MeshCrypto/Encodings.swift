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
        let written = unsafe decode(text.span, ignoring: ignored, into: start, capacity: text.count)
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

/// Base32 of RFC 4648, section 6, in lower case and without padding: 16 bytes become 26 characters.
/// Message ids are written this way.
package enum Base32 {
  /// - Returns: eight characters for every five bytes; the last group is shorter.
  package static func encode(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    var bits = 0
    var held: UInt = 0
    for byte in bytes {
      held = held << 8 & 0xFFF | UInt(byte)
      bits += 8
      while bits >= 5 {
        bits -= 5
        text.append(alphabet[Int(held >> bits & 31)])
      }
    }
    if bits > 0 { text.append(alphabet[Int(held << (5 - bits) & 31)]) }
    return String(decoding: text, as: UTF8.self)
  }

  /// Reads only what ``encode(_:)`` writes: no capitals, no impossible length, no bits left over
  /// after the last byte.
  package static func decode(_ text: some StringProtocol) throws(CryptoError) -> [UInt8] {
    var bytes: [UInt8] = []
    var bits = 0
    var held: UInt = 0
    for character in text.utf8 {
      guard let value = alphabet.firstIndex(of: character) else { throw .malformed("not base32") }
      held = held << 5 & 0xFFF | UInt(value)
      bits += 5
      if bits >= 8 {
        bits -= 8
        bytes.append(UInt8(truncatingIfNeeded: held >> bits))
      }
    }
    guard bits < 5, held & (1 << bits - 1) == 0 else { throw .malformed("not canonical base32") }
    return bytes
  }

  private static let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)
}

/// PEM armour: base64 between a BEGIN and an END line, in lines of 70 columns as OpenSSH writes
/// them. Used for key files and signatures.
struct Armour {
  private let begin: [UInt8]
  private let end: [UInt8]

  init(label: String) {
    begin = Array("-----BEGIN \(label)-----\n".utf8)
    end = Array("-----END \(label)-----\n".utf8)
  }

  func encode(_ bytes: [UInt8]) -> [UInt8] {
    var body = Base64.bytes(bytes.span)
    defer { Sodium.wipe(&body) }
    let lines = (body.count + 69) / 70
    var text: [UInt8] = []
    // Reserve everything now: growing would leave an unwiped copy of the secret in freed memory.
    text.reserveCapacity(begin.count + body.count + lines + end.count)
    text += begin
    for start in stride(from: 0, to: body.count, by: 70) {
      text += body[start..<min(start + 70, body.count)]
      text.append(UInt8(ascii: "\n"))
    }
    text += end
    return text
  }

  /// Returns the bytes between the lines. The lines may have any width.
  func decode(_ text: [UInt8]) throws(CryptoError) -> [UInt8] {
    try Base64.decode(text[body(of: text)], ignoring: "\n")
  }

  /// Like ``decode(_:)``, for a secret: it is never copied outside guarded memory.
  func decodeGuarded(_ text: [UInt8]) throws(CryptoError) -> GuardedMemory {
    try Base64.decodeGuarded(text.span.extracting(body(of: text)), ignoring: "\n")
  }

  private func body(of text: [UInt8]) throws(CryptoError) -> Range<Int> {
    guard text.starts(with: begin) else { throw .malformed("the BEGIN line is missing") }
    guard text.count >= begin.count + end.count, text.suffix(end.count) == end[...] else {
      throw .malformed("cut short, or bytes behind the END line")
    }
    return begin.count..<(text.count - end.count)
  }
}
