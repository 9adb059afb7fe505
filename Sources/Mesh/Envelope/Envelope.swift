internal import MeshCrypto

/// The first line on the wire. It gives the lengths of what follows:
/// `AMSH1 <statement length> <signature length> <payload length>\n<statement><signature><payload>`.
package struct Preamble: Equatable, Sendable {
  /// `AMSH1 4096 1024 9999999999999\n`
  package static let lineLimit = 30

  package var statement: Int
  package var signature: Int
  package var payload: Int

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

/// A statement with its signature and its payload in memory. A sender of a short
/// body gives it to a transport.
package struct SignedEnvelope: Sendable {
  package let statement: Statement
  package let statementBytes: [UInt8]
  package let signature: [UInt8]
  package let payload: [UInt8]

  package init(statement: Statement, statementBytes: [UInt8], signature: [UInt8], payload: [UInt8])
  {
    (self.statement, self.statementBytes) = (statement, statementBytes)
    (self.signature, self.payload) = (signature, payload)
  }

  /// Everything but the payload.
  package var head: [UInt8] {
    Preamble(statement: statementBytes.count, signature: signature.count, payload: payload.count)
      .bytes + statementBytes + signature
  }

  package var bytes: [UInt8] { head + payload }
}
