import Mesh
import MeshCrypto
import Testing

/// With our own files, stock `ssh-keygen -Y verify` accepts and refuses exactly what we do.
@Suite("ssh-keygen as the oracle of trust")
struct EnvelopeOracleTests {
  private static let now = OracleCase.now
  private static let seeds: [String: UInt8] = ["hub": 1, "new": 2, "other": 3, "evil": 4]

  @Test(
    "Both say the same of each case, in each namespace", arguments: Namespace.allCases,
    OracleCase.all)
  func agrees(namespace: Namespace, oracleCase: OracleCase) throws {
    // A message signature is valid where a message is expected, so that case needs another foreign namespace.
    let other = oracleCase.namespace.map { $0 == namespace ? Namespace.slice : $0 }
    let document = try OracleDocument(namespace)
    let signers = try Self.signers(oracleCase, besides: namespace)
    let revoked = try oracleCase.revoked.map { try Self.key($0).publicKey }
    let signature = SSHSignature.make(
      over: document.bytes, namespace: (other ?? namespace).rawValue,
      by: try Self.key(oracleCase.signer))
    let bytes = oracleCase.isChanged ? document.changed : document.bytes
    let ours = try Self.isAuthentic(
      namespace, bytes, signature, try AllowedSigners(validating: signers.bytes),
      RevokedKeys(Set(revoked)))
    let stock = try Self.stock(namespace, bytes, signature, signers, revoked)
    #expect(ours == oracleCase.isGood)
    #expect(stock == oracleCase.isGood)
  }

  /// The receive path's own check for each kind.
  private static func isAuthentic(
    _ namespace: Namespace, _ bytes: [UInt8], _ signature: [UInt8], _ pins: AllowedSigners,
    _ revoked: RevokedKeys
  ) throws -> Bool {
    let (hub, now) = (try Host(validating: "hub"), Timestamp(milliseconds: now * 1000))
    let keys = pins.keys(of: hub, for: namespace, at: now).filter { !revoked.contains($0) }
    switch namespace {
    case .message:
      let me = try Host(validating: "worker-1")
      let trusted = TrustedKeys(pins: pins, revoked: revoked, me: me)
      let received = try Received(statement: bytes, signature: signature)
      do {
        _ = try received.verified(with: trusted, at: now, peer: hub)
        return true
      } catch { return false }
    case .slice:
      let slice = SignedSlice(bytes: bytes, signature: signature)
      return (try? slice.verified(as: hub, pins: pins, revoked: revoked, at: now)) != nil
    case .receipt:
      let frame = "AMSR1 \(bytes.count) \(signature.count)\n"
      let receipt = try SignedReceipt(framed: Array(frame.utf8) + bytes + signature)
      let statement = try OracleDocument.statement(to: "hub")
      return
        (try? receipt.verified(by: keys, for: statement, statement.bytes)) != nil
    case .rotate, .revoke:
      return keys.contains { key in
        (try? SSHSignature.verify(signature, over: bytes, namespace: namespace.rawValue, by: key))
          != nil
      }
    }
  }

  private static func stock(
    _ namespace: Namespace, _ bytes: [UInt8], _ signature: [UInt8], _ signers: AllowedSigners,
    _ revoked: [VerifyingKey]
  ) throws -> Bool {
    let folder = try CryptoScratchFolder()
    try folder.write("allowed_signers", signers.bytes)
    try folder.write("revoked_keys", Array(revoked.map { $0.openSSH + " revoked\n" }.joined().utf8))
    try folder.write("sig", signature)
    let time = Timestamp(milliseconds: now * 1000).compact
    return try folder.sshKeygen(
      [
        "-Y", "verify", "-f", "allowed_signers", "-I", "hub", "-n", namespace.rawValue, "-s", "sig",
        "-r",
        "revoked_keys", "-O", "verify-time=\(time)",
      ], input: bytes
    ).status == 0
  }

  private static func key(_ name: String) throws -> SigningKey {
    try SigningKey(seed: [UInt8](repeating: seeds[name] ?? 0, count: 32).span)
  }

