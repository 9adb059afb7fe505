import Mesh
import MeshCrypto

extension FuzzTarget {
  /// Valid inputs to start from, made by the program's own writers. The keys are for tests and belong to no account.
  package func seeds() throws -> [[UInt8]] {
    switch self {
    case .preamble: [Array("AMSH1 512 300 1024".utf8)]
    case .statement: [try Seed.statement().bytes]
    case .receipt: [try Seed.receipt().bytes]
    case .endStatement: [try Seed.end().bytes]
    case .signature: [try Seed.signature()]
    case .keyFile: [OpenSSHKeyFile.encode(try Seed.key(1), comment: "fuzz")]
    case .publicKey: [OpenSSHKeyFile.encodePublic(try Seed.key(1).publicKey, comment: "fuzz")]
    case .chain: [try Seed.chain().bytes]
    case .pins: [Array(try Seed.pins().utf8)]
    case .revoked: [Array("\(try Seed.key(1).publicKey.openSSH) lost\n# a note\n".utf8)]
    case .slice: [SliceText.encode(try Seed.slice())]
    case .toml: [SliceText.encode(try Seed.slice()), Array(Seed.toml.utf8)]
    case .peers: [Array("worker-1\nworker-2 ssh=box hub\n# a note\n".utf8)]
    case .syncLine: Seed.syncLines.map { Array($0.utf8) }
    case .keyLine:
      [Array(KeyLine(host: try Seed.host("hub"), key: try Seed.key(1).publicKey).text.utf8)]
    case .allowList: [Array("@self, hub-*, !worker-1-bad host:worker-1 @mesh".utf8)]
    case .policy: [Array(Seed.policy.utf8)]
    case .profile: [Array(Seed.profile.utf8)]
    case .capture: [Array(Seed.capture.utf8)]
    case .recording: [Array(Seed.recording.utf8)]
    case .safeText:
      ["[from hub-dev-x @ 9] \u{1B}[201~ a\r\nb\t\u{202E}👩‍👩‍👧", "［ｆｒｏｍ [ v еrified"].map {
        Array($0.utf8)
      }
    case .safeLine: [Array("a name\u{7} \u{1B}]0;x\u{7} [from".utf8)]
    case .fileName: ["report (2).tar.gz", "ünï.txt", "-rf", ".hidden"].map { Array($0.utf8) }
    case .timestamp: [Array("2026-11-22T07:31:39.120Z".utf8)]
    }
  }
}

private enum Seed {
  static let time = Timestamp(milliseconds: 1_795_332_699_120)
  static let toml = "a = 1\n[t.\"x y\"] # note\nb = \"q\\u00e9\"\nc = [\"d\", \"e\"]\nf = true\n"
  static let policy =
    "allow = \"@mesh\"\nrequire_seal = [\"worker-1\"]\nmax_file = 1048576\nrate = 60\nskew = 30\n"
  static let profile =
    "kind = \"agent\"\nprocess = [\"mine\", \"mine/versions/*\"]\nprompt = \"❯\\u00A0\"\nabove = \"rule\"\nenter_delay = 400\n"
  static let capture =
    "\u{1B}[1m› \u{1B}[0m\u{1B}[2mAsk Codex to do anything\u{1B}[0m\n\u{1B}[38;5;244m─────\u{1B}[39m\n❯ 漢字 e\u{301}\n"
  static let recording =
    "cmd=claude cx=2 cy=20 cflag=1 cshape= alt=0 bpaste=1 inmode=0 kpad= mouse= dead=0 title=✳ build\n"
  static let syncLines = [
    "digest hub 1795332699120 " + String(repeating: "a", count: 64), "slice hub 2048 300",
    "chain hub 1024", "want hub", "root 21 " + String(repeating: "0", count: 64), "differs", "end",
    "done 3",
  ]

  static func host(_ name: String) throws -> Host { try Host(validating: name) }

  static func key(_ number: UInt8) throws -> SigningKey {
    try SigningKey(seed: [UInt8](repeating: number, count: 32).span)
  }

  static func statement() throws -> Statement {
    let body = Array("tests green".utf8)
    return Statement(
      kind: .message, id: try id(), from: try Address(validating: "hub-dev-build"),
      fromHost: try host("hub"), to: try Address(validating: "worker-1-foo"),
      toHost: try host("worker-1"), toKey: try key(2).publicKey.fingerprint, time: time,
      expires: Timestamp(milliseconds: time.milliseconds + 300_000), length: body.count,
      digest: Digest.hex(Digest.blake2b256(body)))
  }

  private static func id() throws -> MessageID {
    try MessageID(validating: Base32.encode([UInt8](repeating: 7, count: 16)))
  }

  static func receipt() throws -> SignedReceipt {
    let statement = try statement().bytes
    let receipt = Receipt(
      id: try id(), fromHost: try host("hub"), toHost: try host("worker-1"),
      to: try Address(validating: "worker-1-foo"), statement: Digest.hex(Digest.sha256(statement)),
      disposition: Disposition(.submitted), time: time)
    return SignedReceipt(receipt, by: try key(2))
  }

  static func end() throws -> EndStatement {
    EndStatement(id: try id(), length: 11, digest: String(repeating: "a", count: 64))
  }

  static func signature() throws -> [UInt8] {
    SSHSignature.make(over: Array("x".utf8), namespace: "fuzz@agent-mesh", by: try key(1))
  }

  static func chain() throws -> KeyChain {
    var chain = KeyChain()
    chain.add(SignedRotation(host: try host("hub"), from: try key(1), to: try key(3), at: time))
    chain.add(SignedRevocation(host: try host("hub"), of: try key(1), at: time))
    return chain
  }

  static func pins() throws -> String {
    Pin(host: try host("hub"), key: try key(1).publicKey, note: "test").line + "\n"
  }

  static func slice() throws -> Slice {
    let entry = AgentEntry(
      address: try Address(validating: "hub-dev-build"), host: try host("hub"), target: "dev:1",
      session: "dev", window: "build", pane: 0, paneID: "%3", role: "agent", scope: "the build",
      command: "claude")
    return Slice(
      host: try host("hub"), serial: time.milliseconds, issued: time,
      expires: Timestamp(milliseconds: time.milliseconds + 604_800_000),
      signKey: try key(1).publicKey.openSSH, sealKey: String(repeating: "A", count: 43) + "=",
      agents: [entry])
  }
}
