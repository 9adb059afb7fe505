internal import MeshCrypto

/// Strict bytes ↔ fields: all keys, once, in order, one regular form a value.
/// What decodes encodes to the same bytes.
package enum StatementText {
  /// The most bytes a statement has.
  package static let limit = 4096

  static let keys = [
    "kind", "id", "from", "from-host", "to", "to-host", "to-key", "time", "expires", "reply-to",
    "in-reply-to", "options", "seal", "name", "length", "digest",
  ]

  package static func encode(_ statement: Statement) -> [UInt8] {
    let values = [
      statement.kind.rawValue, statement.id.text, statement.from.text, statement.fromHost.name,
      statement.to.text, statement.toHost.name, statement.toKey, statement.time.text,
      statement.expires.text, statement.replyTo?.text ?? "-", statement.inReplyTo?.text ?? "-",
      statement.options.text, statement.seal.rawValue, statement.name?.text ?? "-",
      String(statement.length), statement.digest ?? "-",
    ]
    return FieldLines.encode(zip(keys, values).map { ($0, $1) })
  }

  package static func decode(_ bytes: [UInt8]) throws(FormError) -> Statement {
    let fields = try FieldLines.decode(bytes, keys: keys, limit: limit)
    guard let kind = Kind(rawValue: fields[0]) else { throw .value("kind") }
    guard let seal = Sealing(rawValue: fields[12]) else { throw .value("seal") }
    let statement = Statement(
      kind: kind, id: try MessageID(validating: fields[1]), from: try address(fields[2], "from"),
      fromHost: try host(fields[3], "from-host"), to: try address(fields[4], "to"),
      toHost: try host(fields[5], "to-host"), toKey: try fingerprint(fields[6]),
      time: try time(fields[7], "time"), expires: try time(fields[8], "expires"),
      replyTo: fields[9] == "-" ? nil : try address(fields[9], "reply-to"),
      inReplyTo: fields[10] == "-" ? nil : try MessageID(validating: fields[10]),
      options: try SendOptions(validating: fields[11]), seal: seal,
      name: fields[13] == "-" ? nil : try EncodedName(validating: fields[13]),
      length: try length(fields[14]), digest: fields[15] == "-" ? nil : try digest(fields[15]))
    // A plain file's digest stands in its end statement, a sealed one's name in the sealed head.
    let isPlainFile = kind == .file && seal == .none
    guard isPlainFile == (statement.digest == nil) else { throw .value("digest") }
    guard isPlainFile || statement.name == nil else { throw .value("name") }
    guard encode(statement) == bytes else { throw .value("form") }
    return statement
  }

  static func address(_ text: String, _ key: String) throws(FormError) -> Address {
    do { return try Address(validating: text) } catch { throw .value(key) }
  }

  static func host(_ text: String, _ key: String) throws(FormError) -> Host {
    do { return try Host(validating: text) } catch { throw .value(key) }
  }

  static func time(_ text: String, _ key: String) throws(FormError) -> Timestamp {
    guard let time = try? Timestamp(validating: text) else { throw .value(key) }
    return time
  }

  static func digest(_ text: String, key: String = "digest") throws(FormError) -> String {
    guard text.utf8.count == 64,
      text.utf8.allSatisfy({ Slug.isSlugByte($0) && $0 <= UInt8(ascii: "f") })
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
}

/// `key: value` lines of printable ASCII, one LF each.
enum FieldLines {
  static func encode(_ fields: [(String, String)]) -> [UInt8] {
    Array(fields.map { "\($0): \($1)\n" }.joined().utf8)
  }

  /// - Returns: the values, one a key, in the order of `keys`.
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
