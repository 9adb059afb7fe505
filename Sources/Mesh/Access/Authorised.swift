internal import MeshCrypto

/// A verified message whose sender the recipient admits, and whose id was not seen before.
/// Only `Verified.authorised` makes one.
public struct Authorised: ~Copyable {
  public let statement: Statement
  public let decision: AccessDecision

  fileprivate init(statement: Statement, decision: AccessDecision) {
    self.statement = statement
    self.decision = decision
  }

  /// Step 11 and 12 for a plain text body: length and digest, then safe text.
  public consuming func opened(payload: [UInt8]) throws(OpenError) -> Opened {
    guard payload.count == statement.length else { throw .truncated }
    guard let digest = statement.digest,
      digest == Digest.hex(Digest.blake2b256(payload))
    else { throw .digest }
    let text: SafeText
    do { text = try SafeText(body: payload) } catch { throw .text(error) }
    return Opened(statement: statement, decision: decision, text: text)
  }
}

/// Why a payload is not what the statement promised.
public enum OpenError: Error, Equatable, Sendable {
  case truncated, digest
  case text(TextError)
}

extension Verified {
  /// Steps 9 and 10 behind it: takes the proofs that both were asked, and uses the ticket up.
  public consuming func authorised(
    by decision: AccessDecision, _ ticket: consuming ReplayTicket
  ) throws(AuthoriseError) -> Authorised {
    guard ticket.statementBytes == statementBytes else { throw .anotherTicket }
    let sender = decision.sender
    guard sender.address == statement.from, sender.host == statement.fromHost,
      sender.keyFingerprint == key.fingerprint
    else { throw .anotherDecision }
    return Authorised(statement: statement, decision: decision)
  }
}

/// A ticket for one message does not serve for another, nor an admission for another sender.
public enum AuthoriseError: Error, Equatable, Sendable { case anotherTicket, anotherDecision }

/// What may be typed: verified, authorised, whole and made safe. Only `Authorised.opened` makes one.
public struct Opened: ~Copyable {
  public let statement: Statement
  public let decision: AccessDecision
  public let text: SafeText

  fileprivate init(statement: Statement, decision: AccessDecision, text: SafeText) {
    self.statement = statement
    self.decision = decision
    self.text = text
  }
}
