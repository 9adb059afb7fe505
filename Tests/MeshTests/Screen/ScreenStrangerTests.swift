import Mesh
import Testing

/// The recorded screens of agents, read as if no profile knew the program.
@Suite("Screen: agents without a profile")
struct ScreenStrangerTests {
  private static let typing: Set<PaneState> = [.ready, .busyAccepting]
  private static let agents: Set<String> = [
    "claude", "codex", "fastagent", "vibe", "aider", "opencode", "gemini", "llm", "openinterpreter",
    "pi",
    "generic",
  ]

  private static func read(_ pair: Recorded.Pair) -> Reading {
    pair.read {
      $0.recorded = false
      $0.foreground = [Executable(path: "/opt/stranger")]
      $0.beneath = [Executable(path: "/usr/bin/bash")]
      $0.terminal = TerminalMode(canonical: false, echo: false)
    }
  }

  /// Drawn by interpreters, which are known by their process.
  private static let screens = Recorded.pairs.filter {
    agents.contains($0.program) && $0.submit != nil && !$0.name.hasPrefix("generic_node")
  }

  /// A draft of newlines alone cannot be told from an empty composer over blank rows, and is submitted with the message; a mode
  /// in which Enter is a line end, from another one.
  private static let alike: Set<String> = ["codex_newlines-mlempty", "fastagent_mlt-mode"]

  @Test(
    "text would be something else: never ready",
    arguments: screens.filter { $0.submit == "no" && !alike.contains($0.name) })
  func doesNotSubmit(_ pair: Recorded.Pair) {
    let reading = Self.read(pair)
    #expect(!Self.typing.contains(reading.state), "\(reading)")
  }

  @Test("text would be a new message: at least 85 % ready")
  func submits() {
    let all = Self.screens.filter { $0.submit == "yes" }
    let refused = all.filter { Self.read($0).state != .ready }
    #expect(all.count >= 90 && refused.count * 100 <= all.count * 15, "\(refused.map(\.name))")
  }

  /// A composer behind a bar, the cursor at its start.
  private static func barred(_ text: String = "", above: String = "", below: String = "") -> Drawn {
    var drawn = Drawn(
      ["# A title", "", "  Fine.", "  ┃  " + above, "  ┃  " + text, "  ┃  " + below, "  ╹▀▀▀▀▀▀"],
      cursor: (5, 4))
    drawn.facts.foreground = [Executable(path: "/opt/stranger")]
    return drawn
  }

  /// A composer between lines, the hidden cursor right behind its prompt.
  private static func parked(_ text: String = "", below: String = "") -> Drawn {
    var drawn = Drawn(
      ["  Fine.", "", Drawn.rule(80), "> " + text, below, Drawn.rule(80), "~/work"], cursor: (2, 3))
    drawn.facts.cursorShown = false
    drawn.facts.foreground = [Executable(path: "/opt/stranger")]
    return drawn
  }

  @Test("a cursor behind a bar or a prompt: ready on an empty row alone")
  func rows() {
    let hint = "\u{1B}[2mAsk anything\u{1B}[0m"
    for drawn in [Self.barred(), Self.barred(hint), Self.barred(below: hint), Self.parked()] {
      #expect(drawn.read().state == .ready, "\(drawn.read())")
    }
    let others = [
      Self.barred("half"), Self.barred(above: "Name of the branch?"), Self.barred(below: "2. No"),
      Self.barred("half").with { $0.cursorX = 9 }, Self.barred().with { $0.cursorX = 7 },
      Self.barred().with { $0.cursorShown = false }, Self.parked("half"),
      Self.parked(below: "  more"), Self.parked().with { $0.cursorX = 0 },
      Self.parked().with { $0.cursorY = 6 },
    ]
    for drawn in others { #expect(drawn.read().state != .ready, "\(drawn.rows)") }
  }
}
