import Mesh
import Testing

@Suite struct TextSafeTextTests {
  private func safe(_ text: String) throws -> String { try SafeText(body: Array(text.utf8)).text }

  @Test(arguments: [
    ("a\rb\r\nc\u{85}d\u{2028}e\u{2029}f\u{0B}g\u{0C}h", "a\nb\nc\nd\ne\nf\ng\nh"),
    ("\r\r\n\n", "\n\n\n"),
    ("tab\tstays", "tab\tstays"),
    ("\u{0}\u{1B}\u{7F}", "\u{2400}\u{241B}\u{2421}"),
    ("\u{80}\u{9B}\u{9F}", "\u{FFFD}\u{FFFD}\u{FFFD}"),
    ("\u{202E}\u{2066}\u{200E}\u{61C}", "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"),
    ("a\u{200B}b\u{AD}c\u{2060}d\u{FEFF}", "a\u{FFFD}b\u{FFFD}c\u{FFFD}d\u{FFFD}"),
    ("\u{E000}\u{F0000}\u{10FFFD}", "\u{FFFD}\u{FFFD}\u{FFFD}"),
    ("\u{3164}\u{115F}\u{34F}\u{180E}\u{FFF9}", "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"),
    ("x\u{E0100}y\u{FE00}", "x\u{FFFD}y\u{FFFD}"),
  ])
  func replacesOneForOne(input: String, wanted: String) throws {
    #expect(Array(try safe(input).unicodeScalars) == Array(wanted.unicodeScalars))
  }

  @Test(arguments: [
    "plain ASCII ~!@#$%^&*(){}<>|\\\"'`",
    "Grüße, 日本語, עברית, العربية, हिन्दी, ไทย, 한국어, ελληνικά",
    "👩‍💻 👨‍👩‍👧‍👦 👩🏽‍🚀 🏳️‍🌈 🏴‍☠️ ❤️ ❤︎ 1️⃣ #️⃣ 🇩🇪 ☎️ 🧑🏻‍❤️‍💋‍🧑🏿",
    "\u{1F3F4}\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}!",  // England
    "می‌خواهم خانه‌ها",  // ZWNJ in Persian
    "क्‍ष श्री‌मान ක්‍රම",  // ZWJ and ZWNJ in Devanagari and Sinhala
    "\u{600}١٢ \u{6DD}",  // visible format characters
    "a(b) [x] [1] [fromage] [verifiedBy] x[fromIndex] [from_x] [  unverified]",
  ])
  func staysToTheLetter(text: String) throws {
    #expect(Array(try safe(text).unicodeScalars) == Array(text.unicodeScalars))
  }

  @Test(arguments: [
    ("a\u{200D}b", 1), ("1\u{FE0F}2", 1), ("a\u{FE0F}", 1), ("👩\u{200D}x", 1),
    ("❤\u{FE0F}\u{FE0F}", 1),
    ("👩\u{200D}\u{200D}👩", 2), ("می\u{200C}", 1), ("\u{200C}می", 1), ("می\u{200C}\u{200C}خ", 2),
    ("1\u{200D}2", 1),
  ])
  func joinersElsewhereAreReplaced(text: String, count: Int) throws {
    #expect(try safe(text).unicodeScalars.filter { $0 == "\u{FFFD}" }.count == count)
  }

  @Test(arguments: [
    "hi \u{E0041}\u{E0042}", "\u{E0001}", "\u{1F3F4}\u{E0068}\u{E0069}\u{E007F}",
    "\u{1F3F4}\u{E0067}",
    "\u{1F3F4}\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}\u{E0067}",
  ])
  func hiddenTagsAreRefused(text: String) {
    #expect(throws: TextError.tagCharacters) { try safe(text) }
    #expect(SafeText.line(text).unicodeScalars.contains("\u{FFFD}"))
  }

  @Test(
    arguments: [
      [0xFF], [0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0x61, 0x80],
      [0xE2, 0x82],
    ] as [[UInt8]])
  func notUTF8IsRefused(bytes: [UInt8]) {
    #expect(throws: TextError.notUTF8) { try SafeText(body: bytes) }
    #expect(SafeText.line(bytes: bytes).unicodeScalars.contains("\u{FFFD}"))
  }

  @Test(arguments: [0xFFFE, 0xFFFF, 0xFDD0, 0xFDEF, 0x1FFFE, 0x10FFFF] as [UInt32])
  func noncharacters(value: UInt32) throws {
    let scalar = try #require(Unicode.Scalar(value))
    #expect(try safe("a\(Character(scalar))b") == "a\u{FFFD}b")
  }

  @Test func limit() throws {
    #expect(try SafeText(body: [UInt8](repeating: 0x61, count: 65_536)).text.utf8.count == 65_536)
    #expect(throws: TextError.tooLong) {
      try SafeText(body: [UInt8](repeating: 0x61, count: 65_537))
    }
    #expect(try SafeText(body: []).text.isEmpty)
    // An "é" that is cut by the limit is invalid UTF-8, not a shorter text.
    var cut = [UInt8](repeating: 0x61, count: 65_535)
    cut.append(0xC3)
    #expect(throws: TextError.notUTF8) { try SafeText(body: cut) }
  }

  @Test func endOfPasteIsHarmless() throws {
    let text = try safe("x\u{1B}[201~\r!rm -rf ~\r\u{9B}201~")
    #expect(text == "x\u{241B}[201~\n!rm -rf ~\n\u{FFFD}201~")
  }

  @Test func oneLineAndTabs() throws {
    let text = try SafeText(body: Array("a\r\n\tb\n".utf8))
    #expect(text.oneLine() == "a ⏎     b ⏎ ")
    #expect(text.oneLine(joinedBy: " ") == "a     b ")
    #expect(text.tabsAsSpaces == "a\n    b\n")
    #expect(text.text == "a\n\tb\n")
  }

  @Test func lines() {
    #expect(SafeText.line("a\nb\r\nc\td") == "a\u{2424}b\u{2424}c d")
    #expect(SafeText.line("\u{1B}]0;x\u{7}") == "\u{241B}]0;x\u{2407}")
    #expect(SafeText.line(String(repeating: "é", count: 200)).unicodeScalars.count == 200)
    let long = SafeText.line(String(repeating: "é", count: 201))
    #expect(long.unicodeScalars.count == 200 && long.hasSuffix("é…"))
    #expect(SafeText.line("ab", limit: 0) == "…")
    #expect(SafeText.line("") == "")
    #expect(SafeText.line("a", limit: .max) == "a" && SafeText.line("a", limit: .min) == "a")
    #expect(SafeText.line(bytes: "a".utf8, limit: .max) == "a")
    #expect(SafeText.line(bytes: "a\r\nb".utf8, limit: 3) == "a\u{2424}b")
  }
}
