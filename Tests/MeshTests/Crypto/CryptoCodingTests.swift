import MeshCrypto
import Testing

@Suite("Encodings and digests")
struct CryptoCodingTests {
  @Test(
    "RFC 4648's vectors, both ways",
    arguments: [
      ("", "", ""), ("f", "Zg==", "my"), ("fo", "Zm8=", "mzxq"), ("foo", "Zm9v", "mzxw6"),
      ("foob", "Zm9vYg==", "mzxw6yq"), ("fooba", "Zm9vYmE=", "mzxw6ytb"),
      ("foobar", "Zm9vYmFy", "mzxw6ytboi"),
    ])
  func vectors(plain: String, base64: String, base32: String) throws {
    #expect(Base64.encode(Array(plain.utf8)) == base64)
    #expect(try Base64.decode(base64) == Array(plain.utf8))
    #expect(Base32.encode(Array(plain.utf8)) == base32)
    #expect(try Base32.decode(base32) == Array(plain.utf8))
  }

  @Test("Any bytes come back", arguments: 0..<70)
  func roundTrip(count: Int) throws {
    let bytes = Sodium.random(count)
    #expect(bytes.count == count)
    #expect(try Base64.decode(Base64.encode(bytes)) == bytes)
    #expect(try Base32.decode(Base32.encode(bytes)) == bytes)
    #expect(Base32.encode(Sodium.random(16)).utf8.count == 26)
  }

  @Test(
    "Base64 in another form is refused",
    arguments: [
      "Zg", "Zg=", "Zg===", "Zg==\n", " Zg==", "Zh==", "Zm9=", "Zm9v=", "Z", "====", "Zm9v Zm9v",
      "Zg==Zg==", "Zm-_", "Zm9\0", "Zm9v\0", "é", "Zmé", "Zm9vZ\u{FFFD}", "\u{FFFD}a",
    ])
  func badBase64(text: String) {
    #expect(throws: CryptoError.malformed("not base64")) { try Base64.decode(text) }
  }

  @Test(
    "Base32 in another form is refused",
    arguments: [
      "MY", "mz", "m", "mzx", "my======", "mzxw6yt", "mzxw6ytboiaaaa1", "m y", "my\n", "0a",
    ])
  func badBase32(text: String) {
    #expect(throws: CryptoError.self) { try Base32.decode(text) }
  }

  @Test("One text for each 16 bytes: of 32 last characters 8 have no bits behind the last byte")
  func canonicalBase32() throws {
    let text = Base32.encode(Sodium.random(16))
    let decodable = "abcdefghijklmnopqrstuvwxyz234567".filter { last in
      (try? Base32.decode(text.dropLast() + String(last))) != nil
    }
    #expect(decodable == "aeimquy4")
  }

  @Test("Digests as published")
  func digests() {
    #expect(
      Digest.hex(Digest.sha256(Array("abc".utf8)))
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(
      Digest.hex(Digest.blake2b256(Array("abc".utf8)))
        == "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319")
    #expect(Digest.hex([]) == "")
  }

  @Test("A digest does not depend on how the bytes arrive", arguments: [0, 1, 127, 128, 129, 1000])
  func stream(count: Int) {
    let bytes = Sodium.random(count)
    var whole = Blake2bStream()
    whole.update(bytes)
    var pieces = Blake2bStream()
    for byte in bytes { pieces.update([byte]) }
    pieces.update([])
    let expected = Digest.blake2b256(bytes)
    let (one, many) = (whole.finish(), pieces.finish())
    #expect(one == expected)
    #expect(many == expected)
  }

  @Test("Random bytes")
  func random() {
    #expect(Sodium.random(-1) == [])
    #expect(Sodium.random(32) != Sodium.random(32))
  }
}
