import Mesh
import Testing

/// Screens drawn by hand: the order of states, processes, unknown programs.
@Suite("Screen: states")
struct ScreenReadingTests {
  private static let typing: Set<PaneState> = [.ready, .busyAccepting]

  @Test("an agent's screen and process agree: ready, at any width", arguments: [40, 60, 80, 200])
  func ready(_ width: Int) {
    let reading = Drawn.ruled(width: width).read()
    #expect(reading.state == .ready)
    #expect(reading.profile?.name == "claude-code" && reading.kind == .agent)
    #expect(reading.composer?.column == 2)
  }

  @Test("dead, input-off, mode, password, dialog, composer: in this order")
  func order() {
    var drawn = Drawn.ruled()
    drawn.rows.append("Do you want to proceed? (y/n)")
    #expect(drawn.read().state == .dialog)
    drawn.facts.terminal = TerminalMode(canonical: true, echo: false)
    #expect(drawn.read().state == .password)
    drawn.facts.inMode = true
    #expect(drawn.read().state == .mode)
    drawn.facts.inputOff = true
    #expect(drawn.read().state == .inputOff)
    drawn.facts.dead = true
    #expect(drawn.read().state == .dead)
  }

  @Test("a human at the keys: of what could be typed into, only")
  func human() {
    let busy = Drawn.ruled().with { $0.humanActive = true }
    #expect(busy.read().state == .humanTyping && busy.read().beneathHuman == .ready)
    #expect(Drawn.shell().with { $0.humanActive = true }.read().state == .shellPrompt)
    #expect(busy.with { $0.inMode = true }.read().state == .mode)
  }

