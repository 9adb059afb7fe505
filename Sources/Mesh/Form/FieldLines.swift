internal import MeshCrypto

/// Lines `key: value` of printable ASCII, each ending with one LF. Statements, receipts, key
/// statements and sealed heads are written this way, so that what is signed has one spelling:
/// all keys, once, in order, and one accepted spelling for each value.
struct FieldLines {
  private var values: [String: String] = [:]

  /// - Parameter values: one for each key; `nil` is written as `-`.
  static func encode(_ keys: [String], _ values: [String?]) -> [UInt8] {
    Array(zip(keys, values).map { "\($0): \($1 ?? "-")\n" }.joined().utf8)
  }

  init(_ bytes: [UInt8], keys: [String], limit: Int) throws(FormError) {
    guard bytes.count <= limit, bytes.last == UInt8(ascii: "\n") else { throw .length }
    let lines = bytes.dropLast().split(
      separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    guard lines.count == keys.count else { throw .line(lines.count) }
    for (number, (key, line)) in zip(keys, lines).enumerated() {
      let start = Array("\(key): ".utf8)
      guard line.allSatisfy(\.isPrintable), line.starts(with: start), line.count > start.count
      else { throw .line(number + 1) }
      values[key] = String(decoding: line.dropFirst(start.count), as: UTF8.self)
    }
  }

  /// - Parameter read: the validating initialiser of the value's type.
  func value<Value>(_ key: String, _ read: (String) throws -> Value) throws(FormError) -> Value {
    do { return try read(values[key] ?? "") } catch { throw .value(key) }
  }

  /// - Parameter read: returns `nil` for a value that is not accepted.
  func value<Value>(_ key: String, _ read: (String) -> Value?) throws(FormError) -> Value {
    guard let value = read(values[key] ?? "") else { throw .value(key) }
    return value
  }

  /// - Returns: `nil` for `-`.
  func optional<Value>(
    _ key: String, _ read: (String) throws -> Value
  ) throws(FormError) -> Value? {
    values[key] == "-" ? nil : try value(key, read)
  }

  /// 64 lower-case hex digits.
  func digest(_ key: String) throws(FormError) -> String {
    try value(key) { $0.isHexDigest ? $0 : nil }
  }

  func optionalDigest(_ key: String) throws(FormError) -> String? {
    values[key] == "-" ? nil : try digest(key)
  }

  /// `SHA256:…`.
  func fingerprint(_ key: String) throws(FormError) -> String {
    try value(key) { $0.isFingerprint ? $0 : nil }
  }

  func length(_ key: String) throws(FormError) -> Int {
    try value(key) { DecimalText.parse($0.utf8, digits: 13) }
  }
}

/// Bytes do not have the form of protocol section 4. The texts are constants and never contain
/// input.
package enum FormError: Error, Equatable, Sendable {
  case preamble
  case length
  case line(Int)
  case value(String)
}

/// A first line on the wire, `WORD n n …`: the lengths of the parts that follow it, as decimal
/// numbers without sign or leading zero, separated by one blank.
enum Framing {
  /// - Parameter line: without its LF.
  static func numbers(
    _ line: some Collection<UInt8>, word: String, count: Int
  ) throws(FormError) -> [Int] {
    let parts = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
    guard parts.count == count + 1, parts[0].elementsEqual(word.utf8) else { throw .preamble }
    let numbers = parts.dropFirst().compactMap { DecimalText.parse($0, digits: 13) }
    guard numbers.count == count else { throw .preamble }
    return numbers
  }

  /// The line and the parts.
  static func joined(_ word: String, _ parts: [[UInt8]]) -> [UInt8] {
    let lengths = parts.map { " \($0.count)" }.joined()
    return Array("\(word)\(lengths)\n".utf8) + parts.joined()
  }
}

/// Decimal numbers without a sign and without a leading zero.
enum DecimalText {
  static func parse(_ bytes: some Collection<UInt8>, digits: Int) -> Int? {
    guard (1...digits).contains(bytes.count), bytes.allSatisfy(\.isDigit),
      bytes.count == 1 || bytes.first != UInt8(ascii: "0")
    else { return nil }
    return bytes.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
  }
}

/// Bytes as printable ASCII: `%` and two digits for each byte that may not be written as it is.
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

extension UInt8 {
  var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
  var isLetter: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20) }
  /// What names of files, ssh aliases and TOML's bare keys are made of: letters, digits, `_`, `-`.
  var isBare: Bool { isLetter || isDigit || self == UInt8(ascii: "_") || self == UInt8(ascii: "-") }
  var isPrintable: Bool { (0x20...0x7e).contains(self) }
}

extension String {
  /// 64 lower-case hex digits.
  var isHexDigest: Bool {
    utf8.count == 64 && utf8.allSatisfy { $0.isDigit || "abcdef".utf8.contains($0) }
  }

  /// `SHA256:` and 43 characters of unpadded base64, with no bits left over.
  var isFingerprint: Bool {
    guard hasPrefix("SHA256:"), utf8.count == 50, utf8.last != UInt8(ascii: "=") else {
      return false
    }
    return (try? Base64.decode(dropFirst(7) + "="))?.count == 32
  }
}
