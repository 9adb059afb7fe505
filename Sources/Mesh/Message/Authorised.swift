internal import MeshCrypto

/// A verified message from a sender that the recipient admits, with an id that was not seen before.
/// Only `Counted.authorised` makes it.
package struct Authorised: ~Copyable {
  package let statement: Statement
  package let decision: AccessDecision
  /// The key that signed the statement; it must also sign the end statement.
  private let signer: VerifyingKey

  fileprivate init(statement: Statement, decision: AccessDecision, signer: VerifyingKey) {
    (self.statement, self.decision, self.signer) = (statement, decision, signer)
  }

  /// Steps 11 and 12 for a plain text body: check length and digest, then make the text safe.
  package consuming func opened(payload: [UInt8]) throws(Stop) -> Opened {
    guard payload.count == statement.length else { throw .truncated }
    guard let digest = statement.digest,
      digest == Digest.hex(Digest.blake2b256(payload))
    else { throw .digest }
    return try Opened(statement, decision, payload, digest: digest)
  }

  /// The same for a sealed body: check head, fields, chunks, FINAL, length and digest, then make
  /// the text safe.
  package consuming func opened(
    sealed payload: [UInt8], with keys: SealKeys
  ) throws(Stop) -> Opened {
    guard payload.count == statement.length else { throw .truncated }
    var unsealing = Unsealing(statement, keys: keys)
    var rest = payload[...]
    var plain: [UInt8] = []
    while !unsealing.isFinished {
      let piece = rest.prefix(unsealing.wanted.count)
      rest = rest.dropFirst(piece.count)
      plain += try unsealing.take(Array(piece))
    }
    // The statement gives the sealed length, and the plain length follows from it.
    guard let head = unsealing.head else { throw .truncated }
    let digest = Digest.hex(Digest.blake2b256(plain))
    guard head.digest == digest else { throw .digest }
    return try Opened(statement, decision, plain, digest: digest)
  }

  /// The same for a file. It needs a second decision: a sender that may type may not necessarily send files.
  /// - Parameter keys: `nil` for a plain file.
  package consuming func opening(
    files: AccessDecision, keys: SealKeys?
  ) throws(Stop) -> FileOpening {
    guard statement.kind == .file, files.sender.address == decision.sender.address,
      files.sender.keyFingerprint == decision.sender.keyFingerprint
    else { throw .anotherHead }
    return try FileOpening(statement, decision, signer, keys: keys)
  }
}

extension Policy.SealRule {
  /// Whether the message is sealed, or need not be.
  package func permits(_ statement: Statement) -> Bool {
    statement.seal != .none || !wants(statement.fromHost)
  }
}

extension Counted {
  /// Steps 9 and 10: checks the access decision, uses up the replay ticket, and refuses an unsealed
  /// message if the policy requires a seal. Only admitted senders learn of that requirement.
  package consuming func authorised(
    by decision: AccessDecision, requireSeal: Policy.SealRule, _ ticket: consuming ReplayTicket
  ) throws(Stop) -> Authorised {
    guard ticket.statementBytes == proof.statementBytes else { throw .idReused }
    let sender = decision.sender
    guard sender.address == statement.from, sender.host == statement.fromHost,
      sender.keyFingerprint == key.fingerprint
    else { throw .idReused }
    guard requireSeal.permits(statement) else { throw .sealRequired }
    return Authorised(statement: statement, decision: decision, signer: key)
  }
}

/// What may be typed: verified, authorised, complete and made safe. Only `Authorised.opened` makes
/// it, and `VerifiedFile.opened` for the announcement of a file.
package struct Opened: ~Copyable {
  package let statement: Statement
  package let decision: AccessDecision
  package let text: SafeText
  /// BLAKE2b-256, in hex, of the plain text as received; for a file, of its content.
  package let digest: String

  fileprivate init(
    _ statement: Statement, _ decision: AccessDecision, _ body: [UInt8], digest: String
  ) throws(Stop) {
    do { text = try SafeText(body: body) } catch { throw .text }
    (self.statement, self.decision, self.digest) = (statement, decision, digest)
  }
}

extension VerifiedFile {
  /// The line for the pane. The digest comes before the caption, where the sender cannot forge it.
  package consuming func opened(storedAt path: String) throws(Stop) -> Opened {
    let said = caption.text.isEmpty ? "" : ": \(caption.text)"
    let line =
      "file dropped at \(VerifiedFile.word(path)) (\(length) bytes) blake2b-256 \(digest)\(said)"
    return try Opened(statement, decision, Array(line.utf8), digest: digest)
  }
}
