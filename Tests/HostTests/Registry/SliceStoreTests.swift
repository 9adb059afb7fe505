import Mesh
import MeshCrypto
import MeshHost
import TestSupport
import Testing

/// The conditions under which a peer's slice is accepted.
@Suite struct SliceStoreTests {
  private struct World {
    let home: String
    let store: SliceStore
    let trusted: TrustedKeys
    let now = Timestamp(milliseconds: Clock.now)
    let bob: Host
  }

  private static func run(_ body: (World, borrowing SigningKey) throws -> Void) async throws {
    try await Sandbox.with { sandbox in
      let key = try SigningKey.generate()
      let bob = try Host(validating: "bob")
      let pins = AllowedSigners([Pin(host: bob, key: key.publicKey, note: "test")])
      let world = World(
        home: sandbox.home, store: SliceStore(AgentsHome(home: sandbox.home)),
        trusted: TrustedKeys(
          pins: pins, revoked: RevokedKeys(), me: try Host(validating: "alice")), bob: bob)
      try body(world, key)
    }
  }

  private static func slice(
    _ world: World, serial: Int64? = nil, names: [String] = ["bob-main-first"]
  ) throws -> Slice {
    let agents = try names.map { name in
      AgentEntry(
        address: try Address(validating: name), host: world.bob, target: "main:0", session: "main",
        window: "first", pane: 0, paneID: "%0", role: "r", scope: "s", command: "cat")
    }
    return Slice(
      host: world.bob, serial: serial ?? world.now.milliseconds, issued: world.now,
      expires: Timestamp(milliseconds: world.now.milliseconds + 86_400_000),
      signKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEt6+ex4pCzGXUiSw6h1nPtxqCC7TxRX99uECLYjam0B",
      sealKey: "v3IoVdnKXhCRtZYHBP+vSaLEAX5d/X8ktHX+tcwtnUY=", agents: agents)
  }

  private static func offer(_ signed: SignedSlice, _ world: World) throws -> SliceOffer {
    try world.store.offer(signed, of: world.bob, trusted: world.trusted, at: world.now)
  }

  private static func stored(_ world: World) throws -> StoredSlice? {
    try world.store.slice(
      of: world.bob, trusted: world.trusted, me: try Host(validating: "alice"), at: world.now)
  }

  @Test func aSignedSliceCountsAndTheSameIsTheSame() async throws {
    try await Self.run { world, key in
      let signed = SignedSlice(try Self.slice(world), by: key)
      #expect(try Self.offer(signed, world) == .accepted)
      #expect(try Self.offer(signed, world) == .same)
      #expect(try Self.stored(world)?.slice.agents.count == 1)
    }
  }

  @Test func rollbackEquivocationAndFutureAreRefusedAndTheFirstStays() async throws {
    try await Self.run { world, key in
      let first = SignedSlice(try Self.slice(world), by: key)
      #expect(try Self.offer(first, world) == .accepted)
      let old = try Self.slice(world, serial: world.now.milliseconds - 5)
      #expect(try Self.offer(SignedSlice(old, by: key), world) == .rollback)
      let other = try Self.slice(world, names: ["bob-other-window"])
      #expect(try Self.offer(SignedSlice(other, by: key), world) == .equivocation)
      let late = try Self.slice(world, serial: world.now.milliseconds + 365 * 86_400_000)
      #expect(try Self.offer(SignedSlice(late, by: key), world) == .future)
      #expect(try Self.stored(world)?.signed == first)
    }
  }

  /// A slice's expiry is chosen by its owner, or by a thief: its seal key must not stay valid for ever.
  @Test func aSliceCountsForEightDaysWhateverItPromises() async throws {
    try await Self.run { world, key in
      var long = try Self.slice(world)
      long.expires = Timestamp(milliseconds: 253_370_764_800_000)
      #expect(try Self.offer(SignedSlice(long, by: key), world) == .accepted)
      #expect(try Self.stored(world)?.isStale == false)
      let later = Timestamp(milliseconds: world.now.milliseconds + 9 * 86_400_000)
      let me = try Host(validating: "alice")
      let then = try world.store.slice(of: world.bob, trusted: world.trusted, me: me, at: later)
      #expect(then?.isStale == true)
      // The owner cannot choose the issue date freely either.
      long.issued = Timestamp(milliseconds: world.now.milliseconds + 120_000)
      long.serial += 1
      #expect(try Self.offer(SignedSlice(long, by: key), world) == .future)
    }
  }

  @Test func unsignedForeignAndMalformedOnesAreRefused() async throws {
    try await Self.run { world, key in
      let good = SignedSlice(try Self.slice(world), by: key)
      let stranger = try SigningKey.generate()
      let cases: [(SignedSlice, SliceTrustError)] = [
        (SignedSlice(bytes: good.bytes, signature: []), .signature),
        (SignedSlice(bytes: good.bytes + [10], signature: good.signature), .signature),
        (SignedSlice(try Self.slice(world), by: stranger), .signature),
      ]
      for (signed, error) in cases { #expect(try Self.offer(signed, world) == .refused(error)) }
      #expect(try Self.stored(world) == nil)
    }
  }

  @Test func whatIsMalformedThoughSignedIsRefused() async throws {
    try await Self.run { world, key in
      let texts = [
        "[[[a]]", "[mesh]\nversion = 1\n", "\u{0}", String(repeating: "#\n", count: 150_000),
        (0..<100_000).map { "[agents.bob-w\($0)]\n" }.joined(),
        (0..<9_000).map { "[agents.bob-w\($0)]\n" }.joined(),
        "[a" + String(repeating: ".a", count: 100_000) + "]\n",
        "a = " + String(repeating: "[", count: 100_000),
        String(repeating: "a = { ", count: 40_000), String(repeating: "[a]\n", count: 60_000),
      ]
      let begin = ContinuousClock.now
      for text in texts {
        let bytes = Array(text.utf8)
        let signature = SSHSignature.make(
          over: bytes, namespace: Namespace.slice.rawValue, by: key)
        let offer = try Self.offer(SignedSlice(bytes: bytes, signature: signature), world)
        guard case .refused = offer else {
          Issue.record("taken: \(text.prefix(20))")
          continue
        }
      }
      #expect(ContinuousClock.now - begin < .seconds(10))
      #expect(try Self.stored(world) == nil)
    }
  }

  @Test func anotherHostsAddressIsLeftOutAndTheRestCounts() async throws {
    try await Self.run { world, key in
      let slice = try Self.slice(world, names: ["bob-main-first", "alice-main-first"])
      #expect(try Self.offer(SignedSlice(slice, by: key), world) == .accepted)
      let kept = try Self.stored(world)?.slice.agents.map(\.address.text)
      #expect(kept == ["bob-main-first"])
    }
  }

  @Test func aRatchetThatIsAheadKeepsAnOlderFileOut() async throws {
    try await Self.run { world, key in
      let first = SignedSlice(try Self.slice(world, serial: world.now.milliseconds - 9), by: key)
      let second = SignedSlice(try Self.slice(world), by: key)
      #expect(try Self.offer(first, world) == .accepted)
      #expect(try Self.offer(second, world) == .accepted)
      // Another account with access to the folder puts the old slice back.
      let folder = world.home + "/.agents/slices"
      try Files.write(folder + "/bob.toml", first.bytes)
      try Files.write(folder + "/bob.toml.sig", first.signature)
      #expect(try Self.stored(world) == nil)
      #expect(try Self.offer(second, world) == .accepted)
      #expect(try Self.stored(world)?.signed == second)
    }
  }
}
