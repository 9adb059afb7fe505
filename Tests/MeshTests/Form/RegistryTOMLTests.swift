import Mesh
import TestSupport
import Testing

@Suite struct RegistryTOMLTests {
  @Test func reads() throws {
    let text = """
      # who
      name = "x" # behind
      "quoted key" = -5

      [mesh]
      \tversion = 1
      yes = true
      no = false
      list = ["a", "b\\n", ]
      long = [
        # comment
        "one",

        "two" # last
      ]
      none = []
      [agents.hub-dev-build]
      role = "\\u00e9\\U0001F600 \\"\\\\\\b\\t\\f\\r"
      [agents."hub-dev~2"]
      [ a . "b.c" . d_1 ]
      zero = 0
      plus = +7
      most = 9223372036854775807
      least = -9223372036854775808
      """
    let document = try TOMLDocument(parsing: Array(text.utf8))
    #expect(document[[]]?.string("name") == "x")
    #expect(document[[]]?.integer("quoted key") == -5)
    #expect(document[["mesh"]]?.integer("version") == 1)
    #expect(document[["mesh"]]?.boolean("yes") == true)
    #expect(document[["mesh"]]?.boolean("no") == false)
    #expect(document[["mesh"]]?.strings("list") == ["a", "b\n"])
    #expect(document[["mesh"]]?.strings("long") == ["one", "two"])
    #expect(document[["mesh"]]?.strings("none") == [])
    #expect(
      document.children(of: "agents").map(\.path) == [
        ["agents", "hub-dev-build"], ["agents", "hub-dev~2"],
      ])
    #expect(document[["agents", "hub-dev-build"]]?.string("role") == "é😀 \"\\\u{8}\t\u{C}\r")
    #expect(document[["a", "b.c", "d_1"]]?.integer("most") == .max)
    #expect(document[["a", "b.c", "d_1"]]?.integer("least") == .min)
    #expect(document[["a", "b.c", "d_1"]]?.integer("plus") == 7)
    #expect(document[["mesh"]]?.string("version") == nil)
    #expect(document[["agents"]] == nil)
  }

  @Test func linesEndInCRLFToo() throws {
    let document = try TOMLDocument(parsing: Array("# c\r\n[a]\r\nb = 1\r\n\r\n".utf8))
    #expect(document[["a"]]?.integer("b") == 1)
  }

  static let bad: [(text: String, line: Int)] = [
    ("a = 1\na = 2", 2), ("[a]\n[a]", 2), ("[a]\n[b]\n[a]", 3), ("a = 1\n[a]", 2),
    ("a = 1\n[a.b]", 2),
    ("[a.b]\n[a]\nb = 1", 3), ("[a]\nb = 1\n[a.b]", 3), ("[[a]]", 1), ("[[[a]", 1), ("[a", 1),
    ("[]", 1),
    ("[a.]", 1), ("[.a]", 1), ("[a]]", 1), ("[a] b = 1", 1), ("[a.b.c.d.e]", 1),
    ("a.b = 1", 1), ("a", 1), ("a =", 1), ("a = \n1", 1), ("= 1", 1), ("a 1", 1), ("a = 1 2", 1),
    ("a = 1 b = 2", 1),
    ("a = 'x'", 1), ("'a' = 1", 1), ("a = \"\"\"x\"\"\"", 1), ("a = '''x'''", 1),
    ("\"\"\"a\"\"\" = 1", 1),
    ("a = 1.5", 1), ("a = 1e5", 1), ("a = inf", 1), ("a = nan", 1), ("a = 0x10", 1),
    ("a = 1_000", 1), ("a = 01", 1),
    ("a = -01", 1), ("a = +-1", 1), ("a = -", 1), ("a = 9223372036854775808", 1),
    ("a = 1979-05-27", 1),
    ("a = 07:32:00", 1), ("a = True", 1), ("a = truex", 1), ("a = true.x", 1), ("a = {}", 1),
    ("a = [1]", 1),
    ("a = [\"x\" \"y\"]", 1), ("a = [\"x\",,]", 1), ("a = [,]", 1), ("a = [[\"x\"]]", 1),
    ("a = [\"x\"", 1),
    ("a = [\"x\", true]", 1), ("a = \"x", 1), ("a = \"x\ny\"", 1), ("a = \"\\x41\"", 1),
    ("a = \"\\e\"", 1),
    ("a = \"\\u12\"", 1), ("a = \"\\uD800\"", 1), ("a = \"\\U00110000\"", 1),
    ("a = \"\\UFFFFFFFF\"", 1),
    ("a = \"\\", 1), ("a = \"\u{1}\"", 1), ("a = \"\u{7F}\"", 1), ("# \u{1}", 1),
    ("\u{FEFF}a = 1", 1), ("\u{0}", 1),
    ("a = 1\rb = 2", 1), ("a = \"x\r\n\"", 1), ("é = 1", 1), ("\n\n\nb = ?", 4),
    ("a = [\n\"x\"\n1]", 3), ("\u{C}", 1),
  ]

  @Test(arguments: bad.indices)
  func refusedWithItsLine(index: Int) {
    let (text, line) = Self.bad[index]
    do {
      _ = try TOMLDocument(parsing: Array(text.utf8))
      Issue.record("accepted: \(text.debugDescription)")
    } catch .line(let number, _) {
      #expect(number == line, "\(text.debugDescription)")
    } catch {
      Issue.record("\(error)")
    }
  }

  @Test func bounds() throws {
    let comment = Array("#".utf8) + [UInt8](repeating: 0x78, count: TOMLDocument.limit - 1)
    _ = try TOMLDocument(parsing: comment)
    #expect(throws: TOMLError.tooLarge) { try TOMLDocument(parsing: comment + [0x78]) }
    #expect(throws: TOMLError.line(3, "not UTF-8")) {
      try TOMLDocument(parsing: Array("a = 1\n\nb = \"".utf8) + [0xFF, 0x22])
    }
    let brackets = [UInt8](repeating: UInt8(ascii: "["), count: 100_000)
    #expect(throws: TOMLError.self) { try TOMLDocument(parsing: brackets) }
    let array = Array("a = ".utf8) + brackets
    #expect(throws: TOMLError.self) { try TOMLDocument(parsing: array) }
  }

  @Test(arguments: 0..<30)
  func whatIsWrittenReadsBack(seed: Int) throws {
    var random = SeededGenerator(seed: UInt64(seed))
    for _ in 0..<20 {
      let document = RegistryRandom.document(&random)
      let bytes = document.encoded
      let again = try TOMLDocument(parsing: bytes)
      #expect(again == document)
      #expect(again.encoded == bytes)
      // Safe to display: no control characters except LF, nothing invisible.
      #expect(bytes.allSatisfy { ($0 >= 0x20 || $0 == 0x0A) && $0 != 0x7F })
    }
  }

  /// A valid file with some bytes changed never traps; what it means survives writing and reading.
  @Test(arguments: 0..<30)
  func mutatedFiles(seed: Int) throws {
    var random = SeededGenerator(seed: UInt64(500 + seed))
    let alphabet = Array("[]\"=.#\\\n\r, au0-_tf1'{}\u{1}".utf8) + [0xFF, 0xC3, 0x80]
    for _ in 0..<60 {
      var bytes = RegistryRandom.document(&random).encoded
      guard !bytes.isEmpty else { continue }
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        let byte = alphabet.randomElement(using: &random) ?? 0
        if Bool.random(using: &random) {
          bytes[place] = byte
        } else {
          bytes.insert(byte, at: place)
        }
      }
      guard let document = try? TOMLDocument(parsing: bytes) else { continue }
      #expect(try TOMLDocument(parsing: document.encoded) == document)
    }
  }
}

/// Random documents that the writer accepts.
enum RegistryRandom {
  static func document(_ random: inout SeededGenerator) -> TOMLDocument {
    var document = TOMLDocument()
    for number in 0..<Int.random(in: 0...5, using: &random) {
      let key = random.nasty(Int.random(in: 0...3, using: &random))
      let paths = [[], ["plain\(number)"], ["agents", key], ["a", "b-\(number)", key]]
      var table = TOMLTable(path: paths.randomElement(using: &random) ?? [])
      for _ in 0..<Int.random(in: 0...5, using: &random) {
        // The dash keeps a key of the root from being equal to a table's name.
        table.set("k-" + random.nasty(2), value(&random))
      }
      document.set(table)
    }
    return document
  }

  private static func value(_ random: inout SeededGenerator) -> TOMLValue {
    switch Int.random(in: 0..<4, using: &random) {
    case 0: .string(random.nasty(Int.random(in: 0...10, using: &random)))
    case 1: .integer(Int64.random(in: .min ... .max, using: &random))
    case 2: .boolean(Bool.random(using: &random))
    default: .strings((0..<Int.random(in: 0...3, using: &random)).map { _ in random.nasty(3) })
    }
  }
}
