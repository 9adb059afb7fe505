import Mesh
import MeshCrypto
import TestSupport
import Testing

/// A sample slice. Its keys are well-formed but belong to nobody.
enum RegistrySample {
  static let signKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" + String(repeating: "A", count: 43)
  static let sealKey = String(repeating: "A", count: 43) + "="

  static func entry(_ address: String, host: String = "hub", pane: Int = 0) throws -> AgentEntry {
    AgentEntry(
      address: try Address(validating: address), host: try Host(validating: host), target: "dev:1",
      session: "dev", window: "build", pane: pane, paneID: "%\(pane + 3)",
      role: "Claude Code agent",
      scope: "the build", command: "claude")
  }

  static func slice(_ host: String = "hub", _ agents: [AgentEntry]) throws -> Slice {
    Slice(
      host: try Host(validating: host), serial: 1_795_332_699_120,
      issued: Timestamp(milliseconds: 1_795_332_699_120),
      expires: Timestamp(milliseconds: 1_795_937_499_120), signKey: signKey, sealKey: sealKey,
      agents: agents)
  }
}

@Suite struct RegistrySliceTests {
  private let text = """
    [mesh]
    version = 1
    host = "hub"
    serial = 1795332699120
    issued = "2026-11-22T07:31:39.120Z"
    expires = "2026-11-29T07:31:39.120Z"
    sign_key = "\(RegistrySample.signKey)"
    seal_key = "\(RegistrySample.sealKey)"

    [agents.hub-dev-build]
    host = "hub"
    target = "dev:1"
    session = "dev"
    window = "build"
    pane = 0
    pane_id = "%3"
    role = "Claude Code agent"
    scope = "the build"
    command = "claude"

    """

  private func decode(replacing old: String = "", by new: String = "") throws -> Slice {
    let changed = old.isEmpty ? text : text.replacing(old, with: new, maxReplacements: 1)
    try #require(old.isEmpty || changed != text)
    return try SliceText.decode(Array(changed.utf8))
  }

  @Test func theFormOfThePage() throws {
    let slice = try RegistrySample.slice("hub", [RegistrySample.entry("hub-dev-build")])
    #expect(String(decoding: SliceText.encode(slice), as: UTF8.self) == text)
    #expect(try decode() == slice)
  }

  @Test(arguments: [
    ("version = 1", "version = 2", SliceError.version),
    ("version = 1", "version = \"1\"", .malformed(key: "version")),
    ("host = \"hub\"", "host = \"Hub\"", .malformed(key: "host")),
    ("serial = 1795332699120", "serial = -1", .malformed(key: "serial")),
    ("serial = 1795332699120\n", "", .malformed(key: "serial")),
    ("issued = \"2026", "issued = \"2027", .malformed(key: "expires")),
    ("07:31:39.120Z", "07:31:39Z", .malformed(key: "issued")),
    ("ssh-ed25519 AAAA", "ssh-rsa AAAA", .malformed(key: "sign_key")),
    ("AAAAIA", "AAAAIQ", .malformed(key: "sign_key")),
    ("AAAAA\"\nseal", "AAAAA x\"\nseal", .malformed(key: "sign_key")),
    ("seal_key = \"AAAA", "seal_key = \"AAA", .malformed(key: "seal_key")),
    ("A=\"", "B=\"", .malformed(key: "seal_key")),
    ("[agents.hub-dev-build]", "[agents.Hub]", .malformed(key: "agents")),
    ("pane = 0", "pane = -1", .malformed(key: "pane")),
    ("pane = 0", "pane = 10000", .malformed(key: "pane")),
    ("\"%3\"", "\"%3;kill-server\"", .malformed(key: "pane_id")),
    ("\"%3\"", "\"\"", .malformed(key: "pane_id")),
    ("role = \"Claude Code agent\"\n", "", .malformed(key: "role")),
    ("[mesh]", "[[mesh]]", .toml(.line(1, "an array of tables"))),
  ])
  func malformed(old: String, new: String, wanted: SliceError) {
    #expect(throws: wanted) { try decode(replacing: old, by: new) }
  }

  @Test func laterKeysArePassedOver() throws {
    #expect(try decode(replacing: "pane = 0", by: "pane = 0\nmood = \"good\"") == decode())
    #expect(try decode(replacing: "version = 1", by: "version = 1\nchain = [\"x\"]") == decode())
  }

  @Test func onlyTheOwnersEntriesCount() throws {
    let slice = try RegistrySample.slice(
      "a",
      [
        RegistrySample.entry("a-x", host: "a"), RegistrySample.entry("a", host: "a"),
        RegistrySample.entry("a-b-c", host: "a"), RegistrySample.entry("a-b", host: "a"),
        RegistrySample.entry("a-bc", host: "a"), RegistrySample.entry("ab-c", host: "a"),
        RegistrySample.entry("c-d", host: "a"), RegistrySample.entry("a-y", host: "b"),
      ])
    let hosts = try ["a", "a-b", "b"].map { try Host(validating: $0) }
    let (kept, foreign) = slice.owned(knownHosts: hosts)
    #expect(kept.agents.map(\.address.text) == ["a-x", "a", "a-bc"])
    #expect(foreign.map(\.text) == ["a-b-c", "a-b", "ab-c", "c-d", "a-y"])
    #expect(kept.serial == slice.serial)
    #expect(slice.owned(knownHosts: []).slice.agents.count == 5)
  }

