import Testing

@testable import Mesh

/// The text that we type, in composers of 60 columns: whatever it says, it is no question; a real
/// dialog over it is one.
@Suite("Screen: what we typed")
struct ScreenTypedTests {
  private static let id = "abcdefghijklmnopqrstuvwxyz"
  private static let head = ["[from a-b @ 2026-11-22T07:31:39.000Z] [verified", "  abcdefgh] "]

  /// A message, and the rows that a composer of 60 columns makes of it.
  private struct Typed {
    let text: String
    let rows: [String]

    init(_ lines: [String]) {
      rows =
        ["❯\u{A0}" + head[0], head[1] + lines[0]] + lines.dropFirst().map { "  " + $0 }
      text = (head[0] + " abcdefgh] ") + lines.joined(separator: "\n")
    }

    var delivered: DeliveredText { DeliveredText(id: id, text: text) }
    /// As the next delivery knows it.
    var stored: DeliveredText {
      let known = delivered
      return DeliveredText(
        mark: known.mark, length: known.length, digest: known.digest, tail: known.tail)
    }
  }

  private static let menu = Typed(["please:", "❯ 1. Yes, all of it", "  2. No, none of it"])
  private static let long = Typed(
    (1...20).map { ($0 % 4 == 0 ? "❯ " : "  ") + "\($0). a line that has a number in it" })

  /// Claude Code with these rows in its composer, the cursor behind the last.
  private static func claude(_ rows: some Collection<String>, label: String = "") -> Drawn {
    let rows = Array(rows)
    let top = label.isEmpty ? Drawn.rule(60) : "─── \(label) " + Drawn.rule(54 - label.count)
    let end = rows.last ?? ""
    var drawn = Drawn(
      ["● Hello.", "", top] + rows + [Drawn.rule(60), "  ? for shortcuts"], width: 60, height: 24,
      cursor: (end.count, 2 + rows.count))
    drawn.facts.foreground = [Executable(path: "/usr/bin/claude")]
    return drawn
  }

  /// Codex shows its prompt before the first row that is to be seen.
  private static func codex(_ rows: some Collection<String>) -> Drawn {
    let rows = Array(rows)
    var drawn = Drawn(
      ["• OK.", "", ""] + rows + ["", "", "  model default"], width: 60, height: 24,
      cursor: (rows.last?.count ?? 0, 2 + rows.count))
    drawn.facts.foreground = [Executable(path: "/usr/bin/codex")]
    return drawn
  }

  @Test("right above the line over an empty composer it has been taken")
  func aboveTheLine() {
    let text = "[from a-b @ 2026-11-22T07:31:39.000Z] [verified abcdefgh] hi"
    var drawn = Drawn.ruled()
    drawn.rows[19] = "❯ " + text
    let read = drawn.read(delivered: [DeliveredText(id: Self.id, text: text)])
    #expect(read.state == .ready && read.composer?.row == 21)
  }

  @Test("a menu in the text: a draft, however much of it is drawn")
  func parts() {
    for count in 1...Self.menu.rows.count {
      let drawn = Self.claude(Self.menu.rows.prefix(count))
      #expect(drawn.read(delivered: [Self.menu.delivered]).state == .draft, "\(count) rows")
    }
    // Another's text, or a person's, is not known.
    #expect(Self.claude(Self.menu.rows).read().state == .dialog)
  }

  @Test("the composer has scrolled")
  func scrolled() {
    let last = Self.long.rows.suffix(9)
    for text in [Self.long.delivered, Self.long.stored] {
      let drawn = Self.claude(last, label: "↑ 12 more")
      #expect(drawn.read(delivered: [text]).state == .draft)
      let first = "› " + (last.first ?? "").dropFirst(2) + "       ↑"
      let codex = Self.codex([first] + last.dropFirst())
      #expect(codex.read(delivered: [text]).state == .draft)
    }
    // It is still drawing, and has not come to the end.
    let part = Self.claude(Self.long.rows.dropFirst(5).prefix(8), label: "↑ 5 more")
    #expect(part.read(delivered: [Self.long.delivered]).state == .draft)
    #expect(part.read(delivered: [Self.long.stored]).state == .dialog)
    #expect(Self.claude(last, label: "↑ 12 more").read().state == .dialog)
  }

