import Mesh
import MeshCrypto
import TestSupport
import Testing

@Suite("Ids and file names on the wire")
struct EnvelopeNameTests {
  @Test("An id is 128 bits; each has one spelling")
  func ids() throws {
    var random = SeededGenerator(seed: 3)
    for _ in 0..<200 {
      let bytes = random.bytes(16)
      let id = try #require(MessageID(random: bytes))
      #expect(try MessageID(validating: id.text) == id)
      #expect(try Base32.decode(id.text) == bytes)
      #expect(id.short.utf8.count == 8 && id.text.hasPrefix(id.short))
      // 130 bits are written, so of the 32 last characters 8 are canonical, each for another id.
      let taken = "abcdefghijklmnopqrstuvwxyz234567".filter { last in
        (try? MessageID(validating: id.text.dropLast() + String(last))) != nil
      }
      #expect(taken == "aeimquy4")
    }
    for count in [0, 15, 17, 32] { #expect(MessageID(random: random.bytes(count)) == nil) }
  }

  @Test(
    "Names of files come back; nothing but the unreserved stands plain",
    arguments: [
      ("a", "a"), ("A-Z_a.z0", "A-Z_a.z0"), ("a b", "a%20b"), ("a/b", "a%2Fb"), ("%", "%25"),
      ("é", "%C3%A9"), ("日", "%E6%97%A5"), ("\n", "%0A"), ("\u{0}", "%00"), ("~", "%7E"),
      ("..", ".."), ("--", "--"), ("+", "%2B"), ("\u{1F468}", "%F0%9F%91%A8"),
    ])
  func names(name: String, text: String) throws {
    #expect(try EncodedName(encoding: name).text == text)
    #expect(try EncodedName(validating: text).decoded == name)
  }

  @Test(
    "Other spellings are refused",
    arguments: [
      "", "-", "%2D", "%2d", "a%2fb", "%61", "a b", "a/b", "%", "%2", "%G0", "%+5", "%-5", "% 5",
      "%0x",
      "%FF", "%C0%80", "%ED%A0%80", "%C3", "é", "%u0041", "a%", "a+b", "a~b",
    ])
  func otherNames(text: String) {
    #expect(throws: FormError.value("name")) { try EncodedName(validating: text) }
  }

  @Test("1 to 255 bytes")
  func lengths() throws {
    for count in [1, 127] {
      let name = try EncodedName(encoding: String(repeating: "é", count: count))
      #expect(try EncodedName(validating: name.text) == name)
    }
    #expect(throws: FormError.value("name")) {
      try EncodedName(encoding: String(repeating: "é", count: 128))
    }
    #expect(throws: FormError.value("name")) {
      try EncodedName(validating: String(repeating: "%C3%A9", count: 128))
    }
    #expect(throws: FormError.value("name")) { try EncodedName(encoding: "") }
  }

  @Test("Any name comes back, and any text that is taken is the one spelling", arguments: 0..<4)
  func properties(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<300 {
      let name = random.text("aZ9._-/ %~é日\u{1F468}\u{1}\u{301}", 2...40)
      #expect(try EncodedName(encoding: name).decoded == name)
      let text = random.text("aZ.-%%%0123456789ABCDEFabcdef", 1...12)
      guard let taken = try? EncodedName(validating: text) else { continue }
      #expect(try EncodedName(encoding: taken.decoded).text == text)
    }
  }
}
