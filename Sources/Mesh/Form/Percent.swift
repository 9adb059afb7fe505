/// Bytes as printable ASCII: `%` and two digits for each byte that may not stand as it is. The caller says which may.
enum Percent {
  /// - Parameter isPlain: whether a byte stays as it is.
  static func encode(_ bytes: some Sequence<UInt8>, where isPlain: (UInt8) -> Bool) -> String {
    let words = bytes.map { byte in
      if isPlain(byte) { return String(UnicodeScalar(byte)) }
      let digits = String(byte, radix: 16, uppercase: true)
      return digits.utf8.count == 1 ? "%0\(digits)" : "%\(digits)"
    }
    return words.joined()
  }

  /// - Returns: nil if digits are missing after a `%`.
  static func decode(_ text: String) -> [UInt8]? {
    var out: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        out.append(byte)
        continue
      }
      guard rest.count >= 2,
        let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
      else { return nil }
      out.append(value)
      rest = rest.dropFirst(2)
    }
    return out
  }
}
