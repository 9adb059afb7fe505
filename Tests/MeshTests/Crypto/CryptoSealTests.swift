import MeshCrypto
import Testing

@Suite("Sealed boxes and seal keys")
struct CryptoSealTests {
  private static let secret = [UInt8](1...32)

  @Test("What is sealed is opened by the holder alone", arguments: [0, 1, 300, 70_000])
  func roundTrip(count: Int) throws {
    let key = try SealKey.generate()
    let other = try SealKey.generate()
    let message = Sodium.random(count)
    let box = try key.publicKey.seal(message)
    #expect(box.count == count + SealPublicKey.overhead)
    #expect(try key.open(box) == message)
    #expect(try key.publicKey.seal(message) != box)
    #expect(throws: CryptoError.notAuthentic) { try other.open(box) }
  }

  @Test("Every flipped bit and every cut of a box is refused")
  func changed() throws {
    let key = try SealKey.generate()
    let box = try key.publicKey.seal(Array("kind: message\n".utf8))
    for bit in 0..<(box.count * 8) {
      var changed = box
      changed[bit / 8] ^= 1 << (bit % 8)
      // The top bit of a point is ignored in X25519, but the box's nonce hashes all 256.
      #expect(throws: CryptoError.notAuthentic, "bit \(bit)") { try key.open(changed) }
    }
    for length in 0..<box.count {
      #expect(throws: CryptoError.notAuthentic, "cut to \(length)") {
        try key.open(Array(box.prefix(length)))
      }
    }
  }

  @Test(
    "Nothing is sealed to a point of low order, and no box from one is opened",
    arguments: [
      "0000000000000000000000000000000000000000000000000000000000000000",
      "0100000000000000000000000000000000000000000000000000000000000000",
      "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
      "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
      "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ])
  func lowOrder(point: String) throws {
    let low = try bytes(hex: point)
    let key = try SealKey(secret: Self.secret.span)
    #expect(throws: CryptoError.notAuthentic) { try SealPublicKey(bytes: low).seal([1]) }
    #expect(throws: CryptoError.notAuthentic) {
      try key.open(low + [UInt8](repeating: 0, count: 40))
    }
  }

  @Test("A secret has 32 bytes, a public key too", arguments: [0, 31, 33, 64])
  func lengths(count: Int) {
    let bytes = [UInt8](repeating: 7, count: count)
    #expect(throws: CryptoError.badLength) { _ = try SealKey(secret: bytes.span) }
    #expect(throws: CryptoError.badLength) { try SealPublicKey(bytes: bytes) }
  }

  @Test("The secret key's file: this form and no other")
  func secretFile() throws {
    let key = try SealKey(secret: Self.secret.span)
    let file = SealKeyFile.encode(key)
    let text = "agent-mesh-seal-v1 \(Base64.encode(Self.secret))\n"
    #expect(String(decoding: file, as: UTF8.self) == text)
    let read = try SealKeyFile.decode(file).publicKey
    #expect(read == key.publicKey)
    var wrong = (0..<file.count).map { Array(file.prefix($0)) }
    wrong += [file + [0x0A], [0x0A] + file, [UInt8](repeating: 0x41, count: 1_000_000)]
    let texts: [String] = [
      text.replacing("\n", with: " "), text.replacing("\n", with: "\r\n"),
      text.replacing("v1", with: "v2"), text.replacing("v1 ", with: "v1\t"),
      text.replacing("=\n", with: "A\n"), text.replacing("=\n", with: "\0\n"),
      text.replacing("A=", with: "B="),
    ]
    wrong += texts.map { Array($0.utf8) }
    #expect(!texts.contains(text))
    for file in wrong {
      #expect(throws: CryptoError.self, "\(file.prefix(99))") { _ = try SealKeyFile.decode(file) }
    }
  }

  @Test("The public key's file: this form and no other")
  func publicFile() throws {
    let key = try SealKey(secret: Self.secret.span).publicKey
    let file = SealKeyFile.encodePublic(key, comment: "hub, 2026-11-22")
    let text = "x25519 \(Base64.encode(key.bytes)) hub, 2026-11-22\n"
    #expect(String(decoding: file, as: UTF8.self) == text)
    #expect(try SealKeyFile.decodePublic(file) == key)
    #expect(try SealKeyFile.decodePublic(Array("\(key.text)\n".utf8)) == key)
    #expect(try SealPublicKey(text: key.text) == key)
    let wrong: [String] = [
      "", "\n", "x25519\n", "x25519 \n", "x25519  \n", "\(key.text)", "\(key.text) a",
      " \(text)",
      "\(text)\n", "\(text)\(text)", text.replacing("x25519", with: "x25518"),
      text.replacing("= hub", with: "A hub"), text.replacing(" hub", with: "  \u{1B}[1m"),
      text.replacing("hub", with: "hub\n"), text.replacing("hub", with: "\u{7F}"),
      text.replacing("x25519 ", with: "x25519  "),
      text + String(repeating: "a", count: 2000) + "\n",
    ]
    for text in wrong {
      #expect(throws: CryptoError.self, "\(text)") {
        try SealKeyFile.decodePublic(Array(text.utf8))
      }
    }
    #expect(throws: CryptoError.self) {
      try SealKeyFile.decodePublic(file.dropLast() + [0xFF, 0x0A])
    }
    let line = key.text
    for text in ["", "x25519 ", line + " ", line + "A", " " + line] {
      #expect(throws: CryptoError.self, "\(text)") { try SealPublicKey(text: text) }
    }
  }

  @Test(
    "Whatever the comment, what is written can be read",
    arguments: [
      "", " ", "two words", "a\nb", "\u{1B}[1m", "é😀", String(repeating: "é", count: 999),
    ])
  func comments(comment: String) throws {
    let key = try SealKey(secret: Self.secret.span).publicKey
    #expect(try SealKeyFile.decodePublic(SealKeyFile.encodePublic(key, comment: comment)) == key)
  }
}
