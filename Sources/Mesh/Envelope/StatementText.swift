/// Reads and writes statements strictly: all keys, once, in order, and one spelling for each value.
/// Whatever decodes encodes to the same bytes.
package enum StatementText {
  /// The maximum size of a statement, in bytes.
  package static let limit = Preamble.statementLimit

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
      kind: kind, id: try MessageID(validating: fields[1]),
      from: try FieldValue.address(fields[2], "from"),
      fromHost: try FieldValue.host(fields[3], "from-host"),
      to: try FieldValue.address(fields[4], "to"),
      toHost: try FieldValue.host(fields[5], "to-host"),
      toKey: try FieldValue.fingerprint(fields[6]),
      time: try FieldValue.time(fields[7], "time"),
      expires: try FieldValue.time(fields[8], "expires"),
      replyTo: fields[9] == "-" ? nil : try FieldValue.address(fields[9], "reply-to"),
      inReplyTo: fields[10] == "-" ? nil : try MessageID(validating: fields[10]),
      options: try SendOptions(validating: fields[11]), seal: seal,
      name: fields[13] == "-" ? nil : try EncodedName(validating: fields[13]),
      length: try FieldValue.length(fields[14]),
      digest: fields[15] == "-" ? nil : try FieldValue.digest(fields[15]))
    // A plain file has its digest in the end statement; a sealed file has its
    // name in the sealed head.
    let isPlainFile = kind == .file && seal == .none
    guard isPlainFile == (statement.digest == nil) else { throw .value("digest") }
    guard isPlainFile || statement.name == nil else { throw .value("name") }
    guard encode(statement) == bytes else { throw .value("form") }
    return statement
  }
}