  @Test(arguments: 0..<20)
  func anyTextSurvives(seed: Int) throws {
    var random = SeededGenerator(seed: UInt64(seed))
    var agents: [AgentEntry] = []
    for number in 0..<8 {
      var entry = try RegistrySample.entry("hub-w\(number)~2", pane: number)
      (entry.session, entry.window) = (random.nasty(8), random.nasty(8))
      (entry.target, entry.role) = (random.nasty(8), random.nasty(20))
      (entry.scope, entry.command) = (random.nasty(20), random.nasty(5))
      entry.server = Bool.random(using: &random) ? random.nasty(4) : nil
      agents.append(entry)
    }
    let slice = try RegistrySample.slice("hub", agents)
    let again = try SliceText.decode(SliceText.encode(slice))
    #expect(again == slice)
    #expect(again.agents.map { Array($0.role.utf8) } == agents.map { Array($0.role.utf8) })
  }

  /// A slice with some bytes changed never traps; if it still parses, it
  /// survives writing and reading.
  @Test(arguments: 0..<20)
  func mutated(seed: Int) throws {
    var random = SeededGenerator(seed: UInt64(50 + seed))
    for _ in 0..<100 {
      var bytes = Array(text.utf8)
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        bytes[place] = UInt8.random(in: 0x20...0x7E, using: &random)
      }
      guard let slice = try? SliceText.decode(bytes) else { continue }
      #expect(try SliceText.decode(SliceText.encode(slice)) == slice)
    }
  }

  @Test func bounds() throws {
    let many = try (0..<4097).map { try RegistrySample.entry("hub-w\($0)") }
    let slice = try RegistrySample.slice("hub", many)
    #expect(throws: SliceError.tooManyAgents) { try SliceText.decode(SliceText.encode(slice)) }
    let (kept, left) = slice.fitting()
    #expect(kept.agents.count == 4096 && left.map(\.text) == ["hub-w4096"])
    let fewer = try RegistrySample.slice("hub", Array(many.prefix(4000)))
    #expect(kept.isFull && !fewer.isFull)
    #expect(kept.agents == Array(many.prefix(4096)))
    // 2,000 panes, each in a window of its own.
    #expect(SliceText.encode(kept).count < SignedSlice.limit)
    #expect(try SliceText.decode(SliceText.encode(kept)) == kept)
  }

  /// Tables of any name and any indentation are counted before the slice is parsed.
  @Test(arguments: ["", " ", "\t \t"]) func manyTablesAreRefusedUnread(indentation: String) {
    let tables = (0..<4097).map { "\(indentation)[other.t\($0)]\n" }.joined()
    #expect(throws: SliceError.tooManyAgents) {
      try SliceText.decode(Array((text + tables).utf8))
    }
  }

  @Test func longTextsAreCutThenEntriesLeftOut() throws {
    let many = try (0..<4096).map { number in
      var entry = try RegistrySample.entry("hub-w\(number)")
      entry.role = String(repeating: "\u{1}", count: 10_000)
      entry.window = String(repeating: "é", count: 300)
      return entry
    }
    let (kept, left) = try RegistrySample.slice("hub", many).fitting()
    let bytes = SliceText.encode(kept)
    #expect(bytes.count <= SignedSlice.limit && bytes.count > SignedSlice.limit - 4000)
    #expect(kept.agents.count + left.count == 4096 && !left.isEmpty)
    #expect(kept.agents.allSatisfy { $0.role.utf8.count <= 256 && $0.window.hasSuffix("é…") })
    #expect(try SliceText.decode(bytes) == kept)
  }

  @Test func sameContent() throws {
    let (one, two) = (try RegistrySample.entry("hub-a"), try RegistrySample.entry("hub-b"))
    let slice = try RegistrySample.slice("hub", [one, two])
    var later = try RegistrySample.slice("hub", [two, one])
    later.serial += 5
    later.expires = .last
    #expect(slice.says(theSameAs: later))
    later.agents[0].role = "other"
    #expect(!slice.says(theSameAs: later))
  }
}

@Suite struct RegistrySignedSliceTests {
  private let hub: Signer
  private let other: Signer
  private let slice: Slice

  init() throws {
    hub = try Signer("hub", seed: 1)
    other = try Signer("other", seed: 2)
    slice = try RegistrySample.slice("hub", [RegistrySample.entry("hub-dev-build")])
  }

