@testable import Mesh
import TestSupport
import Testing

/// Idle screens of real programs with small changes: either the pane is no longer
/// ready, or it must still be.
@Suite("Screen: changed screens")
struct ScreenMutationTests {
  private static let idle =
    (Recorded.pairs.filter { $0.submit == "yes" && $0.state != "space" }
    + Recorded.pairs("claude", "codex", "vibe", "aider", states: ["idle", "after", "cleared"]))
    .filter { !$0.isDrawn }

  private func read(
    _ pair: Recorded.Pair, _ screen: Screen, _ change: (inout PaneFacts) -> Void = { _ in }
  ) -> PaneState {
    var facts = pair.recording.facts
    change(&facts)
    return ScreenReader.read(facts, screen, profiles: Profile.all()).state
  }

  /// The same screen with plain text written over it.
  private func writing(_ text: String, _ pair: Recorded.Pair, row: Int, column: Int) -> Screen {
    let screen = pair.recording.screen
    guard screen.rows.indices.contains(row) else { return screen }
    let written = Screen(capture: Array(text.utf8), width: 0, height: 1).row(0).cells
    let old = screen.row(row)
    let rest = old.cells.dropFirst(column + written.count)
    var rows = screen.rows
    rows[row] = Row(cells: (0..<column).map(old.cell) + written + rest)
    return Screen(rows: rows, width: screen.width)
  }

  @Test("unchanged, it is ready", arguments: idle)
  func unchanged(_ pair: Recorded.Pair) {
    let facts = pair.recording.facts
    #expect(read(pair, pair.recording.screen) == .ready)
    #expect(read(pair, writing("", pair, row: facts.cursorY, column: facts.cursorX)) == .ready)
  }

  @Test("a character anywhere in the composer: not ready", arguments: idle)
  func typed(_ pair: Recorded.Pair) {
    let facts = pair.recording.facts
    for column in facts.cursorX..<min(facts.cursorX + 60, pair.recording.screen.width) {
      for text in ["x", "é", "漢"] {
        #expect(
          read(pair, writing(text, pair, row: facts.cursorY, column: column)) != .ready, "\(column)"
        )
      }
    }
  }

  @Test("the cursor anywhere else: not ready", arguments: idle)
  func cursor(_ pair: Recorded.Pair) {
    let at = pair.recording.facts
    var random = SeededGenerator(seed: 11)
    let near = (0...pair.recording.screen.width).map { ($0, at.cursorY) }
    let below = (-2...2).map { (at.cursorX, at.cursorY + $0) }
    let far = (0..<60).map { _ in
      (
        Int.random(in: 0...at.width, using: &random),
        Int.random(in: 0..<pair.recording.screen.height, using: &random)
      )
    }
    for (x, y) in near + below + far where (x, y) != (at.cursorX, at.cursorY) && y >= 0 {
      let state = read(pair, pair.recording.screen) {
        $0.cursorX = x
        $0.cursorY = y
      }
      #expect(state != .ready, "\(x),\(y)")
    }
  }

  @Test("another glyph: not ready", arguments: idle)
  func glyph(_ pair: Recorded.Pair) {
    let row = pair.recording.facts.cursorY
    // `»` is Codex's own prompt at its highest effort.
    let others = ["!", "/", "#", "$", "?", "*", " ", "x"] + (pair.program == "codex" ? [] : ["»"])
    for glyph in others {
      #expect(read(pair, writing(glyph, pair, row: row, column: 0)) != .ready, "\(glyph)")
    }
  }

  @Test("a question in the composer's place: not ready", arguments: idle)
  func dialog(_ pair: Recorded.Pair) {
    let row = pair.recording.facts.cursorY
    let questions = [
      " Do you want to proceed?", " ❯ 1. Yes", "│ › 2) No, and tell it what to do │",
      "Overwrite? (y/n) ",
      "Apply the changes? [y/N] ", " Enter to confirm · Esc to cancel", "(Y)es/(N)o [Yes]: ",
    ]
    for question in questions {
      let over = writing(question, pair, row: row, column: 0)
      #expect(read(pair, over) != .ready, "\(question)")
      if pair.program != "vibe", row + 1 < pair.recording.screen.height {
        #expect(
          read(pair, writing(question, pair, row: row + 1, column: 0)) != .ready, "\(question)")
      }
      if pair.program != "aider", row > 0 {
        #expect(
          read(pair, writing(question, pair, row: row - 1, column: 0)) != .ready, "\(question)")
      }
    }
  }

  @Test("flags win", arguments: idle)
  func flags(_ pair: Recorded.Pair) {
    let screen = pair.recording.screen
    #expect(read(pair, screen) { $0.dead = true } == .dead)
    #expect(read(pair, screen) { $0.inMode = true } == .mode)
    #expect(read(pair, screen) { $0.inputOff = true } == .inputOff)
    #expect(read(pair, screen) { $0.humanActive = true } == .humanTyping)
    #expect(read(pair, screen) { $0.terminal = .init(canonical: true, echo: false) } == .password)
    #expect(read(pair, screen) { $0.terminal = .init(canonical: true, echo: true) } == .unknown)
  }

  @Test(
    "a chosen item right above: not ready",
    arguments: idle.filter {
      !["aider", "llm", "openinterpreter"].contains($0.program) && $0.recording.facts.cursorY > 1
    })
  func popup(_ pair: Recorded.Pair) {
    let row = pair.recording.facts.cursorY - 2
    let screen = writing("  \u{1B}[7m/help\u{1B}[27m   show help", pair, row: row, column: 0)
    #expect(read(pair, screen) != .ready)
  }

  @Test("a loading line: not ready", arguments: idle.filter { $0.program == "vibe" })
  func loading(_ pair: Recorded.Pair) {
    let row = pair.recording.facts.cursorY
    #expect(read(pair, writing("⡆ Initializing…", pair, row: row - 2, column: 1)) == .busyRefusing)
    #expect(read(pair, writing("Initializing…", pair, row: row - 8, column: 1)) == .ready)
  }

  @Test("a status line of the user's, and words in the transcript, change nothing", arguments: idle)
  func harmless(_ pair: Recorded.Pair) {
    let screen = pair.recording.screen
    let last = screen.height - 1
    if pair.recording.facts.cursorY + 2 < last {
      let line = writing("\u{1B}[7m main ✱ 3 files  87% ", pair, row: last, column: 0)
      #expect(read(pair, line) == .ready)
    }
    if pair.recording.facts.cursorY > 8, pair.program != "aider" {
      #expect(
        read(pair, writing("I asked: do you want to go on? (y/n)", pair, row: 2, column: 4))
          == .ready)
    }
  }

  @Test("cut at any byte, or with junk in it: nothing traps", arguments: idle.prefix(12))
  func cut(_ pair: Recorded.Pair) throws {
    let text = pair.capture
    var random = SeededGenerator(seed: 7)
    for _ in 0..<200 {
      let end = Int.random(in: 0...text.count, using: &random)
      var bytes = Array(text[..<end])
      for _ in 0..<3 where !bytes.isEmpty {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
          in: 0...255, using: &random)
      }
      _ = read(pair, Screen(capture: bytes, width: 0, height: pair.recording.screen.height))
    }
  }
}
