import Mesh
import MeshCrypto
import TestSupport
import Testing

/// Random histories of one host's keys, as other hosts receive them: rotations and revocations by
/// the owner, junk by a thief who holds some of the keys, in any order, relayed by honest and by
/// hostile peers.
@Suite struct KeysHistoryTests {
  /// A host that receives statements about `alice`'s keys.
  private struct Hearer {
    var pins: AllowedSigners
    var revoked = RevokedKeys()
    var chain = KeyChain()
    /// The keys whose revocation arrived while they were pinned here.
    var heard: Set<VerifyingKey> = []

    init(pinning key: VerifyingKey) throws {
      pins = AllowedSigners([Pin(host: try Chains.host(), key: key, note: "x")])
    }

    var pinned: Set<VerifyingKey> { Set(pins.pins.map(\.key)) }

    mutating func hear(_ offered: KeyChain, at now: Timestamp) throws {
      let alice = try Chains.host()
      let all = chain.joined(offered)
      _ = pins.follow(all, of: alice, revoked: &revoked, at: now)
      // As stored on disk.
      pins = try AllowedSigners(validating: pins.bytes)
      chain = all.kept(pins.pins(of: alice), revoked, at: now)
      heard.formUnion(
        offered.revocations.map(\.revocation.key).filter { pinned.contains($0) })
    }
  }

  /// Keys by number; each statement is signed once.
  private final class Signed {
    private var keys: [UInt8: SignedRevocation] = [:]
    private var rotations: [String: SignedRotation] = [:]

    func rotation(_ old: UInt8, _ new: UInt8, _ hours: Int64) throws -> SignedRotation {
      let name = "\(old) \(new) \(hours)"
      if let made = rotations[name] { return made }
      let made = try Chains.rotation(old, new, at: Chains.after(hours: hours))
      rotations[name] = made
      return made
    }

    func revocation(_ number: UInt8) throws -> SignedRevocation {
      if let made = keys[number] { return made }
      let made = try Chains.revocation(number)
      keys[number] = made
      return made
    }
  }

  private let signed = Signed()
  private static let dates: [Int64] = [-9000, -1, 0, 1, 5, 30, 60, 1_000_000]

  /// A random choice of what keys 1…6 and the thief's 101…140 could have signed.
  private func junk(
    _ stolen: ClosedRange<UInt8>, _ dice: inout SeededGenerator
  ) throws -> KeyChain {
    var chain = KeyChain()
    let thieves: ClosedRange<UInt8> = 101...112
    let all = Array(stolen) + Array(thieves)
    for _ in 0..<Int.random(in: 0...20, using: &dice) {
      let (old, new) = (all.randomElement(using: &dice) ?? 1, all.randomElement(using: &dice) ?? 1)
      if Bool.random(using: &dice), old != new {
        chain.add(
          try signed.rotation(old, new, Self.dates.randomElement(using: &dice) ?? 0))
      } else {
        // A revocation of a key that the owner never had: one of the thief's.
        chain.add(try signed.revocation(thieves.randomElement(using: &dice) ?? 101))
      }
    }
    return chain
  }

  @Test(arguments: 0..<24) func aRevocationOfAPinnedKeyHoldsForEverAndIsHandedOn(_ seed: UInt64)
    throws
  {
    var dice = SeededGenerator(seed: seed)
    var hosts = try (0..<4).map { _ in
      try Hearer(pinning: try Chains.key(UInt8.random(in: 1...3, using: &dice)).publicKey)
    }
    var own = KeyChain()
    var (current, hours): (UInt8, Int64) = (1, 0)
    for _ in 0..<40 {
      hours += Int64.random(in: 0...8, using: &dice)
      let now = Chains.after(hours: hours)
      let to = Int.random(in: hosts.indices, using: &dice)
      switch Int.random(in: 0..<6, using: &dice) {
      case 0 where current < 6:
        own.add(try signed.rotation(current, current + 1, hours))
        current += 1
      case 1: own.add(try signed.revocation(UInt8.random(in: 1...current, using: &dice)))
      case 2: try hosts[to].hear(own, at: now)
      case 3, 4: try hosts[to].hear(try junk(1...6, &dice), at: now)
      default:
        let from = Int.random(in: hosts.indices, using: &dice)
        let carried = try KeyChain(validating: hosts[from].chain.bytes)
        try hosts[to].hear(carried, at: now)
        for key in hosts[from].heard where hosts[to].pinned.contains(key) {
          #expect(hosts[to].revoked.contains(key), "handed on")
        }
      }
      try check(hosts)
    }
  }

  private func check(_ hosts: [Hearer]) throws {
    for host in hosts {
      #expect(host.heard.isSubset(of: host.revoked.keys))
      let handedOn = Set(host.chain.revocations.map(\.revocation.key))
      #expect(host.heard.isSubset(of: handedOn))
      #expect(host.chain.bytes.count <= KeyChain.limit)
      #expect(host.pins.pins.count <= 1 + AllowedSigners.mostSuccessors)
    }
  }

  /// Without a thief, every host ends with the owner's key, whichever it pinned
  /// first and however it received the statements. All hosts pass on the same
  /// bytes, so two of them have nothing to exchange.
  @Test(arguments: 0..<12) func honestHistoriesEndAlikeEverywhere(_ seed: UInt64) throws {
    var dice = SeededGenerator(seed: 1000 + seed)
    var own = KeyChain()
    var pieces: [KeyChain] = []
    for number in 1...5 as ClosedRange<UInt8> {
      let record = try signed.rotation(number, number + 1, Int64(number) * 30)
      own.add(record)
      pieces.append(Chains.chain(record))
    }
    let now = Chains.after(hours: 200)
    var hosts = try (1...6 as ClosedRange<UInt8>).map { number in
      try Hearer(pinning: try Chains.key(number).publicKey)
    }
    for index in hosts.indices {
      for piece in pieces.shuffled(using: &dice) { try hosts[index].hear(piece, at: now) }
      let from = Int.random(in: hosts.indices, using: &dice)
      try hosts[index].hear(hosts[from].chain, at: now)
      try hosts[index].hear(own, at: now)
    }
    for host in hosts {
      let keys = host.pins.keys(of: try Chains.host(), for: .message, at: now)
      #expect(keys == [try Chains.key(6).publicKey])
      #expect(host.chain.hash == own.hash)
    }
  }
}