  @Test(
    "drafts",
    arguments: [
      Drawn.ruled(text: "x"), Drawn.ruled(text: "   "), Drawn.ruled(text: "two words"),
      Drawn.ruled(extra: ["  more"]),
      Drawn.ruled(text: "half").with { $0.cursorX = 2 }, Drawn.ruled().with { $0.cursorX = 3 },
      Drawn.ruled(text: "one", extra: ["  "]).with {
        $0.cursorX = 2
        $0.cursorY += 1
      }, Drawn.ruled(text: "is it so? (y/n)"),
    ])
  func drafts(_ drawn: Drawn) { #expect(drawn.read().state == .draft) }

  @Test("commands and command modes", arguments: ["/", "/help", "!ls", "#note", "@file"])
  func commands(_ text: String) { #expect(Drawn.ruled(text: text).read().state == .mode) }

  @Test("another glyph in the prompt's place", arguments: ["!\u{A0}", "#\u{A0}", "/ ", "? "])
  func glyphs(_ prompt: String) { #expect(Drawn.ruled(prompt: prompt).read().state == .mode) }

  @Test(
    "an agent runs, its composer is not there",
    arguments: [
      Drawn(["Loading …"], cursor: (0, 1)), Drawn([], cursor: (0, 0)),
      Drawn(["❯ "], cursor: (2, 0)),
      Drawn(["", "❯\u{A0}", ""], cursor: (2, 1)),
    ])
  func noComposer(_ drawn: Drawn) {
    let reading = drawn.with { $0.foreground = [Executable(path: "/usr/bin/claude")] }.read()
    #expect(reading.state == .unknown)
    #expect(reading.evidence.contains { $0.contains("claude-code") })
  }

  @Test("only the executable counts, not what a process calls itself")
  func renamed() {
    let bash = Drawn.ruled().with {
      $0.command = "claude"
      $0.title = "✳ Claude Code"
      $0.foreground = [Executable(path: "/usr/bin/bash")]
    }
    #expect(bash.read().state == .shellPrompt)
    let hidden = bash.with { $0.foreground = nil }
    #expect(hidden.read().state == .unknown)
    let named = bash.with {
      $0.foreground = [Executable(path: "/usr/bin/bash", script: "/tmp/claude")]
    }
    #expect(named.read().state == .shellPrompt)
  }

  @Test(
    "forms in which one agent may run",
    arguments: [
      [Executable(path: "/home/a/.local/share/claude/versions/2.1.330")],
      [Executable(path: "/usr/bin/node", script: "/usr/bin/claude")],
      [Executable(path: "/usr/bin/node", script: "/usr/lib/node_modules/@x/claude-code/cli.js")],
      [Executable(path: "/usr/bin/claude (deleted)")],
      [Executable(path: "/bin/sh", script: "start.sh"), Executable(path: "/usr/bin/claude")],
      [Executable(path: "/usr/bin/claude"), Executable(path: "/usr/bin/git")],
    ])
  func forms(_ group: [Executable]) {
    #expect(Drawn.ruled().with { $0.foreground = group }.read().kind == .agent)
  }

  @Test(
    "what stands before another account, machine or terminal is never an agent",
    arguments: [
      "ssh", "mosh-client", "sudo", "su", "docker", "podman", "kubectl", "nsenter", "tmux",
      "screen", "script",
    ])
  func clients(_ name: String) {
    let group = [Executable(path: "/usr/bin/\(name)"), Executable(path: "/usr/bin/claude")]
    #expect(Drawn.ruled().with { $0.foreground = group }.read().state == .shellPrompt)
  }

  @Test(
    "prompts by process",
    arguments: [
      "bash", "zsh", "fish", "dash", "mksh", "nu", "tcsh", "python3.11", "node", "sqlite3", "psql",
      "mysql",
      "irb", "ghci", "lua5.4",
    ])
  func prompts(_ name: String) {
    let drawn = Drawn.plain(prompt: "❯ ").with {
      $0.foreground = [Executable(path: "/usr/bin/\(name)")]
    }
    #expect(drawn.read().state == .shellPrompt)
  }

  @Test("an interpreter's script is the program")
  func scripts() {
    let drawn = Drawn.plain().with {
      $0.foreground = [Executable(path: "/usr/bin/python3.11", script: "/opt/bot")]
    }
    #expect(drawn.read().state == .ready)
    let ipython = drawn.with {
      $0.foreground = [Executable(path: "/usr/bin/python3.11", script: "ipython")]
    }
    #expect(ipython.read().state == .shellPrompt)
  }

  @Test("editors and pagers take keys", arguments: ["vim", "less", "htop", "nano"])
  func keys(_ name: String) {
    #expect(
      Drawn.plain().with { $0.foreground = [Executable(path: "/usr/bin/\(name)")] }.read().state
        == .mode)
  }

  @Test(
    "an unknown program: ready",
    arguments: [
      Drawn.plain(), Drawn.plain(prompt: "❯ "), Drawn.plain(prompt: "│ > "),
      Drawn.plain(prompt: "› \u{1B}[2mAsk\u{1B}[0m").with { $0.cursorX = 2 },
      Drawn.plain(above: Drawn.rule(80), below: Drawn.rule(80)),
      // A banner or a status row is not a question.
      Drawn.plain(above: "Some text"), Drawn.plain(prompt: "default ➤ "),
      Drawn.plain(prompt: "you> "), Drawn.plain(below: "\u{1B}[2m/help for help\u{1B}[0m"),
      Drawn.plain(prompt: "> ", above: "╭" + String(repeating: "─", count: 78) + "╮"),
    ])
  func generic(_ drawn: Drawn) {
    let reading = drawn.read()
    #expect(reading.state == .ready && reading.profile == nil && reading.kind == nil, "\(reading)")
  }

  @Test(
    "an unknown program: not ready",
    arguments: [
      Drawn.plain(text: "x"), Drawn.plain(text: " "), Drawn.plain(prompt: "$ "),
      Drawn.plain(prompt: "# "),
      Drawn.plain(prompt: "% "), Drawn.plain(prompt: "mysql> "), Drawn.plain(prompt: ">>> "),
      Drawn.plain(prompt: "Name: "),
      Drawn.plain(above: "Name of the project?"), Drawn.plain(above: "Enter a name"),
      Drawn.plain(above: "2) another"), Drawn.plain(below: "Some text"),
      Drawn.plain().with { $0.cursorX = 1 },
      Drawn.plain().with { $0.cursorX = 3 }, Drawn.plain().with { $0.cursorShown = false },
      Drawn.plain(prompt: ""),
      Drawn.plain(below: "\u{1B}[7m /help \u{1B}[0m"),
      Drawn.plain().with {
        $0.terminal = nil
        $0.foreground = nil
      },
      Drawn.plain(prompt: "> 1. "),
    ])
  func genericRefuses(_ drawn: Drawn) { #expect(!Self.typing.contains(drawn.read().state)) }

  @Test("an unknown program with a question anywhere: a dialog, unless we wrote it")
  func genericDialog() {
    var drawn = Drawn.plain()
    drawn.rows[10] = "Overwrite the file? (y/n)"
    #expect(drawn.read().state == .dialog)
    drawn.rows[9] = "[from a-b @ 2026-11-22T07:31:39Z] [verified abcdefgh] Overwrite"
    drawn.rows[10] = "the file? (y/n)"
    #expect(drawn.read().state == .dialog)
    let ours = DeliveredText(
      id: "abcdefghijklmnopqrstuvwxyz",
      text: drawn.rows[9] + " the file? (y/n)")
    #expect(drawn.read(delivered: [ours]).state == .ready)
    drawn.rows[12] = "❯ 1. Yes"
    #expect(drawn.read(delivered: [ours]).state == .dialog)
  }

  /// A program may show our tag again, with a question right below it.
  @Test("only rows that hold our text and nothing else are ours")
  func oursAlone() {
    let tag = "[from a-b @ 2026-11-22T07:31:39Z] [verified abcdefgh] "
    let ours = DeliveredText(id: "abcdefghijklmnopqrstuvwxyz", text: tag + "Overwrite it? (y/n)")
    func state(_ rows: [String]) -> PaneState {
      var drawn = Drawn.plain()
      for (index, row) in rows.enumerated() { drawn.rows[9 + index] = row }
      return drawn.read(delivered: [ours]).state
    }
    #expect(state([tag + "Overwrite it? (y/n)"]) == .ready)
    #expect(state([tag + "Overwrite", "  it? (y/n)"]) == .ready)
    for below in ["Allow this? (y/n)", "❯ 1. Yes", "│ (y/n) │"] {
      #expect(state([tag + "Overwrite it? (y/n)", below]) == .dialog, "\(below)")
    }
    #expect(state([tag + "Overwrite it? (y/n) Allow this? [y/N]"]) == .dialog)
    #expect(state([tag + "Something", "else? (y/n)"]) == .dialog)
    let menu = DeliveredText(id: "abcdefghijklmnopqrstuvwxyz", text: tag + "\n❯ 1. Yes")
    var drawn = Drawn.plain()
    (drawn.rows[9], drawn.rows[10]) = (tag, "❯ 1. Yes")
    #expect(drawn.read(delivered: [menu]).state == .dialog)
  }

  @Test("a program that reads lines")
  func lines() {
    #expect(Drawn.lines(["one", "two"]).read().state == .ready)
    #expect(Drawn.lines(program: "/bin/cat").read().profile?.name == "reader")
    #expect(
      Drawn.lines(["Continue? [y/N] "]).with {
        $0.cursorY = 0; $0.cursorX = 16
      }.read().state == .dialog)
    #expect(
      Drawn.lines(["half"]).with {
        $0.cursorY = 0; $0.cursorX = 4
      }.read().state == .unknown)
    #expect(
      Drawn.lines(["half"], program: "/bin/cat").with {
        $0.cursorY = 0; $0.cursorX = 4
      }.read().state == .draft)
    let option = Drawn.lines(["name: "]).with {
      $0.cursorY = 0; $0.cursorX = 6
    }
    #expect(option.read().state == .unknown)
    #expect(option.with { $0.inputPolicy = .line }.read().state == .ready)
  }

