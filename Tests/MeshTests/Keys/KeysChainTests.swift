import MeshCrypto
import TestSupport
import Testing

@testable import Mesh

/// Hosts, times and keys for tests of chains.
enum Chains {
  static func host(_ name: String = "alice") throws -> Host { try Host(validating: name) }
  static let start = Timestamp(milliseconds: 1_800_000_000_000)
  static func after(hours: Int64) -> Timestamp {
    Timestamp(milliseconds: start.milliseconds + hours * 3_600_000)
  }

  static func key(_ number: UInt8) throws -> SigningKey {
    let seed = [UInt8](repeating: number, count: 32)
    return try SigningKey(seed: seed.span)
  }

  static func rotation(
    _ from: UInt8, _ to: UInt8, at time: Timestamp = start, host name: String = "alice"
  ) throws -> SignedRotation {
    SignedRotation(host: try host(name), from: try key(from), to: try key(to), at: time)
  }

  static func revocation(_ number: UInt8, host name: String = "alice") throws -> SignedRevocation {
    SignedRevocation(host: try host(name), of: try key(number), at: start)
  }

  static func chain(_ records: SignedRotation...) -> KeyChain {
    var chain = KeyChain()
    for record in records { chain.add(record) }
    return chain
  }
}

@Suite struct KeysChainTests {
  @Test func whatIsWrittenIsRead() throws {
    var chain = Chains.chain(
      try Chains.rotation(1, 2), try Chains.rotation(2, 3, at: Chains.after(hours: 30)))
    chain.add(try Chains.revocation(1))
    #expect(try KeyChain(validating: chain.bytes) == chain)
    #expect(try KeyChain(validating: []) == KeyChain())
    #expect(chain.host == (try Chains.host()))
  }

  /// Any flipped bit, anywhere, is refused.
  @Test func everyBitCounts() throws {
    var chain = Chains.chain(try Chains.rotation(1, 2))
    chain.add(try Chains.revocation(3))
    let bytes = chain.bytes
    for index in bytes.indices {
      var other = bytes
      other[index] ^= 1 << (index % 8)
      #expect(throws: KeyChainError.self, "byte \(index)") { try KeyChain(validating: other) }
    }
  }

  @Test func everyCutIsRefused() throws {
    let bytes = Chains.chain(try Chains.rotation(1, 2)).bytes
    for count in 1..<bytes.count {
      #expect(throws: KeyChainError.self) { try KeyChain(validating: Array(bytes.prefix(count))) }
    }
    #expect(throws: KeyChainError.self) { try KeyChain(validating: bytes + [10]) }
  }

