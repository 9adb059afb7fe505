/// Lines `key: value` of printable ASCII, each ending with one LF. Statements, receipts, key
/// statements and sealed heads are written this way, so that what is signed has one spelling.
enum FieldLines {
  static func encode(_ fields: [(String, String)]) -> [UInt8] {
    Array(fields.map { "\($0): \($1)\n" }.joined().utf8)
  }

  /// - Returns: one value for each key, in the order of `keys`.
  static func decode(
    _ bytes: [UInt8], keys: [String], limit: Int
  ) throws(FormError) -> [String] {
    guard bytes.count <= limit, bytes.last == UInt8(ascii: "\n") else { throw .length }
    let lines = bytes.dropLast().split(
      separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    guard lines.count == keys.count else { throw .line(lines.count) }
    var values: [String] = []
    for (number, line) in lines.enumerated() {
      let start = Array("\(keys[number]): ".utf8)
      let printable = line.allSatisfy { (0x20...0x7e).contains($0) }
      guard printable, line.starts(with: start), line.count > start.count else {
        throw .line(number + 1)
      }
      values.append(String(decoding: line.dropFirst(start.count), as: UTF8.self))
    }
    return values
  }
}

/// Decimal numbers without a sign and without a leading zero.
enum DecimalText {
  static func parse(_ bytes: some Collection<UInt8>, digits: Int) -> Int? {
    guard (1...digits).contains(bytes.count),
      bytes.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      bytes.count == 1 || bytes.first != UInt8(ascii: "0")
    else { return nil }
    return bytes.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
  }
}
