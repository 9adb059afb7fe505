import Mesh
import MeshCrypto
import Testing

/// Both ends of the pure send and receive path in one place.
struct SealPath: ~Copyable {
  let key: SealKey
  let signing: SigningKey
  let from: Host
  let to: Host
  let trusted: TrustedKeys

  init() throws {
    let signing = try SigningKey.generate()
    let key = try SealKey.generate()
    let from = try Host(validating: "hub")
    let to = try Host(validating: "worker")
    let pin = Pin(host: from, key: signing.publicKey, note: "test")
    trusted = TrustedKeys(pins: AllowedSigners([pin]), revoked: RevokedKeys(), me: to)
    (self.from, self.to) = (from, to)
    self.signing = signing
    self.key = key
  }

  private var now: Timestamp { Timestamp(milliseconds: 1_800_000_000_000) }

  private func statement(_ kind: Kind) throws -> Statement {
    Statement(
      kind: kind, id: try #require(MessageID.random()), from: try Address(validating: "hub-a"),
      fromHost: from, to: try Address(validating: "worker-b"), toHost: to,
      toKey: signing.publicKey.fingerprint, time: now, expires: now, length: 0, digest: nil)
  }

  func sign(_ bytes: [UInt8]) -> [UInt8] {
    SSHSignature.make(over: bytes, namespace: Namespace.message.rawValue, by: signing)
  }

  /// - Parameter said: what the head says of the body; the truth by default.
  /// - Parameter final: whether the last chunk says that it is the last.
  func sealed(
    _ body: [UInt8], digest said: String? = nil, final: Bool = true
  ) throws -> (statement: Statement, payload: [UInt8]) {
    var statement = try statement(.message)
    let head = SealedHead(
      statement, name: nil, length: body.count,
      digest: said ?? Digest.hex(Digest.blake2b256(body)))
    var sealing = try SealedPayload(head, to: key.publicKey)
    statement.seal = .box1
    statement.length = sealing.length
    statement.digest = sealing.digest
    guard final else {
      return (statement, sealing.prefix + (try sealing.seal(body.span, final: false)))
    }
    return (statement, try sealing.sealed(body))
  }

  func file(
    _ file: [UInt8], caption: [UInt8], sealed: Bool
  ) throws -> (statement: Statement, payload: [UInt8], end: EndStatement) {
    var statement = try statement(.file)
    let name = try EncodedName(encoding: "n")
    let plain = FileText.prefix(caption) + file
    let end = EndStatement(
      id: statement.id, length: plain.count,
      digest: EndStatement.digest(caption: caption, file: Digest.blake2b256(file)))
    guard sealed else {
      statement.name = name
      statement.length = plain.count
      return (statement, plain, end)
    }
    let head = SealedHead(statement, name: name, length: plain.count, digest: nil)
    let sealing = try SealedPayload(head, to: key.publicKey)
    statement.seal = .box1
    statement.length = sealing.length
    statement.digest = sealing.digest
    return (statement, try sealing.sealed(plain), end)
  }

  func verify(_ bytes: [UInt8], _ signature: [UInt8]) throws {
    let received = try Received(statement: bytes, signature: signature)
    _ = try received.verified(with: trusted, at: now, peer: nil)
  }

  private func authorised(
    _ statement: Statement, _ admitted: inout AccessDecision?
  ) throws -> Authorised {
    let bytes = statement.bytes
    let received = try Received(statement: bytes, signature: sign(bytes))
    let counted = try received.counted(with: trusted, at: now)
    let ruling = Access.judge(
      VerifiedSender(counted, me: to), levels: AllowLevels(pane: "@mesh"), hosts: trusted.hosts)
    guard case .admitted(let decision) = ruling else { throw BadHex() }
    switch try Replay.judge(counted, found: nil, swept: nil) {
    case .fresh(let ticket):
      admitted = decision
      return try counted.authorised(by: decision, requireSeal: .never, ticket)
    default: throw BadHex()
    }
  }

  func open(
    _ statement: Statement, _ payload: [UInt8], with keys: SealKeys? = nil
  ) throws -> String {
    let keys = try keys ?? own()
    var decision: AccessDecision?
    let authorised = try authorised(statement, &decision)
    return try authorised.opened(sealed: payload, with: keys).text.text
  }

  /// - Parameter files: who may leave files; the sender itself by default.
  func opening(_ statement: Statement, files: VerifiedSender? = nil) throws -> FileOpening {
    var decision: AccessDecision?
    let authorised = try authorised(statement, &decision)
    if let files {
      let ruling = Access.judge(files, levels: AllowLevels(pane: "@mesh"), hosts: trusted.hosts)
      guard case .admitted(let other) = ruling else { throw BadHex() }
      decision = other
    }
    return try authorised.opening(
      files: try #require(decision), keys: statement.seal == .none ? nil : try own())
  }

  private func own() throws -> SealKeys {
    SealKeys(try SealKeyFile.decode(SealKeyFile.encode(key)))
  }
}
