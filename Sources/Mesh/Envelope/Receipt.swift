package import MeshCrypto

/// What the receiving side signs about a message: the only proof of what happened. Protocol section 5.
package struct Receipt: Equatable, Sendable {
  package var id: MessageID
  /// The host that sent the message.
  package var fromHost: Host
  /// The host that answers and signs this.
  package var toHost: Host
  /// The recipient's present address; set only after the sender was admitted.
  package var to: Address?
  /// SHA-256, in hex, of the message's statement as received.
  package var statement: String
  package var disposition: Disposition
  /// The name under which a file was stored.
  package var name: EncodedName?
  package var time: Timestamp

  package init(
    id: MessageID, fromHost: Host, toHost: Host, to: Address?, statement: String,
    disposition: Disposition, name: EncodedName? = nil, time: Timestamp
  ) {
    (self.id, self.fromHost, self.toHost, self.to) = (id, fromHost, toHost, to)
    (self.statement, self.disposition) = (statement, disposition)
    (self.name, self.time) = (name, time)
  }

  private static let keys = [
    "id", "from-host", "to-host", "to", "statement", "outcome", "reason", "name", "time",
  ]
  /// The maximum size in bytes; with the longest names it needs 1,270.
  static let limit = 2048

  package var bytes: [UInt8] {
    FieldLines.encode(
      Receipt.keys,
      [
        id.text, fromHost.name, toHost.name, to?.text, statement, disposition.outcome.rawValue,
        disposition.reason.rawValue, name?.text, time.text,
      ])
  }

  package init(validating bytes: [UInt8]) throws(FormError) {
    let fields = try FieldLines(bytes, keys: Receipt.keys, limit: Receipt.limit)
    self.init(
      id: try fields.value("id", MessageID.init(validating:)),
      fromHost: try fields.value("from-host", Host.init(validating:)),
      toHost: try fields.value("to-host", Host.init(validating:)),
      to: try fields.optional("to", Address.init(validating:)),
      statement: try fields.digest("statement"),
      disposition: Disposition(
        try fields.value("outcome", Outcome.init(rawValue:)),
        try fields.value("reason", Reason.init(rawValue:))),
      name: try fields.optional("name", EncodedName.init(validating:)),
      time: try fields.value("time", Timestamp.init(validating:)))
  }
}

/// `AMSR1 <receipt length> <signature length>\n<receipt><signature>`, on the wire and in the replay store.
package struct SignedReceipt: Equatable, Sendable {
  package let receiptBytes: [UInt8]
  package let signature: [UInt8]

  package init(_ receipt: Receipt, by key: borrowing SigningKey) {
    receiptBytes = receipt.bytes
    signature = SSHSignature.make(
      over: receiptBytes, namespace: Namespace.receipt.rawValue, by: key)
  }

  /// Only splits the parts: nothing is verified.
  package init(framed bytes: [UInt8]) throws(FormError) {
    guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")) else { throw .preamble }
    let (length, rest) = (try SignedReceipt.lengths(bytes[..<end]), bytes[(end + 1)...])
    guard rest.count == length.receipt + length.signature else { throw .length }
    receiptBytes = Array(rest.prefix(length.receipt))
    signature = Array(rest.dropFirst(length.receipt))
  }

  private static func lengths(
    _ line: some Collection<UInt8>
  ) throws(FormError) -> (receipt: Int, signature: Int) {
    let numbers = try Framing.numbers(line, word: "AMSR1", count: 2)
    guard numbers[0] <= Receipt.limit, numbers[1] <= SSHSignature.maximumLength else {
      throw .length
    }
    return (numbers[0], numbers[1])
  }

  /// How many bytes follow this first line; `nil` if the line is not one of ours.
  /// - Parameter line: without its LF.
  package static func length(behind line: [UInt8]) -> Int? {
    (try? lengths(line)).map { $0.receipt + $0.signature }
  }

  package var bytes: [UInt8] { Framing.joined("AMSR1", [receiptBytes, signature]) }

  /// The content, without any proof: for our own stored receipts.
  package var unverified: Receipt? { try? Receipt(validating: receiptBytes) }

  /// The receipt, if it was signed by one of `keys` and answers exactly this statement.
  /// - Parameter statementBytes: the statement as it was sent.
  package func verified(
    by keys: [VerifyingKey], for statement: Statement, _ statementBytes: [UInt8]
  ) throws(ReceiptError) -> Receipt {
    guard Namespace.receipt.isSigned(receiptBytes, signature, by: keys) else { throw .signature }
    guard let receipt = unverified else { throw .form }
    // A status statement asks about another message, so its receipt has that message's id.
    let about = statement.kind == .status ? statement.inReplyTo ?? statement.id : statement.id
    guard receipt.id == about, receipt.fromHost == statement.fromHost,
      receipt.toHost == statement.toHost,
      receipt.statement == Digest.hex(Digest.sha256(statementBytes))
    else { throw .another }
    return receipt
  }
}

/// Why a receipt proves nothing.
package enum ReceiptError: Error, Equatable, Sendable {
  case signature, form
  /// It is a receipt for another message, or from another host.
  case another
}

/// How long the two sides of a delivery wait for each other. Both sides use these values, so a
/// sender never gives up while its message is still waiting for its turn.
package enum Patience {
  /// How long a message waits for earlier ones to the same pane: enough for fifty that take a
  /// second each. After that it is answered `busy`, and nothing is typed.
  package static let turn = Duration.seconds(60)
  /// While a message waits, the receiving side sends a sign of life this often.
  package static let heartbeat = Duration.seconds(3)
  /// A receiving side that is silent for this long is considered dead.
  package static let silence = Duration.seconds(10)

  /// The longest that a sender waits for a receipt, even if the receiving side still sends signs of life.
  /// - Parameter wait: how many seconds the recipient may take to become ready.
  package static func receipt(wait: Int?) -> Duration { turn + .seconds(wait ?? 0) + .seconds(15) }
}
