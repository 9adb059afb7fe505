import Mesh

/// Screens drawn by hand in the style of programs by different makers, none of them copied.
struct Drawn {
  var rows: [String]
  var width: Int
  var facts = PaneFacts()

  init(_ rows: [String], width: Int = 80, height: Int = 24, cursor: (x: Int, y: Int)) {
    self.rows = rows + Array(repeating: "", count: max(0, height - rows.count))
    self.width = width
    facts.width = width
    facts.height = height
    facts.cursorX = cursor.x
    facts.cursorY = cursor.y
    facts.panePID = 100
    facts.terminal = TerminalMode(canonical: false, echo: false)
  }

  var screen: Screen {
    Screen(capture: Array(rows.joined(separator: "\n").utf8), width: width, height: rows.count)
  }

  func read(profiles: [Profile] = Profile.all(), delivered: [DeliveredText] = []) -> Reading {
    ScreenReader.read(facts, screen, profiles: profiles, delivered: delivered)
  }

  func look() -> Look { Look(facts, screen, profiles: Profile.all()) }

  /// The same with other facts.
  func with(_ change: (inout PaneFacts) -> Void) -> Drawn {
    var copy = self
    change(&copy.facts)
    return copy
  }

  static func rule(_ width: Int, _ words: String = "") -> String {
    let left = String(repeating: "─", count: max(0, width - words.count - 1))
    return left + words + "─"
  }

  /// A composer between two rules. The cursor is a reversed cell; the terminal's cursor is hidden.
  static func ruled(
    prompt: String = "❯\u{A0}", text: String = "", width: Int = 80, height: Int = 24,
    extra: [String] = []
  ) -> Drawn {
    let top = height - 4 - extra.count
    var rows = Array(repeating: "", count: top)
    rows[0] = "● Hello. What can I do?"
    rows += [rule(width), "\(prompt)\(text)\u{1B}[7m \u{1B}[0m"] + extra
    rows += [rule(width), "  ? for shortcuts"]
    var drawn = Drawn(
      rows, width: width, height: height, cursor: (prompt.count + text.count, top + 1))
    drawn.facts.cursorShown = false
    drawn.facts.foreground = [Executable(path: "/usr/bin/claude")]
    drawn.facts.beneath = [Executable(path: "/usr/bin/bash")]
    return drawn
  }

  /// An unknown program with a prompt between blank rows.
  static func plain(
    prompt: String = "> ", text: String = "", above: String = "", below: String = ""
  ) -> Drawn {
    var drawn = Drawn(
      ["Welcome to the thing", "", above, prompt + text, below],
      cursor: (prompt.count + text.count, 3))
    drawn.facts.foreground = [Executable(path: "/opt/thing")]
    drawn.facts.beneath = [Executable(path: "/usr/bin/bash")]
    return drawn
  }

  /// A terminal that reads lines for one program, with no shell beneath it.
  static func lines(_ rows: [String] = [], program: String = "/opt/logger") -> Drawn {
    var drawn = Drawn(rows, cursor: (0, rows.count))
    drawn.facts.terminal = TerminalMode(canonical: true, echo: true)
    drawn.facts.foreground = [Executable(path: program)]
    drawn.facts.beneath = []
    return drawn
  }

  /// A shell at its prompt.
  static func shell(_ text: String = "", prompt: String = "me@box:~$ ") -> Drawn {
    var drawn = Drawn(["last login", prompt + text], cursor: (prompt.count + text.count, 1))
    drawn.facts.foreground = [Executable(path: "/usr/bin/bash")]
    drawn.facts.beneath = []
    return drawn
  }
}
