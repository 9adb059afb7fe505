/// The line in a public key's file: type, base64 and a comment, which may be empty or missing.
enum PublicKeyLine {
  /// - Parameter key: the type, a blank, the base64.
  static func encode(_ key: String, comment: String) -> [UInt8] {
    Array("\(key) \(safe(comment))\n".utf8)
  }

  /// - Returns: the type, a blank, the base64. The caller checks that they are a key.
  static func decode(_ file: [UInt8]) throws(CryptoError) -> String {
    guard file.count <= 1024, file.last == UInt8(ascii: "\n"),
      let line = String(validating: file.dropLast(), as: UTF8.self),
      line.unicodeScalars.allSatisfy({ !isControl($0) })
    else { throw .malformed("not a line of printable text") }
    let words = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
    guard words.count >= 2 else {
      throw .malformed("not a public key's line")
    }
    return "\(words[0]) \(words[1])"
  }

  /// Makes a comment safe for one line: control characters become `?`; cut after 256 bytes.
  static func safe(_ comment: String) -> String {
    var safe = String.UnicodeScalarView()
    var length = 0
    for scalar in comment.unicodeScalars {
      length += UTF8.width(scalar)
      if length > 256 { break }
      safe.append(isControl(scalar) ? "?" : scalar)
    }
    return String(safe)
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.generalCategory == .control
  }
}
