import Mesh
import MeshCrypto
import TestSupport
import Testing

@Suite("Statements: strict bytes and fields")
struct EnvelopeStatementTests {
  private static func lines() throws -> [[UInt8]] {
    try Sample.statement().bytes.split(separator: 10).map { Array($0) }
  }

  private static func joined(_ lines: [[UInt8]]) -> [UInt8] { lines.flatMap { $0 + [10] } }

  @Test("The form is the protocol's, byte for byte")
  func form() throws {
    let statement = try Sample.statement()
    let text = """
      kind: message
      id: a4dqobyha4dqobyha4dqobyha4
      from: hub-dev-build
      from-host: hub
      to: worker-1-foo
      to-host: worker-1
      to-key: SHA256:CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk
      time: 2026-11-22T07:31:39.120Z
      expires: 2026-11-22T07:36:39.120Z
      reply-to: -
      in-reply-to: -
      options: -
      seal: none
      name: -
      length: 11
      digest: \(statement.digest ?? "")

      """
    #expect(String(decoding: statement.bytes, as: UTF8.self) == text)
  }

  @Test("Whatever is valid comes back the same, and fits", arguments: 0..<8)
  func roundTrip(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<250 {
      let statement = try Sample.random(&random)
      let bytes = statement.bytes
      #expect(bytes.count <= Statement.limit)
      #expect(try Statement(validating: bytes) == statement)
    }
  }

  @Test("Cut at any byte it is refused; so is one byte more, anywhere")
  func cuts() throws {
    let bytes = try Sample.statement().bytes
    for count in 0..<bytes.count {
      #expect(throws: FormError.self, "cut to \(count)") {
        try Statement(validating: Array(bytes.prefix(count)))
      }
      #expect(throws: FormError.self, "cut from \(count)") {
        try Statement(validating: Array(bytes.dropFirst(bytes.count - count)))
      }
    }
    for place in 0...bytes.count {
      for more: UInt8 in [10, 0, 13, 9, 32, 0xFF] {
        var longer = bytes
        longer.insert(more, at: place)
        #expect(throws: FormError.self, "\(more) at \(place)") { try Statement(validating: longer) }
      }
    }
  }

  @Test("A line left out, doubled, moved, unknown or of another key is refused", arguments: 0..<16)
  func lineFaults(number: Int) throws {
    let lines = try Self.lines()
    #expect(try Statement(validating: Self.joined(lines)) == Sample.statement())
    var faults = [lines, lines, lines, lines, lines, lines, lines]
    faults[0].remove(at: number)
    faults[1].insert(lines[number], at: number)
    faults[2].append(lines[number])
    faults[3].swapAt(number, (number + 1) % 16)
    faults[4].insert([], at: number)
    faults[5].insert(Array("x-note: hello".utf8), at: number)
    faults[6][number] = Array("x-note: hello".utf8)
    for lines in faults {
      #expect(throws: FormError.self) { try Statement(validating: Self.joined(lines)) }
    }
  }

  @Test("Another separator, case, blank or line end is refused, in each line", arguments: 0..<16)
  func separators(number: Int) throws {
    let lines = try Self.lines()
    let line = String(decoding: lines[number], as: UTF8.self)
    let parts = line.split(separator: ": ", maxSplits: 1).map(String.init)
    let (key, value) = (parts[0], parts[1])
    let others = [
      "\(key):\(value)", "\(key):  \(value)", "\(key):\t\(value)", "\(key) : \(value)",
      "\(key)=\(value)", "\(key): \(value) ", "\(key): \(value)\r", "\(key): \(value)\t",
      " \(key): \(value)", "\(key.uppercased()): \(value)", "\(key): ", "\(key):", key, ":", "",
      "\(key): \(value)\u{0}", "\(key): \(value)\u{7F}", "\(key): \(value)\u{85}",
      "\(key): \(value)\u{2028}", "\u{FEFF}\(key): \(value)", "#\(key): \(value)",
      "\(key): \"\(value)\"", "\(key): \(value)\u{301}", "\(key): é", "\(key): \(value),\(value)",
    ]
    for other in others {
      var wrong = lines
      wrong[number] = Array(other.utf8)
      let error = thrown { () throws(FormError) in try Statement(validating: Self.joined(wrong)) }
      let isExpected = error == .line(number + 1) || error == .value(key)
      #expect(isExpected, "\(other): \(String(describing: error))")
    }
  }

  @Test("What is not printable ASCII is refused as a line, whatever the value", arguments: 0..<16)
  func printable(number: Int) throws {
    for byte: UInt8 in [0, 9, 13, 27, 0x1F, 0x7F, 0x80, 0xC3, 0xFF] {
      var lines = try Self.lines()
      lines[number].append(byte)
      let error = thrown { () throws(FormError) in try Statement(validating: Self.joined(lines)) }
      #expect(error == .line(number + 1), "\(byte)")
    }
  }

  @Test("CR, CRLF and doubled line ends throughout are refused")
  func lineEnds() throws {
    let text = String(decoding: try Sample.statement().bytes, as: UTF8.self)
    for end in ["\r\n", "\r", "\n\n", "\u{0}", " \n", "\n "] {
      let other = Array(text.replacing("\n", with: end).utf8)
      #expect(throws: FormError.self) { try Statement(validating: other) }
    }
  }

  @Test("More than 4,096 bytes, and bytes of no form at all, are refused")
  func junk() throws {
    let bytes = try Sample.statement().bytes
    let long = bytes.dropLast() + [UInt8](repeating: 0x61, count: 4097 - bytes.count) + [10]
    #expect(long.count == 4097)
    #expect(throws: FormError.length) { try Statement(validating: Array(long)) }
    for count in [0, 1, 15, 16, 17, 4096] {
      for byte: UInt8 in [10, 0, 32, 58, 255] {
        let junk = [UInt8](repeating: byte, count: count)
        #expect(throws: FormError.self) { try Statement(validating: junk) }
      }
    }
    var random = SeededGenerator(seed: 1)
    for _ in 0..<2000 {
      let junk = random.bytes(random.below(300)) + [10]
      #expect(throws: FormError.self) { try Statement(validating: junk) }
    }
  }

  @Test("What parses after random edits encodes to the very same bytes", arguments: 0..<6)
  func mutants(seed: UInt64) throws {
    var random = SeededGenerator(seed: 100 + seed)
    var parsed = 0
    for _ in 0..<60 {
      let (one, other) = (try Sample.random(&random), try Sample.random(&random))
      let bytes = one.bytes
      for _ in 0..<12 {
        let mutant = Self.mutant(bytes, other.bytes, &random)
        guard let statement = try? Statement(validating: mutant) else { continue }
        parsed += 1
        #expect(statement.bytes == mutant)
      }
    }
    #expect(parsed > 0)
  }

  private static func mutant(
    _ bytes: [UInt8], _ other: [UInt8], _ random: inout SeededGenerator
  ) -> [UInt8] {
    var mutant = bytes
    let place = random.below(bytes.count)
    switch random.below(4) {
    case 0: mutant[place] = random.pick(Array("-a0z9Z. :~,%=+/".utf8), else: 0)
    case 1: mutant.remove(at: place)
    case 2: mutant.insert(random.pick(Array("-a0z9Z. :~,%=+/".utf8), else: 0), at: place)
    default:
      // The same line from another statement.
      var lines = bytes.split(separator: 10)
      let others = other.split(separator: 10)
      let number = random.below(lines.count)
      lines[number] = others[number]
      mutant = lines.flatMap { $0 + [10] }
    }
    return mutant
  }
}
