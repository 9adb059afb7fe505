import Mesh
import MeshCrypto
import TestSupport
import Testing

/// From an order to an `Opened`, without a host: what is sealed, framed and signed, and every
/// single bit of it.
@Suite struct SealRoadTests {
  @Test(arguments: [0, 1, 100, 65_535, 65_536])
  func aBodyGoesThere(length: Int) throws {
    let road = try SealRoad()
    let body = [UInt8](repeating: UInt8(ascii: "x"), count: length)
    let sealed = try road.sealed(body)
    #expect(
      try road.open(sealed.statement, sealed.payload) == String(decoding: body, as: UTF8.self))
  }

  @Test func anySingleBitOfAnEnvelopeIsRefused() throws {
    let road = try SealRoad()
    let sealed = try road.sealed(Array("between us".utf8))
    let statement = StatementText.encode(sealed.statement)
    let signature = road.sign(statement)
    for index in statement.indices {
      for bit in 0..<8 {
        var changed = statement
        changed[index] ^= 1 << UInt8(bit)
        #expect(throws: (any Error).self) { try road.verify(changed, signature) }
      }
    }
    for index in sealed.payload.indices {
      for bit in 0..<8 {
        var changed = sealed.payload
        changed[index] ^= 1 << UInt8(bit)
        #expect(throws: OpenError.self) { try road.open(sealed.statement, changed) }
      }
    }
    #expect(try road.open(sealed.statement, sealed.payload) == "between us")
  }

  @Test func lengthsAreExact() throws {
    let road = try SealRoad()
    let sealed = try road.sealed(Array("between us".utf8))
    for count in 0..<sealed.payload.count {
      var statement = sealed.statement
      statement.length = count
      #expect(throws: OpenError.self) {
        try road.open(statement, Array(sealed.payload.prefix(count)))
      }
    }
    var longer = sealed.statement
    longer.length += 1
    #expect(throws: OpenError.self) { try road.open(longer, sealed.payload + [0]) }
    // What follows the announced bytes is not silently left aside.
    #expect(throws: OpenError.truncated) { try road.open(sealed.statement, sealed.payload + [0]) }
  }

  /// A sender whose head tells another digest than its text has.
  @Test func aHeadThatLiesAboutItsTextIsRefused() throws {
    let road = try SealRoad()
    let sealed = try road.sealed(
      Array("between us".utf8), digest: Digest.hex(Digest.blake2b256(Array("between".utf8))))
    #expect(throws: OpenError.digest) { try road.open(sealed.statement, sealed.payload) }
  }

  @Test func aMessageIsNotOpenedAsAFile() throws {
    let road = try SealRoad()
    let sealed = try road.sealed(Array("between us".utf8))
    #expect(throws: OpenError.anotherHead) { _ = try road.opening(sealed.statement) }
  }

  /// Who may leave files has to be who sent the message: the same address, by the same key.
  @Test func anothersRightToFilesDoesNotServe() throws {
    let road = try SealRoad()
    let made = try road.file([1, 2, 3], caption: [], sealed: false)
    let own = made.statement.from
    for (address, key) in [
      (try Address(validating: "hub-b"), road.signing.publicKey),
      (own, try SigningKey.generate().publicKey),
    ] {
      let other = VerifiedSender(
        address: address, host: road.from, keyFingerprint: key.fingerprint, isSelf: false)
      #expect(throws: OpenError.anotherHead) { _ = try road.opening(made.statement, files: other) }
    }
  }

  @Test func anotherKeyDoesNotOpenAndThePreviousDoes() throws {
    let road = try SealRoad()
    let sealed = try road.sealed(Array("x".utf8))
    #expect(throws: OpenError.sealKey) {
      try road.open(sealed.statement, sealed.payload, with: SealKeys(try SealKey.generate()))
    }
    let secret = try SealKeyFile.decode(SealKeyFile.encode(road.key))
    let keys = SealKeys(try SealKey.generate(), previous: secret)
    #expect(try road.open(sealed.statement, sealed.payload, with: keys) == "x")
  }

  /// In pieces of any size, sealed or not.
  @Test(arguments: [false, true])
  func aFileGoesThere(sealed: Bool) throws {
    var random = SeededGenerator(seed: sealed ? 1 : 2)
    for size in [0, 1, 65_529, 65_530, 65_531, 65_536, 200_000] {
      let road = try SealRoad()
      let file = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7) }
      let caption = Array("see".utf8)
      let made = try road.file(file, caption: caption, sealed: sealed)
      var opening = try road.opening(made.statement)
      var rest = made.payload[...]
      var got: [UInt8] = []
      while opening.wanted.count > 0 {
        let wanted = opening.wanted
        let count = wanted.exact ? wanted.count : Int.random(in: 1...wanted.count, using: &random)
        got += try opening.take(Array(rest.prefix(count)))
        rest = rest.dropFirst(count)
      }
      let end = made.end
      let whole = try opening.finish(end: end.bytes, signature: road.sign(end.bytes))
      #expect(got == file && whole.length == size && whole.name.text == "n")
      #expect(whole.digest == Digest.hex(Digest.blake2b256(file)))
      let opened = try whole.opened(storedAt: "/home/a b/n")
      #expect(opened.text.text.hasPrefix("file dropped at '/home/a b/n' (\(size) bytes) "))
      #expect(opened.text.text.hasSuffix(": see"))
    }
  }

  @Test func headsSayWhatTheySaid() throws {
    let road = try SealRoad()
    for _ in 0..<50 {
      let made = try road.file([1, 2, 3], caption: [], sealed: true)
      #expect(try StatementText.decode(StatementText.encode(made.statement)) == made.statement)
      #expect(try EndStatement(validating: made.end.bytes) == made.end)
    }
  }
}
