import Mesh
import Testing

/// What a program reports about itself, beside what its screen shows.
@Suite("Screen: what the program reports")
struct ScreenReportTests {
  private static let idle = SessionReport(status: "idle")
  private static let waiting = SessionReport(status: "waiting", waitingFor: "permission prompt")
  private static let unknown = SessionReport(status: "dreaming")

  private static func above(_ rows: [String], text: String = "") -> Drawn {
    var drawn = Drawn.ruled(text: text)
    let end = drawn.facts.cursorY - 2
    drawn.rows.replaceSubrange(end - rows.count..<end, with: rows)
    return drawn
  }

  private static let list = ["  ❯ 1. Rename it", "    2. Split it"]

  private func state(_ drawn: Drawn, _ report: SessionReport?) -> PaneState {
    drawn.with { $0.report = report }.read().state
  }

  @Test(
    "it waits for a person: a question is open, whatever the screen shows",
    arguments: [
      Drawn.ruled(), Drawn.ruled(text: "half"), Drawn.ruled().with { $0.title = "◐ working" },
      Drawn.plain(), Drawn.plain(text: "half"), Drawn(["odd"], cursor: (1, 0)), Drawn.lines(),
    ])
  func waits(_ drawn: Drawn) {
    #expect(state(drawn, nil) != .dialog)
    let reading = drawn.with { $0.report = Self.waiting }.read()
    #expect(reading.state == .dialog)
    #expect(reading.evidence[0].hasSuffix("its session reports waiting: permission prompt"))
    for report in [Self.idle, Self.unknown] { #expect(state(drawn, report) == state(drawn, nil)) }
  }

  @Test(
    "states that are more careful than a dialog, or no agent's, stay",
    arguments: [
      Drawn.shell(), Drawn.ruled().with { $0.inMode = true }, Drawn.ruled().with { $0.dead = true },
      Drawn.ruled().with { $0.inputOff = true }, Drawn.ruled(text: "/help"),
      Drawn.ruled().with { $0.terminal = TerminalMode(canonical: true, echo: false) },
    ])
  func stays(_ drawn: Drawn) {
    for report in [Self.waiting, Self.idle] { #expect(state(drawn, report) == state(drawn, nil)) }
  }

  @Test("a person at the keys does not hide the question")
  func human() {
    let drawn = Drawn.ruled().with { $0.humanActive = true }
    #expect(state(drawn, nil) == .humanTyping && state(drawn, Self.waiting) == .dialog)
  }

  @Test("a list above an empty composer is prose while it reports idle, and else a question")
  func prose() {
    let drawn = Self.above(Self.list)
    #expect(state(drawn, Self.idle) == .ready)
    for report in [nil, Self.unknown, Self.waiting] { #expect(state(drawn, report) == .dialog) }
  }

  @Test("and it stays prose above the text that we type")
  func proseAboveOurText() {
    let text = "[from a-b @ 2026-11-22T07:31:39.000Z] [verified abcdefgh] hi"
    let ours = DeliveredText(id: "abcdefghijklmnopqrstuvwxyz", text: text)
    let drawn = Self.above(Self.list, text: text)
    #expect(drawn.with { $0.report = Self.idle }.read(delivered: [ours]).state == .draft)
    #expect(drawn.read(delivered: [ours]).state == .dialog)
    #expect(state(drawn, Self.idle) == .dialog)
  }

  @Test(
    "idle is not enough: no empty composer, keys that answer, a chosen item, a question below",
    arguments: [
      above(["  ❯ 1. Yes, go on", "    2. Wait"]), above(["  Allow it?", "  ❯ Allow", "    Deny"]),
      above(list, text: "half"), above(list + ["", "  Enter to confirm"]),
      above(list + ["  Esc to cancel"]),
      above(["  How is it?", "  1: Bad    2: Fine   3: Good   0: Dismiss"]),
      above(["  one", "\u{1B}[7m  two  \u{1B}[0m"]), above(["  Overwrite it? (y/n)"]),
      Drawn.ruled().below(list),
      Drawn(["Which?"] + list, cursor: (2, 1)).with {
        $0.foreground = [Executable(path: "/usr/bin/claude")]
      },
      Drawn.plain(above: "❯ 1. Rename it", below: "  2. Split it"),
    ])
  func notEnough(_ drawn: Drawn) {
    #expect(state(drawn, nil) != .ready)
    #expect(state(drawn, Self.idle) == state(drawn, nil))
  }

  /// Drawn from a description: points that are no answers, and no words about keys. While its menus are open, the real
  /// program reports `waiting`.
  private static let menus: Set<String> = ["claude_menu_nofoot-dialog"]

  @Test("recorded screens: idle changes none of them, waiting leaves none ready")
  func recorded() {
    let pairs = Recorded.pairs("claude")
    #expect(pairs.count > 60)
    for pair in pairs {
      let plain = pair.read().state
      let idle = pair.read { $0.report = Self.idle }.state
      #expect(idle == plain || Self.menus.contains(pair.name), "\(pair.name): \(idle)")
      let waits = pair.read { $0.report = Self.waiting }.state
      #expect(![.ready, .busyAccepting, .draft].contains(waits), "\(pair.name)")
    }
  }

  @Test("its words are safe for a terminal, and short")
  func safe() {
    let report = SessionReport(
      status: "a\u{1B}[31m\n" + String(repeating: "x", count: 999), waitingFor: "\u{202E}b")
    #expect(report.words.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x202E })
    #expect(report.words.count < 120)
  }
}

extension Drawn {
  fileprivate func below(_ rows: [String]) -> Drawn {
    var drawn = self
    drawn.rows.removeLast()
    drawn.rows += rows
    drawn.rows.removeFirst(rows.count - 1)
    drawn.facts.cursorY -= rows.count - 1
    return drawn
  }
}
