/// The data types of RFC 4251, section 5, that keys and signatures need. `SSHCursor` reads them.
enum SSHWire {
  static let ed25519 = Array("ssh-ed25519".utf8)

  /// Four bytes, big-endian.
  static func number(_ value: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
  }

  /// A length of four bytes, then the bytes.
  static func string(_ bytes: some Collection<UInt8>) -> [UInt8] {
    number(UInt32(clamping: bytes.count)) + bytes
  }

  static func string(_ text: String) -> [UInt8] { string(text.utf8) }
}

/// A position in bytes that are being read. It returns ranges, so that secrets can
/// be read without being copied.
struct SSHCursor {
  private(set) var offset = 0

  mutating func take(_ count: Int, of bytes: Span<UInt8>) throws(CryptoError) -> Range<Int> {
    guard count >= 0, count <= bytes.count - offset else { throw .malformed("cut short") }
    defer { offset += count }
    return offset..<(offset + count)
  }

  mutating func number(in bytes: Span<UInt8>) throws(CryptoError) -> UInt32 {
    var value: UInt32 = 0
    for index in try take(4, of: bytes) { value = value << 8 | UInt32(bytes[index]) }
    return value
  }

  /// The range of a string's bytes, without its length.
  mutating func string(in bytes: Span<UInt8>) throws(CryptoError) -> Range<Int> {
    try take(Int(number(in: bytes)), of: bytes)
  }

  /// Reads a string and checks that it is `expected`.
  mutating func expect(
    string expected: [UInt8], in bytes: Span<UInt8>, orElse reason: String
  ) throws(CryptoError) {
    let found = try string(in: bytes)
    guard bytes.has(expected, at: found) else { throw .malformed(reason) }
  }

  func expectEnd(of bytes: Span<UInt8>) throws(CryptoError) {
    guard offset == bytes.count else { throw .malformed("bytes behind the end") }
  }
}

extension Span<UInt8> {
  /// Whether the bytes in `range` are `expected`.
  func has(_ expected: [UInt8], at range: Range<Int>) -> Bool {
    guard range.count == expected.count else { return false }
    var difference: UInt8 = 0
    for index in expected.indices { difference |= self[range.lowerBound + index] ^ expected[index] }
    return difference == 0
  }

  /// A copy of the bytes in `range`.
  func bytes(at range: Range<Int>) -> [UInt8] { range.map { self[$0] } }
}
