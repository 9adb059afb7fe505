internal import MeshCrypto

/// Reads values of fields, for `FieldLines`. Each value has exactly one accepted spelling, because
/// the bytes are signed.
enum FieldValue {
  static func time(_ text: String, _ key: String) throws(FormError) -> Timestamp {
    guard let time = try? Timestamp(validating: text) else { throw .value(key) }
    return time
  }

  static func digest(_ text: String, key: String = "digest") throws(FormError) -> String {
    guard text.utf8.count == 64,
      text.utf8.allSatisfy({ isHex($0) })
    else { throw .value(key) }
    return text
  }

  /// `SHA256:` and 43 characters of unpadded base64.
  static func fingerprint(_ text: String) throws(FormError) -> String {
    let digits = Array(text.utf8.dropFirst(7))
    guard text.hasPrefix("SHA256:"), digits.count == 43, let last = digits.last,
      let bytes = try? Base64.decode(String(decoding: digits + [UInt8(ascii: "=")], as: UTF8.self)),
      bytes.count == 32, last != UInt8(ascii: "=")
    else { throw .value("to-key") }
    return text
  }

  static func length(_ text: String) throws(FormError) -> Int {
    guard let value = DecimalText.parse(Array(text.utf8), digits: 13) else {
      throw .value("length")
    }
    return value
  }

  private static func isHex(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
  }
}