  private func refusal(
    _ signed: SignedSlice, as host: Host? = nil, pins: [Pin]? = nil, revoked: [VerifyingKey] = []
  ) -> SliceTrustError? {
    thrown { () throws(SliceTrustError) in
      try signed.verified(
        as: host ?? hub.host, pins: AllowedSigners(pins ?? [hub.pin, other.pin]),
        revoked: RevokedKeys(Set(revoked)), at: slice.issued)
    }
  }

  @Test func onlyAPinnedKeyOfItsHostIsBelieved() throws {
    let good = SignedSlice(slice, by: hub.key)
    #expect(refusal(good) == nil)
    #expect(refusal(good, pins: [other.pin]) == .unpinned)
    #expect(refusal(good, revoked: [hub.publicKey]) == .unpinned)
    #expect(refusal(SignedSlice(slice, by: other.key)) == .signature)
    #expect(refusal(SignedSlice(bytes: good.bytes, signature: [])) == .signature)
    let asMessage = hub.sign(good.bytes, as: .message)
    #expect(refusal(SignedSlice(bytes: good.bytes, signature: asMessage)) == .signature)
  }

  @Test func anotherHostsSliceIsRefused() throws {
    let theirs = try RegistrySample.slice("other", [])
    #expect(refusal(SignedSlice(theirs, by: hub.key)) == .anotherHost)
  }

  /// The signature is not looked at: that would hash the bytes.
  @Test func tooManyBytesAreRefusedUnread() throws {
    let long = [UInt8](repeating: 10, count: SignedSlice.limit + 1)
    let signed = SignedSlice(bytes: long, signature: hub.sign(long, as: .slice))
    #expect(refusal(signed) == .signature)
  }

  @Test func whatIsSignedButNoSliceSaysWhy() throws {
    let signed = SignedSlice(bytes: [10], signature: hub.sign([10], as: .slice))
    #expect(refusal(signed) == .malformed(.malformed(key: "version")))
  }
}

@Suite struct RegistrySerialTests {
  @Test(
    arguments: [
      (1000, nil, 1000), (1000, 999, 1000), (1000, 1000, 1001), (1000, 1500, 1501),
      (1000, 61_000, 61_001),
      (1000, 61_001, 1000), (1000, .max, 1000), (.max, .max, .max), (.max, 5, .max),
    ] as [(Int64, Int64?, Int64)])
  func next(now: Int64, last: Int64?, wanted: Int64) {
    #expect(Serial.next(now: now, last: last) == wanted)
  }

  private let one = String(repeating: "1", count: 64)
  private let two = String(repeating: "2", count: 64)

  @Test func ratchet() throws {
    let host = try Host(validating: "hub")
    var ratchet = Ratchet()
    #expect(ratchet.judge(host: host, serial: 100, hash: one, now: 100) == .accept)
    ratchet.note(host: host, serial: 100, hash: one)
    #expect(ratchet.judge(host: host, serial: 100, hash: one, now: 100) == .same)
    #expect(ratchet.judge(host: host, serial: 100, hash: two, now: 100) == .equivocation)
    #expect(ratchet.judge(host: host, serial: 99, hash: one, now: 100) == .rollback)
    #expect(ratchet.judge(host: host, serial: 101, hash: two, now: 100) == .accept)
    #expect(ratchet.judge(host: host, serial: 60_100, hash: two, now: 100) == .accept)
    #expect(ratchet.judge(host: host, serial: 60_101, hash: two, now: 100) == .future)
    // The serial only goes up, and a hash that the file could not store is refused.
    ratchet.note(host: host, serial: 100, hash: two)
    ratchet.note(host: host, serial: 99, hash: two)
    ratchet.note(host: host, serial: 200, hash: "x y")
    #expect(ratchet[host] == Ratchet.Entry(serial: 100, hash: one))
    ratchet.note(host: host, serial: 101, hash: two)
    ratchet.note(host: try Host(validating: "a"), serial: 0, hash: one)
    #expect(String(decoding: ratchet.encoded, as: UTF8.self) == "a 0 \(one)\nhub 101 \(two)\n")
    #expect(try Ratchet(parsing: ratchet.encoded) == ratchet)
    #expect(try Ratchet(parsing: []) == Ratchet())
  }

  @Test(arguments: [
    ("hub 1 X", 1), ("hub 1 X\n", 1), ("hub 1 H\nhub 2 H\n", 2), ("Hub 1 H\n", 1),
    ("hub -1 H\n", 1),
    ("hub 01 H\n", 1), ("hub 1  H\n", 1), ("hub 1 H", 1), ("hub 1 H\n\n", 2), ("hub 1 H x\n", 1),
    ("hub 9223372036854775808 H\n", 1), ("hub 1 H\r\n", 1),
  ])
  func badRatchetFile(text: String, line: Int) {
    let parts = text.split(separator: "H", omittingEmptySubsequences: false)
    let whole = parts.joined(separator: text.hasPrefix("Hub") ? "H" : one)
    #expect(throws: RatchetError.line(line)) { try Ratchet(parsing: Array(whole.utf8)) }
  }
}
