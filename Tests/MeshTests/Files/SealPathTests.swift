import Mesh
import MeshCrypto
import TestSupport
import Testing

/// From an order to an `Opened`, without a host: what is sealed, framed and signed, and every
/// single bit of it.
@Suite struct SealPathTests {
  @Test(arguments: [0, 1, 100, 65_535, 65_536])
  func aBodyGoesThere(length: Int) throws {
    let path = try SealPath()
    let body = [UInt8](repeating: UInt8(ascii: "x"), count: length)
    let sealed = try path.sealed(body)
    #expect(
      try path.open(sealed.statement, sealed.payload) == String(decoding: body, as: UTF8.self))
  }

  @Test func anySingleBitOfAnEnvelopeIsRefused() throws {
    let path = try SealPath()
    let sealed = try path.sealed(Array("between us".utf8))
    let statement = sealed.statement.bytes
    let signature = path.sign(statement)
    for index in statement.indices {
      for bit in 0..<8 {
        var changed = statement
        changed[index] ^= 1 << UInt8(bit)
        #expect(throws: (any Error).self) { try path.verify(changed, signature) }
      }
    }
    for index in sealed.payload.indices {
      for bit in 0..<8 {
        var changed = sealed.payload
        changed[index] ^= 1 << UInt8(bit)
        #expect(throws: Stop.self) { try path.open(sealed.statement, changed) }
      }
    }
    #expect(try path.open(sealed.statement, sealed.payload) == "between us")
  }

  @Test func lengthsAreExact() throws {
    let path = try SealPath()
    let sealed = try path.sealed(Array("between us".utf8))
    for count in 0..<sealed.payload.count {
      var statement = sealed.statement
      statement.length = count
      #expect(throws: Stop.self) {
        try path.open(statement, Array(sealed.payload.prefix(count)))
      }
    }
    var longer = sealed.statement
    longer.length += 1
    #expect(throws: Stop.self) { try path.open(longer, sealed.payload + [0]) }
    // What follows the announced bytes is not silently left aside.
    #expect(throws: Stop.truncated) { try path.open(sealed.statement, sealed.payload + [0]) }
  }

  /// Each is refused for what it is, before anything that comes later is looked at.
  @Test func whatIsWrongIsNamed() throws {
    let path = try SealPath()
    let body = Array("between us".utf8)
    let sealed = try path.sealed(body)
    for length in [0, SealPublicKey.overhead - 1, SealedHead.limit + SealPublicKey.overhead + 1] {
      var payload = sealed.payload
      (payload[0], payload[1]) = (UInt8(length >> 8), UInt8(length & 255))
      #expect(throws: Stop.sealedForm) { try path.open(sealed.statement, payload) }
    }
    var box = sealed.payload
    box[10] ^= 1
    #expect(throws: Stop.digest) { try path.open(sealed.statement, box) }
    var longer = sealed.statement
    longer.length += 1
    #expect(throws: Stop.sealedForm) { try path.open(longer, sealed.payload + [0]) }
    let chunk = [UInt8](repeating: UInt8(ascii: "x"), count: SealedStream.chunkLength)
    let endless = try path.sealed(chunk, final: false)
    #expect(throws: Stop.digest) { try path.open(endless.statement, endless.payload) }
  }

  /// Nobody puts a statement of their own around another's sealed text.
  @Test func aHeadBelongsToOneStatement() throws {
    let path = try SealPath()
    let sealed = try path.sealed(Array("between us".utf8))
    var other = sealed.statement
    other.id = try #require(MessageID.random())
    #expect(throws: Stop.anotherHead) { try path.open(other, sealed.payload) }
    other = sealed.statement
    other.from = try Address(validating: "hub-b")
    #expect(throws: Stop.anotherHead) { try path.open(other, sealed.payload) }
  }

  /// A plain file's first bytes say how long its caption is.
  @Test func aCaptionFitsItsFile() throws {
    let path = try SealPath()
    for (length, size) in [(FileText.captionLimit + 1, 9000), (4, 3)] {
      let made = try path.file([UInt8](repeating: 1, count: size), caption: [], sealed: false)
      var payload = made.payload
      (payload[0], payload[1]) = (UInt8(length >> 8), UInt8(length & 255))
      #expect(throws: Stop.sealedForm) {
        var opening = try path.opening(made.statement)
        _ = try opening.take(payload)
      }
    }
    let made = try path.file([1, 2, 3], caption: [], sealed: false)
    #expect(throws: Stop.truncated) {
      var opening = try path.opening(made.statement)
      _ = try opening.take(made.payload + [0])
    }
  }

  /// What the sender signs at the end has to be what came.
  @Test func theEndStatementIsOfThisFile() throws {
    let path = try SealPath()
    let made = try path.file([1, 2, 3], caption: [], sealed: false)
    func finish(_ end: EndStatement, _ bytes: [UInt8], _ signature: [UInt8]? = nil) throws {
      var opening = try path.opening(made.statement)
      _ = try opening.take(bytes)
      _ = try opening.finish(end: end.bytes, signature: signature ?? path.sign(end.bytes))
    }
    let (id, length, digest) = (made.end.id, made.end.length, made.end.digest)
    let other = try #require(MessageID.random())
    for end in [
      EndStatement(id: other, length: length, digest: digest),
      EndStatement(id: id, length: length + 1, digest: digest),
      EndStatement(id: id, length: length, digest: Digest.hex(Digest.blake2b256([1]))),
    ] {
      #expect(throws: Stop.digest) { try finish(end, made.payload) }
    }
    #expect(throws: Stop.truncated) { try finish(made.end, Array(made.payload.dropLast())) }
    let another = try SealPath().sign(made.end.bytes)
    #expect(throws: Stop.endSignature) { try finish(made.end, made.payload, another) }
    try finish(made.end, made.payload)
  }

  /// A sender whose head tells another digest than its text has.
  @Test func aHeadThatLiesAboutItsTextIsRefused() throws {
    let path = try SealPath()
    let sealed = try path.sealed(
      Array("between us".utf8), digest: Digest.hex(Digest.blake2b256(Array("between".utf8))))
    #expect(throws: Stop.digest) { try path.open(sealed.statement, sealed.payload) }
  }

  @Test func aMessageIsNotOpenedAsAFile() throws {
    let path = try SealPath()
    let sealed = try path.sealed(Array("between us".utf8))
    #expect(throws: Stop.anotherHead) { _ = try path.opening(sealed.statement) }
  }

  /// Who may leave files has to be who sent the message: the same address, by the same key.
  @Test func anothersRightToFilesDoesNotServe() throws {
    let path = try SealPath()
    let made = try path.file([1, 2, 3], caption: [], sealed: false)
    let own = made.statement.from
    for (address, key) in [
      (try Address(validating: "hub-b"), path.signing.publicKey),
      (own, try SigningKey.generate().publicKey),
    ] {
      let other = VerifiedSender(
        address: address, host: path.from, keyFingerprint: key.fingerprint, isSelf: false)
      #expect(throws: Stop.anotherHead) { _ = try path.opening(made.statement, files: other) }
    }
  }

  @Test func anotherKeyDoesNotOpenAndThePreviousDoes() throws {
    let path = try SealPath()
    let sealed = try path.sealed(Array("x".utf8))
    #expect(throws: Stop.sealKey) {
      try path.open(sealed.statement, sealed.payload, with: SealKeys(try SealKey.generate()))
    }
    let secret = try SealKeyFile.decode(SealKeyFile.encode(path.key))
    let keys = SealKeys(try SealKey.generate(), previous: secret)
    #expect(try path.open(sealed.statement, sealed.payload, with: keys) == "x")
  }

  /// In pieces of any size, sealed or not.
  @Test(arguments: [false, true])
  func aFileGoesThere(sealed: Bool) throws {
    var random = SeededGenerator(seed: sealed ? 1 : 2)
    for size in [0, 1, 65_529, 65_530, 65_531, 65_536, 200_000] {
      let path = try SealPath()
      let file = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7) }
      let caption = Array("see".utf8)
      let made = try path.file(file, caption: caption, sealed: sealed)
      var opening = try path.opening(made.statement)
      var rest = made.payload[...]
      var got: [UInt8] = []
      while opening.wanted.count > 0 {
        let wanted = opening.wanted
        let count = wanted.exact ? wanted.count : Int.random(in: 1...wanted.count, using: &random)
        got += try opening.take(Array(rest.prefix(count)))
        rest = rest.dropFirst(count)
      }
      let end = made.end
      let whole = try opening.finish(end: end.bytes, signature: path.sign(end.bytes))
      #expect(got == file && whole.length == size && whole.name.text == "n")
      #expect(whole.digest == Digest.hex(Digest.blake2b256(file)))
      let opened = try whole.opened(storedAt: size == 1 ? "/home/a/n" : "/home/a b/n")
      let place = size == 1 ? "/home/a/n" : "'/home/a b/n'"
      #expect(opened.text.text.hasPrefix("file dropped at \(place) (\(size) bytes) "))
      #expect(opened.text.text.hasSuffix(": see"))
    }
  }

  @Test func headsSayWhatTheySaid() throws {
    let path = try SealPath()
    for _ in 0..<50 {
      let made = try path.file([1, 2, 3], caption: [], sealed: true)
      #expect(try Statement(validating: made.statement.bytes) == made.statement)
      #expect(try EndStatement(validating: made.end.bytes) == made.end)
    }
  }
}
