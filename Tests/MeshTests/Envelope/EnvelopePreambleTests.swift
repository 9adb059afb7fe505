import Mesh
import MeshCrypto
import TestSupport
import Testing

@Suite("Preambles")
struct EnvelopePreambleTests {
  private static func parse(_ line: String) -> Preamble? {
    try? Preamble(validating: Array(line.utf8))
  }

  @Test("What is written is read; the longest is as long as is said")
  func roundTrip() throws {
    var random = SeededGenerator(seed: 1)
    for _ in 0..<500 {
      let preamble = Preamble(
        statement: 1 + random.below(4096), signature: 1 + random.below(1024),
        payload: random.below(10_000_000_000_000))
      #expect(preamble.bytes.last == 10)
      #expect(try Preamble(validating: preamble.bytes.dropLast()) == preamble)
      #expect(preamble.bytes.count <= Preamble.lineLimit)
    }
    let most = Preamble(statement: 4096, signature: 1024, payload: 9_999_999_999_999)
    #expect(most.bytes == Array("AMSH1 4096 1024 9999999999999\n".utf8))
    #expect(most.bytes.count == Preamble.lineLimit)
    #expect(Self.parse("AMSH1 1 1 0") == Preamble(statement: 1, signature: 1, payload: 0))
  }

  @Test(
    "Other forms of a number are refused, in each place",
    arguments: [
      "", "-", "-1", "+1", "01", "00", "1.0", "1e2", "0x1", "1_0", "1,0", " 1", "1 ", "1\t", "1\r",
      "10000000000000", "18446744073709551617", "9223372036854775808",
      String(repeating: "9", count: 1000), "１", "١", "²", "a", "1\u{0}", "1\u{301}",
    ])
  func numbers(other: String) {
    #expect(Self.parse("AMSH1 \(other) 300 11") == nil)
    #expect(Self.parse("AMSH1 700 \(other) 11") == nil)
    #expect(Self.parse("AMSH1 700 300 \(other)") == nil)
  }

  @Test(
    "Another word, version, blank, or number of numbers is refused",
    arguments: [
      "AMSH2 700 300 11", "AMSH 700 300 11", "AMSH10 700 300 11", "AMSH1.0 700 300 11",
      "amsh1 700 300 11", "AMSR1 700 300 11", "AMSE1 700 300 11", "AMSH1", "AMSH1 ", "AMSH1 700",
      "AMSH1 700 300", "AMSH1 700 300 ", "AMSH1 700 300 11 ", "AMSH1 700 300 11 0",
      " AMSH1 700 300 11",
      "AMSH1  700 300 11", "AMSH1 700  300 11", "AMSH1\t700\t300\t11", "AMSH1 700 300 11\r",
      "AMSH1 700 300 11\n", "AMSH1,700,300,11", "AMSH1:700 300 11", "\u{FEFF}AMSH1 700 300 11", "",
      " ", "   ", "AMSH1 ready", "SSH-2.0-OpenSSH_9.2p1", "Last login: never",
      "AMSH1\u{A0}700\u{A0}300\u{A0}11",
    ])
  func forms(line: String) {
    #expect(Self.parse(line) == nil)
    #expect(Self.parse("AMSH1 700 300 11") != nil)
  }

  @Test("Lengths out of bounds are refused")
  func lengths() {
    for line in ["AMSH1 0 300 11", "AMSH1 4097 300 11", "AMSH1 700 0 11", "AMSH1 700 1025 11"] {
      #expect(throws: FormError.length) { try Preamble(validating: Array(line.utf8)) }
    }
    for line in ["AMSH1 4096 300 11", "AMSH1 700 1024 11"] { #expect(Self.parse(line) != nil) }
  }

  @Test("Bytes of no form are refused; whatever is taken is written the same")
  func junk() {
    var random = SeededGenerator(seed: 2)
    for _ in 0..<3000 {
      let line =
        random.chance(2)
        ? random.bytes(random.below(40))
        : Array(("AMSH1 " + random.text("0123456789 -", 0...12)).utf8)
      guard let taken = try? Preamble(validating: line) else { continue }
      #expect(taken.bytes == line + [10])
    }
  }

  @Test("An envelope's lengths agree with its parts, and are told")
  func agreement() throws {
    let signer = try Signer("hub", seed: 1)
    let statement = try Sample.statement()
    let (bytes, body) = (statement.bytes, Array("tests green".utf8))
    let head = EnvelopeHead(statement, by: signer.key)
    #expect(head.bytes == bytes && head.signature == signer.sign(bytes))
    let envelope = SignedEnvelope(head, payload: body).bytes
    let end = try #require(envelope.firstIndex(of: 10))
    let preamble = try Preamble(validating: Array(envelope[..<end]))
    #expect(preamble.statement == bytes.count)
    #expect(preamble.signature == head.signature.count)
    #expect(preamble.payload == statement.length)
    #expect(head.framed(payload: body.count) == preamble.bytes + bytes + head.signature)
    #expect(envelope == head.framed(payload: body.count) + body)
  }
}
