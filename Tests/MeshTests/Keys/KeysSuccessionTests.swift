import Mesh
import MeshCrypto
import Testing

@Suite struct KeysSuccessionTests {
  private func pinned(_ number: UInt8) throws -> AllowedSigners {
    AllowedSigners([Pin(host: try Chains.host(), key: try Chains.key(number).publicKey, note: "x")])
  }

  private func counting(_ pins: AllowedSigners, _ hours: Int64) throws -> [VerifyingKey] {
    pins.keys(of: try Chains.host(), for: .message, at: Chains.after(hours: hours))
  }

  private func keys(_ numbers: UInt8...) throws -> [VerifyingKey] {
    var keys: [VerifyingKey] = []
    for number in numbers { keys.append(try Chains.key(number).publicKey) }
    return keys
  }

  private func follow(
    _ pins: inout AllowedSigners, _ chain: KeyChain, _ revoked: inout RevokedKeys, hours: Int64 = 0
  ) throws -> [KeyEvent] {
    pins.follow(chain, of: try Chains.host(), revoked: &revoked, at: Chains.after(hours: hours))
  }

  private func follow(
    _ pins: inout AllowedSigners, _ chain: KeyChain, hours: Int64 = 0
  ) throws -> [KeyEvent] {
    var none = RevokedKeys()
    return try follow(&pins, chain, &none, hours: hours)
  }

  @Test func bothCountForADayThenTheNewOneAlone() throws {
    var pins = try pinned(1)
    let chain = Chains.chain(try Chains.rotation(1, 2))
    let events = try follow(&pins, chain)
    #expect(events.map(\.word) == ["rotated"])
    #expect(try counting(pins, 0) == keys(1, 2))
    #expect(try counting(pins, 23) == keys(1, 2))
    #expect(try counting(pins, 24) == keys(2))
  }

  @Test func itIsSaidOnce() throws {
    var pins = try pinned(1)
    let chain = Chains.chain(try Chains.rotation(1, 2))
    _ = try follow(&pins, chain)
    // As read from the file again: times without milliseconds.
    pins = try AllowedSigners(validating: pins.bytes)
    let before = pins
    #expect(try follow(&pins, chain, hours: 1).isEmpty)
    #expect(try follow(&pins, chain, hours: 100).isEmpty)
    #expect(pins == before)
  }

  @Test func aChainIsFollowedWheneverItArrives() throws {
    var pins = try pinned(1)
    let chain = Chains.chain(
      try Chains.rotation(1, 2), try Chains.rotation(2, 3, at: Chains.after(hours: 48)),
      try Chains.rotation(3, 4, at: Chains.after(hours: 96)))
    #expect(try follow(&pins, chain, hours: 5000).count == 3)
    #expect(try counting(pins, 5000) == keys(4))
  }

  @Test func aStrangersChainSaysNothing() throws {
    var pins = try pinned(1)
    let before = pins
    #expect(try follow(&pins, Chains.chain(try Chains.rotation(7, 8))).isEmpty)
    let bobs = Chains.chain(try Chains.rotation(1, 2, host: "bob"))
    #expect(try follow(&pins, bobs).isEmpty)
    #expect(pins == before)
  }

  @Test(arguments: [0, 1, 23] as [Int64]) func twoSuccessorsAreNone(_ hours: Int64) throws {
    var pins = try pinned(1)
    let first = Chains.chain(try Chains.rotation(1, 2))
    _ = try follow(&pins, first)
    let both = first.joined(
      Chains.chain(try Chains.rotation(1, 3, at: Chains.after(hours: hours))))
    let events = try follow(&pins, both, hours: hours)
    #expect(events.map(\.word) == ["key-conflict"])
    #expect(try counting(pins, hours).isEmpty)
    #expect(try follow(&pins, both, hours: hours).isEmpty)
    // Nothing that arrives resolves the conflict.
    #expect(try follow(&pins, first, hours: hours).isEmpty)
    #expect(try counting(pins, hours).isEmpty)
  }

  @Test func twoSuccessorsAtOnce() throws {
    var pins = try pinned(1)
    let both = Chains.chain(try Chains.rotation(1, 2), try Chains.rotation(1, 3))
    #expect(try follow(&pins, both).map(\.word) == ["key-conflict"])
    #expect(try counting(pins, 0).isEmpty)
    #expect(try follow(&pins, both).isEmpty)
  }

