import Mesh
import TestSupport
import Testing

@Suite struct FileNameTests {
  @Test(arguments: [
    "a", "CON", "nul.txt", "with blank", "名前.txt", "x (2).txt", "ünïcode", "a'b\"c$(d)`e`", "~",
    "[from hub-x] y", "👩‍👩‍👧.png", "a-", "a.",
  ])
  func good(name: String) throws {
    #expect(try FileName(validating: name).text == name)
  }

  @Test(arguments: [
    ("", FileNameError.length), (" ", .length), (String(repeating: "é", count: 128), .length),
    (".", .path), ("..", .path), ("a/b", .path), ("/etc/x", .path), ("../x", .path),
    (".bashrc", .start), ("-rf", .start), (".part-x", .start), ("a\nb", .character),
    ("a\0b", .character), ("a\tb", .character), ("a\u{7F}", .character), ("a\u{9B}", .character),
    ("a\u{202E}gpj.exe", .character), ("a\u{200B}b", .character), ("\u{FEFF}a", .character),
    ("a\u{E0041}", .character), ("a\u{2028}b", .character), ("a\u{FFFD}", .character),
    ("a\u{E000}", .character), ("e\u{301}", .form),
  ])
  func bad(name: String, error: FileNameError) {
    #expect(throws: error) { try FileName(validating: name) }
  }

  @Test func numbering() throws {
    func numbered(_ name: String, _ number: Int) throws -> String? {
      try FileName(validating: name).numbered(number)?.text
    }
    #expect(try numbered("a.txt", 2) == "a (2).txt")
    #expect(try numbered("archive.tar.gz", 10) == "archive.tar (10).gz")
    #expect(try numbered("plain", 3) == "plain (3)")
    #expect(try numbered("a.", 2) == "a. (2)")
    for length in 240...255 {
      let long = String(repeating: "n", count: length - 4) + ".txt"
      let name = try #require(try numbered(long, 1234))
      #expect(name.utf8.count <= 255 && name.hasSuffix(" (1234).txt"))
    }
  }

  /// A terminal shows a valid name unchanged, and the name is one component.
  @Test func property() {
    var random = SeededGenerator(seed: 7)
    let alphabet: [Unicode.Scalar] = [
      "a", "b", ".", "-", "/", " ", "\n", "\0", "\u{1B}", "é", "e", "\u{301}", "\u{200D}", "👩",
      "\u{202E}", "\u{FE0F}", "名", "\u{AD}", "[", "\u{E0001}", "~", "'",
    ]
    for _ in 0..<20_000 {
      var text = String.UnicodeScalarView()
      for _ in 0..<Int.random(in: 0...6, using: &random) {
        text.append(alphabet.randomElement(using: &random) ?? "a")
      }
      let name = String(text)
      guard let good = try? FileName(validating: name) else { continue }
      #expect(!good.text.contains("/") && !good.text.hasPrefix(".") && !good.text.hasPrefix("-"))
      #expect(SafeText.line(name, limit: 300) == name)
      if let next = good.numbered(2) { #expect(next.text != good.text) }
    }
  }
}
