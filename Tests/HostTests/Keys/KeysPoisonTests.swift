import Mesh
import MeshCrypto
import TestSupport
import Testing

@testable import MeshHost

/// Chains of keys that a thief or a relaying peer fills with junk, to leave no room for the owner's own statement.
@Suite struct KeysPoisonTests {
  /// A host `hub` that pinned the key made from seed 1 for `alice`.
  private struct World {
    let site: Site
    let alice: Host
    let trusted: TrustedKeys
    static let future = Timestamp(milliseconds: 253_370_764_800_000)

    init(_ sandbox: Sandbox) throws {
      try Files.makeDirectory(sandbox.home + "/.agents")
      try Files.write(sandbox.home + "/.agents/self.conf", "hub\n")
      try Files.write(sandbox.home + "/.agents/peers.conf", "alice\nmallory\n")
      site = try Site(Environment(["HOME": sandbox.home]))
      try KeyStore(site.home).initialise(host: site.host)
      alice = try Host(validating: "alice")
      _ = try PinStore(site.home).pin(
        try World.key(1).publicKey, for: alice, how: "test", at: site.now, replacing: false)
      trusted = try PinStore(site.home).trusted(try KeyStore(site.home).identity(site.host))
    }

    static func key(_ number: UInt8) throws -> SigningKey {
      try SigningKey(seed: [UInt8](repeating: number, count: 32).span)
    }

    /// What a peer sends, through the same reader as every sync.
    func hear(_ chain: KeyChain) throws {
      let exchange = try SyncExchange(site, trusted)
      let head = Array((SyncLine.chain(alice, length: chain.bytes.count).text + "\n").utf8)
      var incoming = Incoming(
        MemorySource(head + chain.bytes + Array((SyncLine.end.text + "\n").utf8)))
      var report = SyncReport()
      _ = try exchange.takeSlices(&incoming, &report, until: .now + .seconds(5))
    }

    func hear(_ records: SignedRevocation...) throws {
      var chain = KeyChain()
      for record in records { chain.add(record) }
      try hear(chain)
    }

    func hear(_ records: SignedRotation...) throws {
      var chain = KeyChain()
      for record in records { chain.add(record) }
      try hear(chain)
    }

    /// The chain that a third host would get from us.
    func handedOn() throws -> KeyChain { try site.slices.chain(of: alice, me: site.host) }

    func isRevoked(_ number: UInt8) throws -> Bool {
      try PinStore(site.home).revoked().contains(try World.key(number).publicKey)
    }

    func counts(_ number: UInt8) throws -> Bool {
      try PinStore(site.home).trusted(try KeyStore(site.home).identity(site.host))
        .keys(of: alice, for: .message, at: site.now).contains(try World.key(number).publicKey)
    }

    func rotation(_ old: UInt8, _ new: UInt8, _ time: Timestamp? = nil) throws -> SignedRotation {
      SignedRotation(
        host: alice, from: try World.key(old), to: try World.key(new), at: time ?? site.now)
    }

    func revocation(_ number: UInt8, _ time: Timestamp? = nil) throws -> SignedRevocation {
      SignedRevocation(host: alice, of: try World.key(number), at: time ?? site.now)
    }

    /// Eight keys of the thief, each naming the stolen key as its successor and revoking itself.
    func poison() throws -> KeyChain {
      var chain = KeyChain()
      for number in 101...108 as ClosedRange<UInt8> {
        chain.add(try rotation(number, 1, World.future))
        chain.add(try revocation(number, World.future))
      }
      return chain
    }
  }

  @Test func aRevocationTakesEffectThoughTheChainIsFullOfJunk() async throws {
    try await Sandbox.with { sandbox in
      let world = try World(sandbox)
      try world.hear(try world.poison())
      try world.hear(try world.revocation(1))
      #expect(try world.isRevoked(1))
      #expect(
        try world.handedOn().revocations.contains {
          try $0.revocation.key == World.key(1).publicKey
        })
    }
  }

  @Test func aRotationTakesEffectThoughTheChainIsFullOfJunk() async throws {
    try await Sandbox.with { sandbox in
      let world = try World(sandbox)
      try world.hear(try world.poison())
      try world.hear(try world.rotation(1, 2))
      #expect(try world.counts(2))
      #expect(
        try world.handedOn().rotations.contains { try $0.rotation.new == World.key(2).publicKey })
    }
  }

  /// Any pinned peer can make keys and sign anything with them.
  @Test func aCarrierCannotPushARevocationOut() async throws {
    try await Sandbox.with { sandbox in
      let world = try World(sandbox)
      try world.hear(try world.rotation(1, 2))
      try world.hear(try world.revocation(1))
      var junk = KeyChain()
      for number in 101...108 as ClosedRange<UInt8> {
        junk.add(try world.revocation(number, World.future))
      }
      try world.hear(junk)
      #expect(
        try world.handedOn().revocations.contains {
          try $0.revocation.key == World.key(1).publicKey
        })
    }
  }

  /// A key's holder can date signatures at will; a rotation dated in the future is ignored.
  @Test func aRotationFromTheFutureIsNotFollowed() async throws {
    try await Sandbox.with { sandbox in
      let world = try World(sandbox)
      try world.hear(try world.rotation(1, 3, World.future))
      #expect(try !world.counts(3))
      try world.hear(try world.rotation(1, 2))
      #expect(try world.counts(2))
    }
  }

  /// The thief's successor named its own successor before the owner's statement arrived.
  @Test func aConflictEndsEverythingThatFollowedFromTheKey() async throws {
    try await Sandbox.with { sandbox in
      let world = try World(sandbox)
      try world.hear(try world.rotation(1, 3), try world.rotation(3, 4))
      #expect(try world.counts(4))
      try world.hear(try world.rotation(1, 2))
      for number in 1...4 as ClosedRange<UInt8> { #expect(try !world.counts(number), "\(number)") }
    }
  }

  /// A revocation also ends the successors that the key named while it was stolen.
  @Test func aRevocationEndsTheSuccessorsThatTheKeyNamed() async throws {
    try await Sandbox.with { sandbox in
      let world = try World(sandbox)
      try world.hear(try world.rotation(1, 3), try world.rotation(3, 4))
      try world.hear(try world.revocation(1))
      for number in [1, 3, 4] as [UInt8] { #expect(try !world.counts(number), "\(number)") }
    }
  }
}