  /// Revoking one successor does not make the other one valid.
  @Test func aRevokedSuccessorStillConflicts() throws {
    var pins = try pinned(1)
    var both = Chains.chain(try Chains.rotation(1, 2), try Chains.rotation(1, 3))
    both.add(try Chains.revocation(2))
    var revoked = RevokedKeys()
    _ = try follow(&pins, both, &revoked)
    #expect(try counting(pins, 0).isEmpty)
  }

  @Test func aPersonDecidesForOne() throws {
    let host = try Chains.host()
    let both = Chains.chain(try Chains.rotation(1, 2), try Chains.rotation(1, 3))
    for chosen in [1, 2] as [UInt8] {
      var pins = try pinned(1)
      _ = try follow(&pins, both)
      let now = Chains.after(hours: 2)
      for pin in pins.pins(of: host) { pins.end(pin.key, of: host, at: now) }
      let key = try Chains.key(chosen).publicKey
      pins.remove(key, of: host)
      pins.add(Pin(host: host, validAfter: now, key: key, note: "by hand"))
      #expect(try follow(&pins, both, hours: 3).isEmpty)
      #expect(try counting(pins, 3) == [key])
    }
  }

  /// The finder of an old key cannot undo what came after it.
  @Test func aKeyThatCountsNoMoreHasNoSay() throws {
    var pins = try pinned(1)
    let first = Chains.chain(try Chains.rotation(1, 2))
    _ = try follow(&pins, first)
    let late = first.joined(Chains.chain(try Chains.rotation(1, 3, at: Chains.after(hours: 30))))
    #expect(try follow(&pins, late, hours: 30).isEmpty)
    #expect(try counting(pins, 30) == keys(2))
  }

  @Test func aRevokedKeyNamesNobody() throws {
    var pins = try pinned(1)
    var revoked = RevokedKeys([try Chains.key(1).publicKey])
    #expect(try follow(&pins, Chains.chain(try Chains.rotation(1, 2)), &revoked).isEmpty)
    #expect(try counting(pins, 0) == keys(1))
  }

  @Test func aKeyRevokesItself() throws {
    var pins = try pinned(1)
    var revoked = RevokedKeys()
    var chain = Chains.chain(try Chains.rotation(1, 2))
    chain.add(try Chains.revocation(1))
    #expect(try follow(&pins, chain, &revoked).map(\.word) == ["revoked"])
    #expect(revoked.keys == [try Chains.key(1).publicKey])
    #expect(try follow(&pins, chain, &revoked).isEmpty)
  }

  @Test func aSuccessorThatIsRevokedIsNotPinned() throws {
    var pins = try pinned(1)
    var revoked = RevokedKeys()
    var chain = Chains.chain(try Chains.rotation(1, 2))
    chain.add(try Chains.revocation(2))
    #expect(try follow(&pins, chain, &revoked).map(\.word) == ["revoked"])
    #expect(try counting(pins, 0) == keys(1))
    #expect(try counting(pins, 30).isEmpty)
  }

  @Test func aRevocationOfAStrangersKeyIsNotTakenIn() throws {
    var pins = try pinned(1)
    var revoked = RevokedKeys()
    var chain = KeyChain()
    chain.add(try Chains.revocation(9))
    #expect(try follow(&pins, chain, &revoked).isEmpty)
    #expect(revoked.keys.isEmpty)
  }

  /// A rotation from the future is not followed, and does not change when the old key ends.
  @Test func theFutureHasNoPart() throws {
    var pins = try pinned(1)
    let late = Chains.chain(try Chains.rotation(1, 2, at: Chains.after(hours: 9000)))
    #expect(try follow(&pins, late).isEmpty)
    #expect(try counting(pins, 25) == keys(1))
    // A minute ahead is accepted: the clock may be fast.
    let soon = Timestamp(milliseconds: Chains.start.milliseconds + 60_000)
    let chain = late.joined(Chains.chain(try Chains.rotation(1, 3, at: soon)))
    #expect(try follow(&pins, chain).map(\.word) == ["rotated"])
    #expect(try counting(pins, 25) == keys(3))
  }

