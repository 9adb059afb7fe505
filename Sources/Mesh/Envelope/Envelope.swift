/// A statement with its signature and its payload in memory. A sender of a short
/// body gives it to a transport.
package struct SignedEnvelope: Sendable {
  package let statement: Statement
  package let statementBytes: [UInt8]
  package let signature: [UInt8]
  package let payload: [UInt8]

  package init(statement: Statement, statementBytes: [UInt8], signature: [UInt8], payload: [UInt8])
  {
    self.statement = statement
    self.statementBytes = statementBytes
    self.signature = signature
    self.payload = payload
  }

  /// Everything but the payload.
  package var head: [UInt8] {
    Preamble(statement: statementBytes.count, signature: signature.count, payload: payload.count)
      .bytes + statementBytes + signature
  }

  package var bytes: [UInt8] { head + payload }
}
