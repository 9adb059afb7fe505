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
      guard let value = value(of: character) else { throw .malformed("not base32") }
      held = held << 5 & 0xFFF | value
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

  private static func value(of character: UInt8) -> UInt? {
    switch character {
    case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt(character - UInt8(ascii: "a"))
    case UInt8(ascii: "2")...UInt8(ascii: "7"): UInt(character - UInt8(ascii: "2")) + 26
    default: nil
    }
  }
}