  private static func signers(_ oracleCase: OracleCase, besides: Namespace) throws -> AllowedSigners
  {
    func time(_ seconds: Int64?) -> Timestamp? {
      seconds.map { Timestamp(milliseconds: (now + $0) * 1000) }
    }
    return AllowedSigners(
      try oracleCase.pins.map { pin in
        Pin(
          host: try Host(validating: pin.host),
          namespaces: Namespace.allCases.filter { !pin.isNarrow || $0 != besides },
          validAfter: time(pin.after), validBefore: time(pin.before),
          key: try key(pin.key).publicKey, note: "pinned for a test, by hand")
      })
  }

  // MARK: - Unusual files

  @Test("A file of revoked keys that is missing, or does not parse, makes nothing authentic")
  func revokedFile() throws {
    let folder = try CryptoScratchFolder()
    let key = try Self.key("hub")
    try folder.write(
      "allowed_signers",
      AllowedSigners([Pin(host: try Host(validating: "hub"), key: key.publicKey, note: "x")]).bytes)
    try folder.write(
      "sig", SSHSignature.make(over: [1], namespace: Namespace.message.rawValue, by: key))
    func verify() throws -> Bool {
      try folder.sshKeygen(
        "-Y", "verify", "-f", "allowed_signers", "-I", "hub", "-n", Namespace.message.rawValue,
        "-s",
        "sig", "-r", "revoked_keys", input: [1]
      ).status == 0
    }
    #expect(try !verify())
    let files = [
      "", "# nothing yet\n\n", "ssh-ed25519\n", "x\n",
      "\(try Self.key("evil").publicKey.openSSH)\n",
    ]
    for file in files {
      try folder.write("revoked_keys", Array(file.utf8))
      let ours = (try? RevokedKeys(validating: Array(file.utf8))).map {
        !$0.contains(key.publicKey)
      }
      #expect(try verify() == (ours ?? false), "\(file)")
    }
  }

  @Test(
    "What our reader takes of hand-written pins, ssh-keygen takes as well",
    arguments: [
      "hub namespaces=\"message@agent-mesh\" KEY x", "hub namespaces=\"message@agent-mesh\" KEY ",
      "hub namespaces=\"slice@agent-mesh,message@agent-mesh\" KEY x",
      "hub namespaces=\"message@agent-mesh\",valid-after=\"19700101000000Z\" KEY x",
      "hub namespaces=\"message@agent-mesh\",valid-after=\"19700101000001Z\" KEY x",
      "hub namespaces=\"message@agent-mesh\",valid-before=\"99991231235959Z\" KEY x",
      "hub namespaces=\"message@agent-mesh\", valid-before=\"99991231235959Z\" KEY x",
      "hub namespaces=\"message@agent-mesh\",valid-before=\"20261122\" KEY x",
      "hub namespaces=\"message@agent-mesh\",valid-before=\"20200101000000Z\" KEY x",
      "hub namespaces=\"message@agent-mesh\",valid-after=\"20250101000000Z\",valid-before=\"20200101000000Z\" KEY x",
      "hub namespaces=\"message@agent-mesh\",unknown KEY x", "hub namespaces=\"git\" KEY x",
      "# hub namespaces=\"message@agent-mesh\" KEY x", "",
    ])
  func handWritten(line: String) throws {
    let key = try Self.key("hub")
    let text = line.replacing("KEY", with: key.publicKey.openSSH) + "\n"
    let (hub, now) = (try Host(validating: "hub"), Timestamp(milliseconds: Self.now * 1000))
    let ours =
      (try? AllowedSigners(validating: Array(text.utf8)))?.keys(of: hub, for: .message, at: now)
      ?? []
    let folder = try CryptoScratchFolder()
    try folder.write("allowed_signers", Array(text.utf8))
    try folder.write(
      "sig", SSHSignature.make(over: [1], namespace: Namespace.message.rawValue, by: key))
    let stock = try folder.sshKeygen(
      "-Y", "verify", "-f", "allowed_signers", "-I", "hub", "-n", Namespace.message.rawValue, "-s",
      "sig",
      "-O", "verify-time=\(now.compact)", input: [1])
    if !ours.isEmpty { #expect(stock.status == 0) }
    if stock.status != 0 { #expect(ours.isEmpty) }
  }
}
