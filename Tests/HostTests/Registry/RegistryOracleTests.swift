import Mesh
import MeshHost
import TestSupport
import Testing

/// Python's tomllib reads what we write, and accepts what we accept, with the same meaning.
@Suite struct RegistryOracleTests {
  /// Reads files from stdin, each after a line with its length. Prints `refused` or the values of each:
  /// every string as hex of its UTF-8, so that no escapes are involved.
  private static let script = """
    import sys, tomllib
    def show(v):
        if isinstance(v, bool): return 'b' + str(int(v))
        if isinstance(v, int): return 'i' + str(v)
        if isinstance(v, str): return 's' + v.encode().hex()
        if isinstance(v, list): return '[' + ','.join(show(x) for x in v) + ']'
        if isinstance(v, dict):
            return '{' + ','.join(sorted(k.encode().hex() + ':' + show(x) for k, x in v.items())) + '}'
        return '?'
    data = sys.stdin.buffer
    while line := data.readline():
        text = data.read(int(line))
        try: print(show(tomllib.loads(text.decode())))
        except Exception: print('refused')
    """

  private func ask(_ files: [[UInt8]]) throws -> [String] {
    var input: [UInt8] = []
    for file in files { input += Array("\(file.count)\n".utf8) + file }
    let done = try Child.run(
      "python3", ["-c", Self.script], stdin: input, limit: 64 << 20, deadline: .seconds(60))
    try #require(done.status == 0, "\(String(decoding: done.err, as: UTF8.self))")
    return String(decoding: done.out, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  private static func hex(_ text: String) -> String {
    text.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  private static func show(_ value: TOMLValue) -> String {
    switch value {
    case .string(let text): "s" + hex(text)
    case .integer(let number): "i\(number)"
    case .boolean(let answer): answer ? "b1" : "b0"
    case .strings(let list): "[" + list.map { "s" + hex($0) }.joined(separator: ",") + "]"
    }
  }

  /// The tree below `path`, in the script's output format.
  private static func show(_ document: TOMLDocument, below path: [String] = []) -> String {
    var parts = document[path]?.entries.map { hex($0.key) + ":" + show($0.value) } ?? []
    var seen: Set<String> = []
    for table in document.tables
    where table.path.count > path.count && table.path.starts(with: path) {
      let key = table.path[path.count]
      guard seen.insert(key).inserted else { continue }
      parts.append(hex(key) + ":" + show(document, below: path + [key]))
    }
    return "{" + parts.sorted().joined(separator: ",") + "}"
  }

  private static let tokens = [
    "a", "b", "\"a\"", "\"q.\\u00e9\"", "é", "[a]", "[a.b]", "[b.\"a\"]", "[[a]]", "a = 1",
    "b = \"x\"", "c = true",
    "d = [\"x\", \"y\",]", "a.b = 1", " = ", "=", "1", "-0", "+5", "007", "1_0", "0x1", "1.0",
    "1e3", "true", "false",
    "\"\\n\\t\\\\\"", "\"\"", "\"\"\"", "'l'", "[", "]", ",", "[\"x\"]", "[1]", "{}", "{a=1}",
    "2026-11-22",
    " ", "\t", "\n", "\n", "\n", "\r\n", "\r", "#", "# note", ".", "\\", "\u{7F}", "\u{0}",
    "\u{FEFF}", "\u{85}", "😀",
  ]

  /// Files made of pieces of TOML: many are valid, more are nearly valid.
  private func soups() -> [[UInt8]] {
    var dice = SeededGenerator(seed: 7)
    return (0..<20_000).map { _ in
      var text = ""
      for _ in 0..<Int.random(in: 1...14, using: &dice) {
        text += Self.tokens.randomElement(using: &dice) ?? ""
        if Int.random(in: 0..<3, using: &dice) == 0 { text += "\n" }
      }
      return Array(text.utf8)
    }
  }

  @Test func whatWeAcceptTomllibAccepts() throws {
    var accepted: [(file: [UInt8], document: TOMLDocument)] = []
    for file in soups() {
      if let document = try? TOMLDocument(parsing: file) { accepted.append((file, document)) }
    }
    #expect(accepted.count > 500)
    let answers = try ask(accepted.map(\.file))
    try #require(answers.count == accepted.count)
    for ((file, document), answer) in zip(accepted, answers) where answer != Self.show(document) {
      Issue.record("\(String(decoding: file, as: UTF8.self).debugDescription): \(answer)")
    }
  }

  @Test func whatWeWriteTomllibReads() throws {
    var dice = SeededGenerator(seed: 11)
    var documents: [TOMLDocument] = []
    for _ in 0..<300 {
      var document = TOMLDocument()
      for number in 0..<4 {
        var table = TOMLTable(path: number == 0 ? [] : ["t", text(&dice) + "\(number)"])
        table.set("s" + text(&dice), .string(text(&dice)))
        table.set("l", .strings([text(&dice), text(&dice)]))
        table.set("i", .integer(Int64.random(in: .min ... .max, using: &dice)))
        table.set("b", .boolean(Bool.random(using: &dice)))
        document.set(table)
      }
      documents.append(document)
    }
    let answers = try ask(documents.map(\.encoded))
    #expect(answers == documents.map { Self.show($0) })
  }

  private func text(_ dice: inout SeededGenerator) -> String {
    var out = ""
    for _ in 0..<Int.random(in: 0...8, using: &dice) {
      let most: UInt32 = Bool.random(using: &dice) ? 0x7F : 0x10FFFF
      if let scalar = Unicode.Scalar(UInt32.random(in: 0...most, using: &dice)) {
        out.unicodeScalars.append(scalar)
      }
    }
    return out
  }
}
