package import MeshCrypto

/// What the receiving side signs about a message: the only proof of what
/// happened. Protocol section 5.
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
    disposition: Disposition,
    name: EncodedName? = nil, time: Timestamp
  ) {
    self.id = id
    self.fromHost = fromHost
    self.toHost = toHost
    self.to = to
    self.statement = statement
    self.disposition = disposition
    self.name = name
    self.time = time
  }

  static let keys = [
    "id", "from-host", "to-host", "to", "statement", "outcome", "reason", "name", "time",
  ]
  /// The maximum size in bytes; with the longest names it needs 1,270.
  static let limit = 2048

  package var bytes: [UInt8] {
    let values = [
      id.text, fromHost.name, toHost.name, to?.text ?? "-", statement, disposition.outcome.rawValue,
      disposition.reason.rawValue, name?.text ?? "-", time.text,
    ]
    return FieldLines.encode(zip(Receipt.keys, values).map { ($0, $1) })
  }

  package init(validating bytes: [UInt8]) throws(FormError) {
    let fields = try FieldLines.decode(bytes, keys: Receipt.keys, limit: Receipt.limit)
    guard let outcome = Outcome(rawValue: fields[5]) else { throw .value("outcome") }
    guard let reason = Reason(rawValue: fields[6]) else { throw .value("reason") }
    self.init(
      id: try MessageID(validating: fields[0]),
      fromHost: try FieldValue.host(fields[1], "from-host"),
      toHost: try FieldValue.host(fields[2], "to-host"),
      to: fields[3] == "-" ? nil : try FieldValue.address(fields[3], "to"),
      statement: try FieldValue.digest(fields[4], key: "statement"),
      disposition: Disposition(outcome, reason),
      name: fields[7] == "-" ? nil : try EncodedName(validating: fields[7]),
      time: try FieldValue.time(fields[8], "time"))
    guard self.bytes == bytes else { throw .value("form") }
  }
}

/// `AMSR1 <receipt length> <signature length>\n<receipt><signature>`, on the wire
/// and in the replay store.
package struct SignedReceipt: Equatable, Sendable {
  /// The maximum size in bytes, everything included.
  package static let limit = 32 + Receipt.limit + Preamble.signatureLimit

  package let receiptBytes: [UInt8]
  package let signature: [UInt8]

  package init(_ receipt: Receipt, by key: borrowing SigningKey) {
    receiptBytes = receipt.bytes
    signature = SSHSignature.make(
      over: receiptBytes, namespace: Namespace.receipt.rawValue, by: key)
  }

  /// Only splits the parts: nothing is verified.
  package init(framed bytes: [UInt8]) throws(FormError) {
    guard bytes.count <= SignedReceipt.limit, let end = bytes.firstIndex(of: UInt8(ascii: "\n")),
      end <= 31
    else { throw .preamble }
    let numbers = try Framing.numbers(Array(bytes[..<end]), word: "AMSR1", count: 2)
    let rest = bytes[(end + 1)...]
    guard numbers[0] <= Receipt.limit, numbers[1] <= Preamble.signatureLimit,
      rest.count == numbers[0] + numbers[1]
    else { throw .length }
    receiptBytes = Array(rest.prefix(numbers[0]))
    signature = Array(rest.dropFirst(numbers[0]))
  }

  /// How many bytes follow this first line; `nil` if the line is not one of ours.
  /// - Parameter line: without its LF.
  package static func length(behind line: [UInt8]) -> Int? {
    guard let numbers = try? Framing.numbers(line, word: "AMSR1", count: 2),
      numbers[0] <= Receipt.limit, numbers[1] <= Preamble.signatureLimit
    else { return nil }
    return numbers[0] + numbers[1]
  }

  package var bytes: [UInt8] {
    Array("AMSR1 \(receiptBytes.count) \(signature.count)\n".utf8) + receiptBytes + signature
  }

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
