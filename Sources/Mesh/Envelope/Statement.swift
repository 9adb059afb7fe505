package import MeshCrypto

/// The kind of a message; it decides what the payload contains.
package enum Kind: String, Sendable, CaseIterable { case message, file, status }

/// Whether the payload is sealed, and how.
package enum Sealing: String, Sendable, CaseIterable { case none, box1 }

/// What a sender states about one message, and signs. Protocol section 4.
package struct Statement: Equatable, Sendable {
  /// The maximum size of a statement, in bytes.
  package static let limit = 4096

  package var kind: Kind
  package var id: MessageID
  package var from: Address
  package var fromHost: Host
  package var to: Address
  package var toHost: Host
  /// The recipient host's signing key that the sender has pinned: `SHA256:…`.
  package var toKey: String
  package var time: Timestamp
  package var expires: Timestamp
  package var replyTo: Address?
  package var inReplyTo: MessageID?
  package var options: SendOptions
  package var seal: Sealing
  /// Percent-encoded; `nil` if there is no name or the name is sealed.
  package var name: EncodedName?
  /// Length of the payload, in bytes.
  package var length: Int
  /// BLAKE2b-256 in hex, of the body or of the sealed head; `nil` for a plain file.
  package var digest: String?

  package init(
    kind: Kind, id: MessageID, from: Address, fromHost: Host, to: Address, toHost: Host,
    toKey: String, time: Timestamp, expires: Timestamp, replyTo: Address? = nil,
    inReplyTo: MessageID? = nil, options: SendOptions = SendOptions(), seal: Sealing = .none,
    name: EncodedName? = nil, length: Int, digest: String?
  ) {
    (self.kind, self.id, self.time, self.expires) = (kind, id, time, expires)
    (self.from, self.fromHost) = (from, fromHost)
    (self.to, self.toHost, self.toKey) = (to, toHost, toKey)
    (self.replyTo, self.inReplyTo, self.options) = (replyTo, inReplyTo, options)
    (self.seal, self.name, self.length, self.digest) = (seal, name, length, digest)
  }
}

/// Reading and writing are strict: whatever is read is written as the same bytes.
extension Statement {
  private static let keys = [
    "kind", "id", "from", "from-host", "to", "to-host", "to-key", "time", "expires", "reply-to",
    "in-reply-to", "options", "seal", "name", "length", "digest",
  ]

  package var bytes: [UInt8] {
    FieldLines.encode(
      Statement.keys,
      [
        kind.rawValue, id.text, from.text, fromHost.name, to.text, toHost.name, toKey, time.text,
        expires.text, replyTo?.text, inReplyTo?.text, options.text, seal.rawValue, name?.text,
        String(length), digest,
      ])
  }

  package init(validating bytes: [UInt8]) throws(FormError) {
    let fields = try FieldLines(bytes, keys: Statement.keys, limit: Statement.limit)
    self.init(
      kind: try fields.value("kind", Kind.init(rawValue:)),
      id: try fields.value("id", MessageID.init(validating:)),
      from: try fields.value("from", Address.init(validating:)),
      fromHost: try fields.value("from-host", Host.init(validating:)),
      to: try fields.value("to", Address.init(validating:)),
      toHost: try fields.value("to-host", Host.init(validating:)),
      toKey: try fields.fingerprint("to-key"),
      time: try fields.value("time", Timestamp.init(validating:)),
      expires: try fields.value("expires", Timestamp.init(validating:)),
      replyTo: try fields.optional("reply-to", Address.init(validating:)),
      inReplyTo: try fields.optional("in-reply-to", MessageID.init(validating:)),
      options: try fields.value("options", SendOptions.init(validating:)),
      seal: try fields.value("seal", Sealing.init(rawValue:)),
      name: try fields.optional("name", EncodedName.init(validating:)),
      length: try fields.length("length"), digest: try fields.optionalDigest("digest"))
    // A plain file has its digest in the end statement; a sealed file has its name in the sealed head.
    let isPlainFile = kind == .file && seal == .none
    guard isPlainFile == (digest == nil) else { throw .value("digest") }
    guard isPlainFile || name == nil else { throw .value("name") }
    guard self.bytes == bytes else { throw .value("form") }
  }

  /// Whether name and digest are present exactly if kind and sealing require them.
  package var isOfItsKind: Bool {
    switch (kind, seal) {
    case (.message, _): name == nil && digest != nil
    case (.file, .none): name != nil && digest == nil && length >= 2
    case (.file, .box1): name == nil && digest != nil
    case (.status, _): name == nil && seal == .none
    }
  }
}

extension Statement {
  /// The text before a message in the recipient's pane: `[from <address> @ <time>] [verified <first 8 of id>]`.
  /// The second bracket may also contain ` sealed`, ` reply-to <address>` and `; reply: <command>`. A blank and
  /// the text follow. It begins with `[`, so that no delivered line starts with a command of the recipient.
  /// - Parameter hint: says how to answer, inside the bracket, where no text is the sender's.
  package func tag(hint: Bool) -> String {
    var proof = "verified \(id.short)"
    if seal != .none { proof += " sealed" }
    if let replyTo { proof += " reply-to \(replyTo)" }
    if hint { proof += "; reply: notify-pane --reply \"...\"" }
    return "[from \(from) @ \(time.text)] [\(proof)]"
  }
}

