import Mesh
import MeshCrypto
import TestSupport
import Testing

@testable import MeshHost

/// An address's owner does not depend on which hosts we trust at the moment.
@Suite struct KeysOwnerTests {
  private struct World {
    let site: Site
    let build: Host
    let arm: Host

    init(_ sandbox: Sandbox, peers: String) throws {
      try Files.makeDirectory(sandbox.home + "/.agents")
      try Files.write(sandbox.home + "/.agents/self.conf", "hub\n")
      try Files.write(sandbox.home + "/.agents/peers.conf", peers)
      site = try Site(Environment(["HOME": sandbox.home]))
      try KeyStore(site.home).initialise(host: site.host)
      (build, arm) = (try Host(validating: "build"), try Host(validating: "build-arm"))
    }

    var pins: PinStore { PinStore(site.home) }

    func pin(_ host: Host, _ number: UInt8, byPerson: Bool = false) throws -> Pinning {
      let key = try SigningKey(seed: [UInt8](repeating: number, count: 32).span)
      return try pins.pin(
        key.publicKey, for: host, how: "test", at: site.now, byPerson: byPerson)
    }

    var trusted: TrustedKeys {
      get throws { try pins.trusted(try KeyStore(site.home).identity(site.host)) }
    }

    func owner() throws -> Host? {
      try Address(validating: "build-arm-ci-1").owner(among: try trusted.hosts)
    }
  }

  @Test func aDistrustedHostKeepsItsAddresses() async throws {
    try await Sandbox.with { sandbox in
      let world = try World(sandbox, peers: "build\n")
      _ = try world.pin(world.build, 1)
      _ = try world.pin(world.arm, 2)
      #expect(try world.owner() == world.arm)
      #expect(try world.pins.distrust(world.arm, at: world.site.now).count == 1)
      #expect(try world.owner() == world.arm)
      #expect(try world.trusted.keys(of: world.arm, for: .message, at: world.site.now).isEmpty)
      #expect(try world.pins.distrust(world.arm, at: world.site.now).isEmpty)
      // An introduction does not bring the key back; a person can.
      guard case .distrusted = try world.pin(world.arm, 2) else {
        Issue.record("pinned again")
        return
      }
      #expect(try world.owner() == world.arm)
      guard case .pinned = try world.pin(world.arm, 2, byPerson: true) else {
        Issue.record("not pinned by a person")
        return
      }
      #expect(try !world.trusted.keys(of: world.arm, for: .message, at: world.site.now).isEmpty)
    }
  }

  @Test func aPeerThatIsNotPinnedYetOwnsItsAddresses() async throws {
    try await Sandbox.with { sandbox in
      let world = try World(sandbox, peers: "build\nbuild-arm\n")
      _ = try world.pin(world.build, 1)
      #expect(try world.owner() == world.arm)
    }
  }

  /// The host's pin was removed from the file after its slice had been accepted.
  @Test func aHostWhoseSliceWasTakenOwnsItsAddresses() async throws {
    try await Sandbox.with { sandbox in
      let world = try World(sandbox, peers: "build\n")
      _ = try world.pin(world.build, 1)
      let state = sandbox.home + "/.agents/state"
      try Files.makeDirectory(state)
      try Files.write(
        state + "/serials", "build-arm 1 \(String(repeating: "a", count: 64))\n")
      #expect(try world.owner() == world.arm)
      #expect(try world.pins.forget(world.arm))
      #expect(try world.owner() == world.build)
    }
  }
}