  /// A thief's successor may have named another one before the owner's statement arrives.
  @Test func aConflictEndsWhatTheSuccessorsNamed() throws {
    var pins = try pinned(1)
    let theft = Chains.chain(try Chains.rotation(1, 3), try Chains.rotation(3, 4))
    _ = try follow(&pins, theft)
    // As read from the file again.
    pins = try AllowedSigners(validating: pins.bytes)
    let both = theft.joined(Chains.chain(try Chains.rotation(1, 2)))
    #expect(try follow(&pins, both, hours: 1).map(\.word) == ["key-conflict"])
    #expect(try counting(pins, 1).isEmpty)
  }

  /// Keys that a key named while it was valid end with it; later successors of a key that was
  /// replaced long ago stay.
  @Test func aRevocationEndsWhatTheKeyNamedWhileItCounted() throws {
    let theft = Chains.chain(try Chains.rotation(1, 3), try Chains.rotation(3, 4))
    for hours in [1, 23, 25, 1000] as [Int64] {
      var pins = try pinned(1)
      var revoked = RevokedKeys()
      _ = try follow(&pins, theft, &revoked)
      var all = theft
      all.add(try Chains.revocation(1))
      let events = try follow(&pins, all, &revoked, hours: hours)
      #expect(events.map(\.word) == ["revoked"])
      #expect(revoked.keys == [try Chains.key(1).publicKey])
      #expect(try counting(pins, hours).last == (hours > 24 ? keys(4).last : keys(1).last))
      #expect(try follow(&pins, all, &revoked, hours: hours).isEmpty)
    }
  }

  /// What another key named, or a person pinned, stays.
  @Test func aRevocationEndsOnlyWhatItsKeyNamed() throws {
    var pins = try pinned(1)
    var revoked = RevokedKeys()
    pins.add(Pin(host: try Chains.host(), key: try Chains.key(5).publicKey, note: "by hand"))
    let chain = Chains.chain(try Chains.rotation(1, 2), try Chains.rotation(5, 6))
    _ = try follow(&pins, chain, &revoked)
    var all = chain
    all.add(try Chains.revocation(1))
    #expect(try follow(&pins, all, &revoked, hours: 1).map(\.word) == ["revoked"])
    #expect(Set(try counting(pins, 1)) == Set(try keys(1, 5, 6)))
  }

  /// Both name the other one and a third: what one conflict ended, the other does not end again.
  @Test func aConflictThatEndsNothingIsNotSaid() throws {
    var pins = try pinned(1)
    pins.add(Pin(host: try Chains.host(), key: try Chains.key(2).publicKey, note: "x"))
    let chain = Chains.chain(
      try Chains.rotation(1, 2), try Chains.rotation(1, 3), try Chains.rotation(2, 1),
      try Chains.rotation(2, 3))
    #expect(try follow(&pins, chain).map(\.word) == ["key-conflict"])
    #expect(try counting(pins, 0).isEmpty)
  }

  /// Two keys that name each other are each followed once.
  @Test func aCircleOfKeysEnds() throws {
    var pins = try pinned(1)
    let circle = Chains.chain(try Chains.rotation(1, 2), try Chains.rotation(2, 1))
    #expect(try follow(&pins, circle).map(\.word) == ["rotated"])
    #expect(try follow(&pins, circle, hours: 1).isEmpty)
  }

  /// A peer cannot fill our pins file with its own keys.
  @Test func aHostThatChangesItsKeyWithoutEndIsLeftToAPerson() throws {
    var pins = try pinned(1)
    for number in 1...100 as ClosedRange<UInt8> {
      _ = try follow(&pins, Chains.chain(try Chains.rotation(number, number + 1)))
    }
    #expect(pins.pins.count == 1 + AllowedSigners.mostSuccessors)
    var fresh = try pinned(1)
    for number in 1...64 as ClosedRange<UInt8> {
      _ = try follow(&fresh, Chains.chain(try Chains.rotation(number, number + 1)))
    }
    let last = Chains.chain(try Chains.rotation(65, 66))
    #expect(try follow(&fresh, last).map(\.word) == ["key-changes"])
    #expect(try follow(&fresh, last).isEmpty)
    fresh.add(Pin(host: try Chains.host(), key: try Chains.key(66).publicKey, note: "by hand"))
    #expect(
      try follow(&fresh, Chains.chain(try Chains.rotation(66, 67))).map(\.word) == ["rotated"])
  }
}
