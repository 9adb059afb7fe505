package import MeshCrypto

/// The payload of a sealed message that is being sent:
/// `<2-byte big-endian length><sealed head><stream>`.
package struct SealedPayload: ~Copyable {
  /// Everything before the first chunk: the head's length, the head, the stream's header.
  package let prefix: [UInt8]
  /// BLAKE2b-256, in hex, of the sealed head; the statement contains it.
  package let digest: String
  /// Length of the whole payload, in bytes.
  package let length: Int
  private var stream: SealedStreamWriter

  /// - Parameter head: what goes into the box; its length is that of the plain text.
  package init(_ head: SealedHead, to recipient: SealPublicKey) throws(CryptoError) {
    let stream = try SealedStreamWriter()
    var plain = stream.withKey { head.bytes(key: $0) }
    defer { Sodium.wipe(&plain) }
    guard plain.count <= SealedHead.limit else { throw .badLength }
    let box = try recipient.seal(plain)
    guard let length = SealedPayload.length(box: box.count, plain: head.length) else {
      throw .badLength
    }
    self.length = length
    digest = Digest.hex(Digest.blake2b256(box))
    prefix =
      [UInt8(truncatingIfNeeded: box.count >> 8), UInt8(truncatingIfNeeded: box.count)] + box
      + stream.header
    self.stream = stream
  }

  /// Seals the next 65,536 bytes of the plain text, or the rest.
  package mutating func seal(_ chunk: Span<UInt8>, final: Bool) throws(CryptoError) -> [UInt8] {
    try stream.push(chunk, final: final)
  }

  /// Seals a short text in one call.
  /// - Returns: the payload.
  package consuming func sealed(_ text: [UInt8]) throws(CryptoError) -> [UInt8] {
    var bytes = prefix
    var rest = text[...]
    repeat {
      let chunk = rest.prefix(SealedStream.chunkLength)
      rest = rest.dropFirst(chunk.count)
      bytes += try stream.push(chunk.span, final: rest.isEmpty)
    } while !rest.isEmpty
    return bytes
  }

  /// Every plain text has exactly one sealed length.
  static func length(box: Int, plain: Int) -> Int? {
    SealedStream.length(ofPlain: plain).map { 2 + box + SealedStream.headerLength + $0 }
  }

  /// The longest that a plain text of this length can become when sealed.
  package static func longest(plain: Int) -> Int {
    length(box: SealedHead.limit + SealPublicKey.overhead, plain: plain) ?? .max
  }
}

/// The content of the sealed box before a sealed stream. It repeats the statement, so that nobody
/// can put their own statement around another sender's sealed text, and adds what is secret.
/// Protocol section 4.
package struct SealedHead: Equatable, Sendable {
  static let keys = ["kind", "id", "from", "to", "to-key", "name", "length", "digest"]
  /// The maximum size of the box's content, in bytes.
  package static let limit = 2048
  /// `key: `, 64 digits, LF.
  private static let keyLine = 5 + 2 * SealedStream.keyLength + 1

  package var kind: Kind
  package var id: MessageID
  package var from: Address
  package var to: Address
  package var toKey: String
  /// A file's name; nil for a message.
  package var name: EncodedName?
  /// Length of the plain text, in bytes.
  package var length: Int
  /// Digest of the plain text; `nil` for a file, which has an end statement.
  package var digest: String?

  /// - Parameter statement: the statement that will be sent outside the box.
  package init(_ statement: Statement, name: EncodedName?, length: Int, digest: String?) {
    (kind, id, from) = (statement.kind, statement.id, statement.from)
    (to, toKey) = (statement.to, statement.toKey)
    (self.name, self.length, self.digest) = (name, length, digest)
  }

  /// Whether the outer statement agrees, and both have only the fields of their kind.
  package func agrees(with statement: Statement) -> Bool {
    guard kind == statement.kind, id == statement.id, from == statement.from, to == statement.to,
      toKey == statement.toKey, statement.name == nil
    else { return false }
    switch kind {
    case .message: return name == nil && digest != nil
    case .file: return name != nil && digest == nil
    case .status: return false
    }
  }

  /// The box's plain text, with the stream's key at its end. Secret: the caller wipes it.
  func bytes(key: Span<UInt8>) -> [UInt8] {
    var bytes: [UInt8] = []
    // Reserve everything now: growing would leave an unwiped copy of the secret in freed memory.
    bytes.reserveCapacity(SealedHead.limit)
    bytes += FieldLines.encode(
      SealedHead.keys,
      [kind.rawValue, id.text, from.text, to.text, toKey, name?.text, String(length), digest])
    bytes += Array("key: ".utf8)
    for index in key.indices {
      bytes.append(HexDigits.digit(key[index] >> 4))
      bytes.append(HexDigits.digit(key[index] & 15))
    }
    bytes.append(UInt8(ascii: "\n"))
    return bytes
  }

  /// - Parameter bytes: the content of the box.
  /// - Returns: the head, and the stream's key, which the caller wipes.
  static func decode(_ bytes: [UInt8]) throws(FormError) -> (head: SealedHead, key: [UInt8]) {
    guard bytes.count <= limit, bytes.count > keyLine else { throw .length }
    let head = try SealedHead(FieldLines(Array(bytes.dropLast(keyLine)), keys: keys, limit: limit))
    let line = bytes.suffix(keyLine)
    guard line.starts(with: "key: ".utf8), line.last == UInt8(ascii: "\n") else {
      throw .value("key")
    }
    guard let key = HexDigits.bytes(line.dropFirst(5).dropLast()) else { throw .value("key") }
    return (head, key)
  }

  private init(_ fields: FieldLines) throws(FormError) {
    kind = try fields.value("kind", Kind.init(rawValue:))
    id = try fields.value("id", MessageID.init(validating:))
    from = try fields.value("from", Address.init(validating:))
    to = try fields.value("to", Address.init(validating:))
    toKey = try fields.fingerprint("to-key")
    name = try fields.optional("name", EncodedName.init(validating:))
    length = try fields.length("length")
    digest = try fields.optionalDigest("digest")
  }
}

/// Hexadecimal without strings, because secrets pass through it.
enum HexDigits {
  static func digit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
  }

  /// Lower case only; `nil` for anything else.
  static func bytes(_ digits: ArraySlice<UInt8>) -> [UInt8]? {
    guard digits.count.isMultiple(of: 2) else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(digits.count / 2)
    var high: UInt8?
    for digit in digits {
      let value: UInt8
      switch digit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): value = digit - UInt8(ascii: "a") + 10
      default: return nil
      }
      if let first = high {
        bytes.append(first << 4 | value)
        high = nil
      } else {
        high = value
      }
    }
    return bytes
  }
}