/// The first line on the wire. It gives the lengths of what follows:
/// `AMSH1 <statement length> <signature length> <payload length>\n<statement><signature><payload>`.
package struct Preamble: Equatable, Sendable {
  /// `AMSH1 4096 1024 9999999999999\n`
  package static let lineLimit = 30

  package let statement: Int
  package let signature: Int
  package let payload: Int

  package init(statement: Int, signature: Int, payload: Int) {
    (self.statement, self.signature, self.payload) = (statement, signature, payload)
  }

  /// - Parameter line: without its LF.
  package init(validating line: [UInt8]) throws(FormError) {
    let numbers = try Framing.numbers(line, word: "AMSH1", count: 3)
    guard (1...Statement.limit).contains(numbers[0]),
      (1...SSHSignature.maximumLength).contains(numbers[1])
    else { throw .length }
    self.init(statement: numbers[0], signature: numbers[1], payload: numbers[2])
  }

  package var bytes: [UInt8] { Array("AMSH1 \(statement) \(signature) \(payload)\n".utf8) }
}

/// A statement, the bytes that are signed, and the signature over them. One that was received proves
/// nothing before the signature is verified.
package struct EnvelopeHead: Sendable {
  package let statement: Statement
  package let bytes: [UInt8]
  package let signature: [UInt8]

  package init(_ statement: Statement, by key: borrowing SigningKey) {
    self.statement = statement
    bytes = statement.bytes
    signature = SSHSignature.make(over: bytes, namespace: Namespace.message.rawValue, by: key)
  }

  /// As received: well-formed, and nothing else is known about it.
  package init(validating bytes: [UInt8], signature: [UInt8]) throws(FormError) {
    statement = try Statement(validating: bytes)
    (self.bytes, self.signature) = (bytes, signature)
  }

  /// What precedes a payload of this length.
  package func framed(payload: Int) -> [UInt8] {
    Preamble(statement: bytes.count, signature: signature.count, payload: payload).bytes
      + bytes + signature
  }
}

/// A signed statement and its payload in memory. A sender of a short body gives it to a transport.
package struct SignedEnvelope: Sendable {
  package let head: EnvelopeHead
  package let payload: [UInt8]

  package init(_ head: EnvelopeHead, payload: [UInt8]) {
    (self.head, self.payload) = (head, payload)
  }

  package var bytes: [UInt8] { head.framed(payload: payload.count) + payload }
}

/// What the sender asks of the receiving side: `force,queue,wait=<seconds>,notify` in this order.
package struct SendOptions: Equatable, Sendable {
  /// The longest that a receiver waits until the recipient is ready, in seconds.
  package static let longestWait = 3600

  package var force: Bool
  package var queue: Bool
  /// Seconds; `nil`: do not wait.
  package var wait: Int?
  package var notify: Bool

  package init(force: Bool = false, queue: Bool = false, wait: Int? = nil, notify: Bool = false) {
    (self.force, self.queue, self.wait, self.notify) = (force, queue, wait, notify)
  }

  /// `-` if there are none.
  package var text: String {
    var parts: [String] = []
    if force { parts.append("force") }
    if queue { parts.append("queue") }
    if let wait { parts.append("wait=\(wait)") }
    if notify { parts.append("notify") }
    return parts.isEmpty ? "-" : parts.joined(separator: ",")
  }

  /// Reads only what `text` writes.
  package init(validating text: String) throws(FormError) {
    self.init()
    for part in text == "-" ? [] : text.split(separator: ",", omittingEmptySubsequences: false) {
      switch part {
      case "force": force = true
      case "queue": queue = true
      case "notify": notify = true
      case _ where part.hasPrefix("wait="): wait = Int(part.dropFirst(5))
      default: throw .value("options")
      }
    }
    guard self.text == text, wait.map({ (1...SendOptions.longestWait).contains($0) }) ?? true
    else { throw .value("options") }
  }
}

/// A file's name on the wire: UTF-8, percent-encoded except `[A-Za-z0-9._-]`, 1 to 255 bytes when decoded.
package struct EncodedName: Hashable, Sendable {
  package let text: String

  package init(encoding name: String) throws(FormError) {
    let bytes = Array(name.utf8)
    guard (1...255).contains(bytes.count) else { throw .value("name") }
    text = Percent.encode(bytes, where: { $0.isBare || $0 == UInt8(ascii: ".") })
    guard text != "-" else { throw .value("name") }
  }

  package init(validating text: String) throws(FormError) {
    guard let name = EncodedName.decode(text) else { throw .value("name") }
    try self.init(encoding: name)
    guard self.text == text else { throw .value("name") }
  }

  /// The sender's name for the file. Untrusted: check it as a `FileName` before use.
  package var decoded: String { EncodedName.decode(text) ?? "" }

  private static func decode(_ text: String) -> String? {
    Percent.decode(text).flatMap { String(validating: $0, as: UTF8.self) }
  }
}

/// The id of one message: 128 random bits as 26 characters of canonical lower-case base32. Replay
/// protection, receipts, the log and the tag on the screen refer to a message by it.
package struct MessageID: Hashable, Sendable, CustomStringConvertible {
  package let text: String

  /// - Parameter random: 16 bytes.
  package init?(random: [UInt8]) {
    guard random.count == 16 else { return nil }
    text = Base32.encode(random)
  }

  /// A new id; `nil` when the system has no random numbers.
  package static func random() -> MessageID? { MessageID(random: Sodium.random(16)) }

  /// Accepts only the canonical spelling, so that one id has one file name.
  package init(validating text: some StringProtocol) throws(FormError) {
    guard text.utf8.count == 26, let bytes = try? Base32.decode(String(text)), bytes.count == 16
    else { throw .value("id") }
    self.text = String(text)
  }

  /// The part that the recipient's terminal shows.
  package var short: String { String(text.prefix(8)) }
  package var description: String { text }
}