  @Test func lengthsThatCannotBeAreRefusedUnread() throws {
    let whole = (try Chains.revocation(1)).bytes
    for lengths in ["0 1", "1 0", "1025 1", "1 1025", "99999 99999", "500 500"] {
      let bytes = Array("AMSREV1 \(lengths)\n".utf8) + [UInt8](repeating: 10, count: 600)
      #expect(throws: KeyChainError.form(.length), "\(lengths)") {
        try KeyChain(validating: bytes)
      }
    }
    #expect(throws: KeyChainError.form(.length)) { try KeyChain(validating: whole.dropLast()) }
    #expect(throws: KeyChainError.form(.preamble)) { try KeyChain(validating: whole + [10]) }
  }

  /// Each key statement has one spelling: what is read is written the same.
  @Test(arguments: 0..<8) func keyStatementsHaveOneSpelling(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let rotation = try Chains.rotation(1, 2).rotation.bytes
    let revocation = try Chains.revocation(1).revocation.bytes
    for _ in 0..<300 {
      for bytes in [rotation, revocation] {
        var other = bytes
        let index = random.below(bytes.count)
        switch random.below(3) {
        case 0: other[index] = random.pick(Array(" :=-/+AZaz09\r\n\t".utf8), else: 0)
        case 1: other.insert(random.pick(Array(" :=-/+A0\r\n".utf8), else: 0), at: index)
        default: other.remove(at: index)
        }
        if let read = try? Rotation(validating: other) { #expect(read.bytes == other) }
        if let read = try? Revocation(validating: other) { #expect(read.bytes == other) }
      }
    }
    #expect(try Rotation(validating: rotation).bytes == rotation)
    #expect(try Revocation(validating: revocation).bytes == revocation)
  }

  @Test func aKeyIsNotItsOwnSuccessor() throws {
    let bytes = try Chains.rotation(1, 1).rotation.bytes
    #expect(throws: FormError.value("new")) { try Rotation(validating: bytes) }
  }

  /// A statement with fewer signatures than keys is none, whoever reads it.
  @Test func everyKeyOfAStatementSigns() throws {
    let whole = try Chains.rotation(1, 2)
    for count in 0...1 {
      #expect(throws: KeyChainError.signature) {
        try SignedStatement<Rotation>(whole.content.bytes, Array(whole.signatures.prefix(count)))
      }
    }
    #expect(try SignedStatement<Rotation>(whole.content.bytes, whole.signatures) == whole)
  }

  /// One key cannot sign for the other.
  @Test func bothKeysHaveToSign() throws {
    let good = try Chains.rotation(1, 2)
    let thief = try Chains.rotation(1, 3)
    let forged = good.asChain.bytes.count
    let text = String(decoding: good.asChain.bytes, as: UTF8.self)
    let stolen = String(decoding: thief.signatures[1], as: UTF8.self)
    let mixed = text.replacing(String(decoding: good.signatures[0], as: UTF8.self), with: stolen)
    #expect(mixed.utf8.count == forged)
    #expect(throws: KeyChainError.signature) { try KeyChain(validating: Array(mixed.utf8)) }
  }

  @Test func oneChainHasOneHost() throws {
    let two =
      try Chains.rotation(1, 2).asChain.bytes
      + (try Chains.rotation(3, 4, host: "bob")).asChain.bytes
    #expect(throws: KeyChainError.anotherHost) { try KeyChain(validating: two) }
  }

  /// Pins of `alice`, in this order.
  private func pins(_ numbers: UInt8...) throws -> [Pin] {
    try numbers.map { Pin(host: try Chains.host(), key: try Chains.key($0).publicKey, note: "x") }
  }

  private func kept(
    _ chain: KeyChain, _ pins: [Pin], _ revoked: RevokedKeys = RevokedKeys()
  ) -> KeyChain {
    chain.kept(pins, revoked, at: Chains.after(hours: 1000))
  }

  @Test func theLatestSixteenRotationsAreHandedOnAndEveryRevocation() throws {
    var chain = KeyChain()
    var all: [Pin] = []
    for number in 1...40 as ClosedRange<UInt8> {
      chain.add(try Chains.rotation(number, number + 1, at: Chains.after(hours: Int64(number))))
      chain.add(try Chains.revocation(number))
      all += try pins(number)
    }
    let kept = kept(chain, all)
    #expect(kept.rotations.count == 16)
    #expect(kept.rotations.last?.rotation.new == (try Chains.key(41).publicKey))
    #expect(kept.revocations.count == 40)
    #expect(kept.bytes.count <= KeyChain.limit)
    #expect(try KeyChain(validating: kept.bytes) == kept)
    #expect(throws: KeyChainError.tooLong) {
      try KeyChain(validating: [UInt8](repeating: 65, count: KeyChain.limit + 1))
    }
  }

  @Test func joiningDoesNotDependOnTheOrder() throws {
    let one = Chains.chain(try Chains.rotation(1, 2), try Chains.rotation(2, 3))
    var two = Chains.chain(try Chains.rotation(2, 3), try Chains.rotation(3, 4))
    two.add(try Chains.revocation(9))
    #expect(one.joined(two).bytes == two.joined(one).bytes)
    #expect(one.joined(two).hash == two.joined(one).hash)
    #expect(one.joined(one) == one)
    let other = (try Chains.rotation(1, 2, host: "bob")).asChain
    #expect(one.joined(other) == one)
  }

  @Test func onlyWhatLeadsToOrFromPinnedKeysIsKept() throws {
    var chain = Chains.chain(
      try Chains.rotation(1, 2), try Chains.rotation(2, 3), try Chains.rotation(3, 4),
      try Chains.rotation(7, 8))
    for number in [1, 3, 7] as [UInt8] { chain.add(try Chains.revocation(number)) }
    let kept = kept(chain, try pins(3))
    let old = Set(kept.rotations.map(\.rotation.old.fingerprint))
    #expect(old == Set(try prints(1, 2, 3)))
    #expect(Set(kept.revocations.map(\.revocation.key.fingerprint)) == Set(try prints(1, 3)))
    // The key was pinned and is revoked here, or a person revoked it.
    let seven = RevokedKeys([try Chains.key(7).publicKey])
    #expect(self.kept(chain, try pins(3), seven).revocations.count == 3)
  }

  private func prints(_ numbers: UInt8...) throws -> [String] {
    try numbers.map { try Chains.key($0).publicKey.fingerprint }
  }

  /// The holder of a key can invent any number of keys before and after it.
  @Test func madeUpKeysDoNotCrowdOutTheOthers() throws {
    var chain = Chains.chain(try Chains.rotation(2, 3, at: Chains.after(hours: 9)))
    for number in 100...130 as ClosedRange<UInt8> {
      chain.add(try Chains.rotation(number, 2, at: Chains.after(hours: 1)))
      chain.add(try Chains.rotation(2, number, at: Chains.after(hours: 2)))
      chain.add(try Chains.revocation(number))
    }
    chain.add(try Chains.revocation(2))
    let kept = kept(chain, try pins(2, 3))
    #expect(kept.rotations.count == 3)
    #expect(kept.rotations.contains { $0.rotation.new == (try? Chains.key(3))?.publicKey })
    #expect(kept.revocations.contains { $0.revocation.key == (try? Chains.key(2))?.publicKey })
    #expect(kept.revocations.count == 2)
  }

  @Test func whatIsDatedInTheFutureIsNotHandedOn() throws {
    let late = Chains.chain(try Chains.rotation(1, 2, at: Chains.after(hours: 2000)))
    #expect(kept(late, try pins(1)).isEmpty)
    let soon = Timestamp(milliseconds: Chains.after(hours: 1000).milliseconds + 60_000)
    #expect(!kept(Chains.chain(try Chains.rotation(1, 2, at: soon)), try pins(1)).isEmpty)
  }

  @Test func preparedRevocations() throws {
    let record = try Chains.revocation(5)
    #expect(try SignedRevocation(validating: record.bytes) == record)
    #expect(throws: KeyChainError.self) { try SignedRevocation(validating: []) }
    #expect(throws: KeyChainError.self) {
      try SignedRevocation(validating: record.bytes + record.bytes)
    }
    #expect(throws: KeyChainError.self) {
      try SignedRevocation(validating: try Chains.rotation(1, 2).asChain.bytes)
    }
  }

  @Test func aLineOfTheSync() throws {
    let line = SyncLine.chain(try Chains.host(), length: 812)
    #expect(line.text == "chain alice 812")
    #expect(SyncLine(Array(line.text.utf8)) == line)
    for bad in [
      "chain alice 65537", "chain alice", "chain Alice 1", "chain alice 01", "chain alice 1 2",
    ] {
      #expect(SyncLine(Array(bad.utf8)) == nil)
    }
  }

  /// A chain that one side lacks is sent once, whatever the serials.
  @Test func theDigestTellsOfChains() throws {
    let alice = try Chains.host()
    let chain = Chains.chain(try Chains.rotation(1, 2))
    let slice = String(repeating: "a", count: 64)
    let with = Ratchet.Entry(serial: 5, hash: SyncDigest.hash(slice: slice, chain: chain))
    let without = Ratchet.Entry(serial: 5, hash: SyncDigest.hash(slice: slice, chain: KeyChain()))
    let alone = Ratchet.Entry(serial: 0, hash: SyncDigest.hash(slice: nil, chain: chain))
    let nothing = Ratchet.Entry(serial: 0, hash: "-")
    #expect(without.hash == slice)
    func plan(_ ours: Ratchet.Entry, _ theirs: Ratchet.Entry) -> (give: Bool, want: Bool) {
      let plan = SyncPlan.compare(ours: [alice: ours], theirs: [alice: theirs], wanted: [alice])
      return (plan.give == [alice], plan.want == [alice])
    }
    #expect(plan(with, without).give && plan(with, without).want)
    #expect(plan(without, with).want)
    #expect(plan(with, alone).give && plan(with, alone).want)
    #expect(plan(alone, with).give && plan(alone, with).want)
    #expect(plan(with, nothing) == (true, false))
    #expect(plan(with, with) == (false, false))
    #expect(plan(alone, alone) == (false, false))
  }
}

extension SignedRotation {
  var asChain: KeyChain { Chains.chain(self) }
}