  /// A terminal that delivers lines does not make a program a shell: the program is working.
  @Test("what a job of a shell leaves unread, the shell would run: never ready")
  func beneath() {
    for shell in ["/bin/bash", "/usr/bin/python3.11", "/usr/bin/ssh"] {
      let job = Drawn.lines().with { $0.beneath = [Executable(path: shell)] }
      #expect(job.read().state == .busyRefusing)
    }
    #expect(Drawn.lines().with { $0.beneath = nil }.read().state == .busyRefusing)
  }

  @Test("an interpreter's process that calls itself otherwise is what it runs, not a prompt")
  func retitled() {
    func python(_ called: String?, _ rows: [String], canonical: Bool = false) -> PaneState {
      var drawn = Drawn(rows, cursor: (2, rows.count - 1))
      drawn.facts.terminal = TerminalMode(canonical: canonical, echo: canonical)
      drawn.facts.foreground = [Executable(path: "/usr/bin/python3.11", called: called)]
      drawn.facts.beneath = [Executable(path: "/bin/bash")]
      return drawn.read().state
    }
    let agent = ["  hello", "", "❯ "]
    #expect(python("my-agent", agent) == .ready)
    #expect(python("my-agent", ["Working", "", ""], canonical: true) == .busyRefusing)
    #expect(python("my-agent", ["  Allow this? (y/n)", "", "❯ "]) == .dialog)
    #expect(python("my-agent", ["  hello", "", "❯ half typed"]) == .draft)
    // An interpreter without a script is at its prompt, whatever the prompt looks like.
    for called in ["python3", "python3.11", nil] { #expect(python(called, agent) == .shellPrompt) }
    #expect(python("python3", ["Working", "", ""], canonical: true) == .busyRefusing)
    #expect(python("python3", ["hello", ">>> "], canonical: true) == .shellPrompt)
    #expect(python("my-agent", ["hello", ">>> "]) == .shellPrompt)
  }

  @Test("who pressed a key in the last two seconds is typing, unless the client is read-only")
  func aPersonTypes() {
    let watcher = Watcher(activity: 100, isReadOnly: false)
    #expect(watcher.isTyping(at: 100) && watcher.isTyping(at: 102) && !watcher.isTyping(at: 103))
    #expect(!Watcher(activity: 100, isReadOnly: true).isTyping(at: 100))
  }

  @Test("where the pane's owner says what runs in it, the screen alone decides")
  func agentKind() {
    let behind = Drawn.ruled().with { $0.foreground = [Executable(path: "/usr/bin/docker")] }
    #expect(behind.read().state == .shellPrompt)
    let said = behind.with { $0.agentKind = "claude-code" }.read()
    #expect(said.state == .ready && said.kind == .agent && said.profile?.name == "claude-code")
    let shell = Drawn.shell().with { $0.agentKind = "claude-code" }
    #expect(shell.read().state == .unknown)
    #expect(behind.with { $0.agentKind = "nobody" }.read().state == .unknown)
    #expect(behind.with { $0.agentKind = "generic" }.read().profile == nil)
    let like = ScreenReader.likeness(behind.look(), profiles: Profile.all())
    #expect(like == "claude-code")
    let bash = Drawn.shell()
    #expect(ScreenReader.likeness(bash.look(), profiles: Profile.all()) == nil)
  }

  @Test(
    "an agent under the names that packagers give it",
    arguments: [
      Executable(path: "/nix/store/x/bin/.claude-unwrapped"), Executable(path: "/opt/claude.exe"),
      Executable(path: "/usr/bin/bun", script: "/home/a/.clawgod/cli.cjs"),
      Executable(path: "/usr/bin/node", script: "/opt/claude_local_launcher.cjs"),
    ])
  func packaged(_ program: Executable) {
    #expect(Drawn.ruled().with { $0.foreground = [program] }.read().profile?.name == "claude-code")
  }

  @Test("evidence is safe for a terminal")
  func evidence() {
    let drawn = Drawn.plain().with { $0.foreground = [Executable(path: "/x/a\u{1B}[31m\u{202E}b")] }
    let reading = drawn.read()
    #expect(!reading.evidence.isEmpty)
    for scalar in reading.evidence.joined().unicodeScalars {
      #expect(![.control, .format].contains(scalar.properties.generalCategory))
    }
  }

  /// The terminal's cursor is hidden and elsewhere; a reversed cell is after the prompt.
  @Test("a program that draws its cursor and a hint that is not dim")
  func drawnCursor() {
    func gemini(_ row: String) -> PaneState {
      let bar = String(repeating: "▀", count: 80)
      var drawn = Drawn(
        ["", bar, row, String(repeating: "▄", count: 80), " ~/src"], cursor: (0, 23))
      drawn.facts.cursorShown = false
      drawn.facts.foreground = [Executable(path: "/usr/bin/node", script: "/usr/bin/gemini")]
      return drawn.read().state
    }
    let hint = "\u{1B}[7m \u{1B}[27m \u{1B}[38;5;245mType your message or @path/to/file\u{1B}[0m"
    #expect(gemini(" > " + hint) == .ready)
    #expect(gemini(" * " + hint) == .ready)
    #expect(gemini(" ! " + hint) != .ready)
    #expect(gemini(" > hi\u{1B}[7m \u{1B}[0m") == .draft)
    #expect(gemini(" > \u{1B}[7mh\u{1B}[0mi") == .draft)
    #expect(gemini(" >   Type your message or @path/to/file") != .ready)
    #expect(gemini(" (r:)  \u{1B}[7m \u{1B}[0m") != .ready)
  }

  @Test("a program with a bar at its left")
  func bar() {
    func openCode(_ text: String, below: String = "  ┃") -> PaneState {
      let rows = [
        "# A title", "", "  ┃", "  ┃  " + text, below, "  ┃  Build  Some Model", "  ╹▀▀▀▀▀▀▀▀▀",
      ]
      var drawn = Drawn(rows, cursor: (5, 3))
      drawn.facts.foreground = [Executable(path: "/usr/bin/opencode")]
      return drawn.read().state
    }
    #expect(openCode("\u{1B}[38;5;245mAsk anything... \"Fix it\"\u{1B}[0m") == .ready)
    #expect(openCode("") == .ready)
    #expect(openCode("x") == .draft)
    #expect(openCode("", below: "  ┃  more") == .draft)
    #expect(openCode("/") == .mode)
  }
}