  /// Rows of the text begin as the prompt does, in a program that does not indent them.
  @Test("the composer begins where the text does")
  func anchored() {
    let rows = [
      "❯ " + Self.head[0], "abcdefgh] please:", "❯ 1. Yes, all of it", "  2. No, none of it",
    ]
    var drawn = Drawn(
      ["Last: 10 input"] + rows + ["", "", " model 000 | NRM | fast-agent"], width: 60,
      cursor: (rows[3].count, 4))
    drawn.facts.foreground = [Executable(path: "/usr/bin/python3.13", script: "fast-agent")]
    #expect(drawn.read(delivered: [Self.menu.delivered]).state == .draft)
    #expect(drawn.read(delivered: [Self.menu.delivered]).composer?.row == 1)
    #expect(drawn.read(delivered: [Self.menu.stored]).held?.isAlone == true)
    drawn.facts.cursorX += 1
    drawn.rows[4] += "x"
    #expect(drawn.read(delivered: [Self.menu.delivered]).composer?.row == 3)
  }

  /// While the program works, its composer is gone and its terminal reads lines, in which nobody chooses answers.
  @Test("answers in a message that was taken are no dialog while the program works")
  func taken() {
    var drawn = Drawn(
      Self.menu.rows + ["", "▶ Sending"], width: 60, cursor: (9, Self.menu.rows.count + 1))
    drawn.facts.cursorShown = false
    drawn.facts.foreground = [Executable(path: "/usr/bin/python3.13", script: "fast-agent")]
    func state(_ canonical: Bool) -> PaneState {
      drawn.facts.terminal = TerminalMode(canonical: canonical, echo: canonical)
      return drawn.read(delivered: [Self.menu.stored]).state
    }
    #expect(state(true) == .busyRefusing)
    #expect(state(false) == .dialog)
    drawn.rows.replaceSubrange(6..<8, with: [" ❯ 1. Yes", "   2. No"])
    #expect(state(true) == .dialog)
  }

  @Test("a real dialog is one, below the text, above it, or in its place")
  func dialogs() {
    let rows = Self.menu.rows
    let asked = [" Do you want to proceed?", " ❯ 1. Yes", "   2. No", " Esc to cancel"]
    func state(_ drawn: Drawn) -> PaneState {
      drawn.read(delivered: [Self.menu.delivered]).state
    }
    var below = Self.claude(rows)
    below.rows.replaceSubrange(8..<12, with: asked)
    #expect(state(below) == .dialog)
    var inside = Self.claude(rows + asked)
    #expect(state(inside) == .dialog)
    inside.facts.cursorY = 2 + rows.count
    #expect(state(inside) == .dialog)
    var instead = Self.claude(asked)
    instead.facts.cursorX = 1
    #expect(state(instead) == .dialog)
    // With the same words as the text's.
    let same = Self.claude(["  please:", "❯ 1. Yes, all of it", "  2. No, none of it"])
    #expect(state(same) == .dialog)
  }

  @Test("an earlier message in the composer is named, alone or with only its end in sight")
  func held() {
    func held(_ drawn: Drawn, _ text: DeliveredText) -> HeldMessage? {
      drawn.read(delivered: [text]).held
    }
    let (short, long) = (Self.menu.stored, Self.long.stored)
    let alone = Self.claude(Self.menu.rows)
    #expect(held(alone, short)?.mark == "abcdefgh")
    #expect(held(alone, short)?.isAlone == true)
    #expect(
      Treatment(alone.read(delivered: [short]), alone.facts, Sender(.own))
        == .refuse(.unsubmitted))
    let end = Self.claude(Self.long.rows.suffix(9), label: "↑ 12 more")
    #expect(held(end, long)?.isAlone == false)
    // A person's letters before or behind it, or a part of it, are a draft of that person's.
    var rows = Self.menu.rows
    rows[0] = "❯\u{A0}x " + Self.head[0]
    #expect(held(Self.claude(rows), short)?.isAlone != true)
    rows = Self.menu.rows
    rows[3] += "x"
    #expect(held(Self.claude(rows), short) == nil)
    #expect(held(Self.claude(Self.menu.rows.prefix(2)), short) == nil)
    // An earlier version stored no end.
    let old = DeliveredText(mark: long.mark, length: long.length, digest: long.digest)
    #expect(held(end, old) == nil)
  }

  /// A program can report any cursor.
  @Test func aPlaceBelowTheLastRowHasNoLetters() {
    let screen = Screen(capture: Array("one\ntwo\n".utf8), width: 10, height: 2)
    for row in [2, 30, Int.max] {
      #expect(Letters(screen, from: (row, 0), to: (row, 5)).characters.isEmpty)
    }
    #expect(Letters(screen, from: (0, 0), to: (30, 5)).characters == Array("onetwo"))
  }
}
