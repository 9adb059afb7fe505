@testable import Mesh
import TestSupport
import Testing

@Suite("Screen: reading a capture")
struct ScreenCaptureTests {
  private func rows(_ text: String, width: Int = 0, height: Int = 0) -> Screen {
    Screen(capture: Array(text.utf8), width: width, height: height)
  }

  @Test("styles last across rows until they are reset")
  func stylesCarry() {
    let screen = rows("\u{1B}[2mdim\nstill\u{1B}[0m not\n\u{1B}[1;7mx\u{1B}[27my\u{1B}[22mz")
    #expect(screen.row(1).cell(0).style == [.dim])
    #expect(screen.row(1).cell(5).style == [])
    #expect(screen.row(2).cell(0).style == [.bold, .reversed])
    #expect(screen.row(2).cell(1).style == [.bold])
    #expect(screen.row(2).cell(2).style == [])
  }

  @Test(
    "colours",
    arguments: [
      ("38;5;174", CellColour.palette(174)), ("31", .palette(1)), ("97", .palette(15)),
      ("38;2;1;2;3", .rgb(1, 2, 3)), ("38:2::1:2:3", .rgb(1, 2, 3)), ("38:5:9", .palette(9)),
      ("31;39", .standard), ("38;5", .palette(0)), ("38", .standard),
      ("38;2;300;0;0", .rgb(255, 0, 0)),
      ("99999999999;31", .palette(1)),
    ])
  func colours(_ code: String, _ colour: CellColour) {
    #expect(rows("\u{1B}[\(code)mx").row(0).cell(0).foreground == colour)
  }

  @Test("wide characters take two columns, marks none")
  func widths() {
    let row = rows("a漢e\u{301}👍b").row(0)
    #expect(row.cells.map(\.text) == ["a", "漢", "", "e\u{301}", "👍", "", "b"])
    #expect(row.columns(of: "a漢é") == 4)
    #expect(row.columns(of: "a漢e") == nil)
    #expect(row.text() == "a漢é👍b")
  }

  @Test("other sequences are skipped")
  func skipped() {
    let link = rows("\u{1B}]8;;http://x\u{1B}\\text\u{1B}]8;;\u{7}\u{1B}[2Kend\u{1B}(B!").row(0)
    #expect(link.text() == "textend!")
    #expect(rows("\u{0E}lqqk\u{0F}q").row(0).text() == "┌──┐q")
    #expect(rows("a\tb").row(0).text() == "a       b")
  }

  @Test("sizes: what is outside the pane is dropped, missing rows are blank")
  func sizes() {
    let screen = rows("abcdef\ngh", width: 4, height: 5)
    #expect(screen.row(0).text() == "abcd")
    #expect(screen.height == 5)
    #expect(screen.row(4).isBlank)
    #expect(screen.row(-1).isBlank && screen.row(Int.max).isBlank)
    #expect(screen.row(0).text(from: 2, to: 3) == "c")
    #expect(screen.row(0).text(from: 9, to: 3) == "")
  }

  @Test(
    "rules, with words in them or not",
    arguments: [
      ("────────────────────", true), ("──── History 1/1 ───", true),
      ("─────── accept edits ─", true),
      ("╭──────────────────╮", true), ("─────", false), ("Hello ──────────────", false),
      ("", false),
      ("──────────────────── x", false), ("--------------------", false),
    ])
  func rules(_ text: String, _ isRule: Bool) {
    #expect(rows(text).row(0).isRule(width: 20) == isRule)
  }

  @Test("anything is read without trapping", arguments: 0..<40)
  func junk(_ seed: UInt64) {
    var random = SeededGenerator(seed: seed + 1)
    let alphabet: [UInt8] = [
      0x1B, 0x5B, 0x6D, 0x3B, 0x3A, 0x0A, 0x20, 0x0E, 0xC2, 0xE2, 0x9D, 0xFF, 0x39,
    ]
    let bytes = (0..<2000).map { _ in
      Bool.random(using: &random)
        ? alphabet.randomElement(using: &random) ?? 0 : UInt8.random(in: 0...255, using: &random)
    }
    let screen = Screen(
      capture: bytes, width: Int.random(in: -2...60, using: &random),
      height: Int.random(in: -2...30, using: &random))
    #expect(screen.rows.allSatisfy { $0.cells.count <= Screen.limit })
    var facts = PaneFacts()
    facts.cursorX = Int.random(in: -5...100, using: &random)
    facts.cursorY = [Int.min, -1, 0, 5, 40, Int.max].randomElement(using: &random) ?? 0
    facts.recorded = true
    for command in ["claude", "codex", "vibe-rs", "python3", "cat", "bash", "other"] {
      facts.command = command
      let reading = ScreenReader.read(
        facts, screen, profiles: Profile.all(),
        delivered: [DeliveredText(id: "abcdefgh", text: "[verified abcdefgh] hi")])
      #expect(!reading.evidence.isEmpty)
    }
  }
}
