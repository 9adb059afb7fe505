import Mesh
import MeshCrypto
import MeshHost
import TestSupport

/// A malicious pinned peer: it makes envelopes by hand and passes them to `deliver`.
final class Forger: Sendable {
  let account: Account
  let key: SigningKey
  let host: Host
  /// The recipient's host keys, as a sender knows them.
  let toKey: String
  let sealKey: SealPublicKey

  static func with(
    _ body: (Forger) async throws -> Void
  ) async throws {
    try await Account.with { account in
      try await body(try await Forger(account, "beta"))
    }
  }

  init(_ account: Account, _ name: String) async throws {
    self.account = account
    host = try Host(validating: name)
    key = try SigningKey.generate()
    let keys = account.sandbox.home + "/.agents/keys"
    let line = (Files.text(keys + "/sign.pub") ?? "").split(separator: " ").prefix(2)
    toKey = try VerifyingKey(openSSH: line.joined(separator: " ")).fingerprint
    sealKey = try SealKeyFile.decodePublic(Files.read(keys + "/seal.pub") ?? [])
    try await account.sandbox.must("agent-keys", ["trust", name, key.publicKey.openSSH])
    for option in ["@agent-allow", "@agent-allow-files"] {
      try await account.recipient.pane.set(option, "@mesh")
    }
  }

  func statement(_ kind: Kind, length: Int = 0, digest: String? = nil) throws -> Statement {
    let now = Timestamp(milliseconds: Clock.now)
    guard let id = MessageID.random() else { throw Trouble("no random numbers") }
    return Statement(
      kind: kind, id: id, from: try Address(validating: "\(host)-x"), fromHost: host,
      to: try Address(validating: account.address), toHost: try Host(validating: Account.name),
      toKey: toKey, time: now, expires: Timestamp(milliseconds: now.milliseconds + 60_000),
      length: length, digest: digest)
  }

  /// Head and payload as they are sent.
  func envelope(_ statement: Statement, _ payload: [UInt8]) -> [UInt8] {
    SignedEnvelope(EnvelopeHead(statement, by: key), payload: payload).bytes
  }

  func end(_ statement: Statement, _ caption: [UInt8], _ file: [UInt8]) -> [UInt8] {
    let end = EndStatement(
      id: statement.id, length: 2 + caption.count + file.count,
      digest: EndStatement.digest(caption: caption, file: Digest.blake2b256(file)))
    return end.framed(
      signature: SSHSignature.make(
        over: end.bytes, namespace: Namespace.message.rawValue, by: key))
  }

  /// A plain file with a name that no honest sender would send.
  func plainFile(
    _ name: String, _ file: [UInt8], caption: [UInt8] = [], from: String? = nil
  ) throws -> [UInt8] {
    let plain = FileText.prefix(caption) + file
    var statement = try statement(.file, length: plain.count)
    statement.name = try EncodedName(encoding: name)
    if let from { statement.from = try Address(validating: from) }
    return envelope(statement, plain) + end(statement, caption, file)
  }

  func deliver(_ bytes: [UInt8]) async throws -> (ran: Ran, receipt: Receipt?) {
    let ran = try await account.sandbox.run("agent-register-hook", ["deliver"], stdin: bytes)
    // The ready line and keep-alives come before the receipt.
    guard ran.out.starts(with: "AMSH1 ready\n".utf8),
      let start = ran.out.firstRange(of: Array("AMSR1 ".utf8))?.lowerBound
    else { return (ran, nil) }
    return (ran, (try? SignedReceipt(framed: Array(ran.out[start...])))?.unverified)
  }

  /// Nothing was typed, and no file is left.
  var leftNothing: Bool {
    account.recipient.submissions.isEmpty && Files.list(account.inbox).isEmpty
      && !account.recipient.bytes.contains(0x1B)
  }
}

/// A sealed file in its pieces.
struct SealedPieces {
  var statement: Statement
  var prefix: [UInt8]
  var chunks: [[UInt8]]
  var end: [UInt8]
  let forger: Forger

  init(
    _ forger: Forger, _ file: [UInt8], name: String = "f",
    to key: SealPublicKey? = nil, change: (inout SealedHead) throws -> Void = { _ in }
  ) throws {
    self.forger = forger
    statement = try forger.statement(.file)
    let caption = Array("c".utf8)
    let plain = FileText.prefix(caption) + file
    var head = SealedHead(
      statement, name: try EncodedName(encoding: name), length: plain.count, digest: nil)
    try change(&head)
    var sealing = try SealedPayload(head, to: key ?? forger.sealKey)
    statement.seal = .box1
    statement.length = sealing.length
    statement.digest = sealing.digest
    prefix = sealing.prefix
    chunks = []
    var rest = plain[...]
    repeat {
      let chunk = rest.prefix(SealedStream.chunkLength)
      rest = rest.dropFirst(chunk.count)
      chunks.append(try sealing.seal(chunk.span, final: rest.isEmpty))
    } while !rest.isEmpty
    end = forger.end(statement, caption, file)
  }

  /// - Parameter honest: declare the payload's real length.
  func bytes(honest: Bool = true) -> [UInt8] {
    let payload = prefix + chunks.flatMap { $0 }
    var statement = statement
    if honest { statement.length = payload.count }
    let envelope = forger.envelope(statement, honest ? payload : [])
    guard !honest else { return envelope + end }
    let preamble = Preamble(
      statement: statement.bytes.count,
      signature: SSHSignature.make(
        over: statement.bytes, namespace: Namespace.message.rawValue,
        by: forger.key
      ).count, payload: statement.length)
    let start = envelope.firstIndex(of: 10).map { $0 + 1 } ?? 0
    return preamble.bytes + envelope[start...] + payload + end
  }
}
