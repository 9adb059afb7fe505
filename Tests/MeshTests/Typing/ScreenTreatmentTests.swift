import Mesh
import TestSupport
import Testing

@Suite("Screen: what is typed where")
struct ScreenTreatmentTests {
  private func treat(_ drawn: Drawn, _ sender: Sender) -> Treatment {
    Treatment(drawn.read(), drawn.facts, sender)
  }
  private func isTyped(_ treatment: Treatment) -> Bool {
    if case .type = treatment { true } else { false }
  }
  private static let standings: [Standing] = [.own, .near, .global]

  @Test("an agent gets it whole, from everyone who was admitted", arguments: standings)
  func agent(_ standing: Standing) {
    guard case .type(let plan) = treat(.ruled(), Sender(standing)) else {
      return #expect(Bool(false))
    }
    #expect(
      plan.style.brackets && plan.multiline && plan.style.chunkCharacters == 700
        && plan.style.chunkNewlines == 2)
    #expect(plan.style.enterDelay == 60 && plan.style.trailingSpace && plan.style.echoes)
    #expect(plan.lineLimit == nil)
  }

  @Test("force overrides draft, busy, human-typing, unknown-screen, and nothing else")
  func force() {
    let cases: [(Drawn, Refusal, Bool)] = [
      (.ruled(text: "x"), .draft, true),
      (Drawn.ruled().with { $0.humanActive = true }, .humanTyping, true),
      (
        Drawn(["?"], cursor: (0, 5)).with { $0.foreground = [.init(path: "/opt/x")] },
        .unknownScreen, true
      ),
      (Drawn.ruled().with { $0.dead = true }, .deadPane, false),
      (Drawn.ruled().with { $0.inMode = true }, .mode, false), (.ruled(text: "/"), .mode, false),
      (Drawn.ruled().with { $0.inputOff = true }, .inputOff, false),
      (Drawn.ruled().with { $0.terminal = .init(canonical: true, echo: false) }, .password, false),
      (
        Drawn(["Do you want to proceed?", "❯ 1. Yes"], cursor: (0, 1)).with {
          $0.foreground = [.init(path: "/usr/bin/claude")]
        }, .dialog, false
      ),
      (Drawn.plain().with { $0.foreground = nil }, .unknownScreen, false),
      (Drawn.shell().with { $0.shellPolicy = .refuse }, .shell, false),
      (Drawn.plain().with { $0.foreground = [.init(path: "/usr/bin/vim")] }, .fullScreen, false),
    ]
    for (drawn, refusal, gives) in cases {
      #expect(treat(drawn, Sender(.own)) == .refuse(refusal))
      let forced = treat(drawn, Sender(.own, force: true))
      #expect(gives ? isTyped(forced) : forced == .refuse(refusal), "\(refusal) \(forced)")
    }
  }

  @Test("a turn that is left to another way, unless forced; else it is typed into")
  func turns() {
    let works = Drawn.ruled().with { $0.title = "◐ Working" }
    #expect(works.read().state == .busyAccepting)
    var sender = Sender(.own)
    #expect(isTyped(treat(works, sender)))
    sender.leavesTurns = true
    #expect(treat(works, sender) == .refuse(.busy) && isTyped(treat(.ruled(), sender)))
    sender.force = true
    #expect(isTyped(treat(works, sender)))
  }

  @Test("a busy program that takes nothing: busy, unless forced")
  func busy() throws {
    let text = """
      kind = "agent"
      process = "worker"
      prompt = "> "
      above = "blank"
      below = "blank"
      busy = "working"
      """
    let profile = try Profile(parsing: Array(text.utf8), name: "worker")
    var drawn = Drawn.plain().with { $0.foreground = [.init(path: "/opt/worker")] }
    drawn.rows[0] = "Working…"
    let reading = drawn.read(profiles: [profile])
    #expect(reading.state == .busyRefusing)
    #expect(Treatment(reading, drawn.facts, Sender(.own)) == .refuse(.busy))
    #expect(isTyped(Treatment(reading, drawn.facts, Sender(.own, force: true))))
  }

  @Test("an unknown program gets one line from senders admitted near it")
  func unknown() {
    for standing in [Standing.own, .near] {
      guard case .type(let plan) = treat(.plain(), Sender(standing)) else {
        return #expect(Bool(false))
      }
      #expect(!plan.multiline && plan.style.enterDelay == 150)
    }
    #expect(treat(.plain(), Sender(.global)) == .refuse(.unknownScreen))
    #expect(treat(.plain(), Sender(.global, force: true)) == .refuse(.unknownScreen))
  }

  @Test("a reader gets one line, as long as the terminal takes")
  func reader() {
    guard case .type(let plan) = treat(.lines(program: "/bin/cat"), Sender(.own)) else {
      return #expect(Bool(false))
    }
    #expect(plan.lineLimit == 4095 && !plan.multiline && !plan.style.brackets)
    #expect(treat(.lines(program: "/bin/cat"), Sender(.global)) == .show)
    #expect(isTyped(treat(.lines(), Sender(.near))))
    #expect(treat(.lines(), Sender(.global)) == .show)
  }

  @Test("what a shell beneath would read is shown, unless the pane's owner knows better")
  func beneath() {
    let cat = Drawn.lines(program: "/bin/cat").with { $0.beneath = [.init(path: "/bin/bash")] }
    #expect(treat(cat, Sender(.own)) == .show)
    #expect(treat(cat.with { $0.beneath = nil }, Sender(.own)) == .show)
    #expect(isTyped(treat(cat.with { $0.inputPolicy = .line }, Sender(.own))))
    let job = Drawn.lines(program: "/bin/sleep").with { $0.beneath = [.init(path: "/bin/bash")] }
    #expect(treat(job, Sender(.own)) == .refuse(.busy))
    #expect(treat(job, Sender(.own, force: true)) == .show)
  }

  @Test(
    "shells: shown; raw for senders whom the pane names, on an empty line", arguments: standings)
  func shells(_ standing: Standing) {
    let shell = Drawn.shell()
    for force in [false, true] {
      var sender = Sender(standing, force: force)
      sender.expectsAgent = true
      #expect(treat(shell, sender) == .refuse(.shell))
      sender.expectsAgent = false
      #expect(treat(shell, sender) == .show)
      #expect(treat(shell.with { $0.shellPolicy = .raw }, sender) == .show)
      #expect(treat(shell.with { $0.inputPolicy = .line }, sender) == .show)
      #expect(treat(shell.with { $0.shellPolicy = .refuse }, sender) == .refuse(.shell))
      let named = Sender(standing, namedByPane: true, force: force)
      #expect(isTyped(treat(shell.with { $0.shellPolicy = .raw }, named)))
      #expect(treat(Drawn.shell("ls").with { $0.shellPolicy = .raw }, named) == .refuse(.draft))
      #expect(
        treat(
          Drawn.shell().with {
            $0.shellPolicy = .raw; $0.humanActive = true
          }, named) == .refuse(.humanTyping))
    }
  }

  @Test("a shell's own script may read lines, if the pane says so")
  func script() {
    let drawn = Drawn.lines(program: "/bin/bash").with {
      $0.foreground = [.init(path: "/bin/bash", script: "ask.sh")]
    }
    #expect(treat(drawn, Sender(.own)) == .show)
    #expect(isTyped(treat(drawn.with { $0.inputPolicy = .line }, Sender(.own))))
  }

  @Test("an agent on tmux that knows it brackets nothing right now gets one line")
  func brackets() {
    guard
      case .type(let plan) = treat(Drawn.ruled().with { $0.bracketPaste = false }, Sender(.own))
    else { return #expect(Bool(false)) }
    #expect(!plan.multiline)
  }

  @Test("pieces hold the text, to the letter", arguments: 0..<30)
  func pieces(_ seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let alphabet: [Character] = ["a", " ", "\n", "é", "👩‍👩‍👧", "漢", "\\", "@"]
    let text = String(
      (0..<Int.random(in: 0...3000, using: &random)).map { _ in
        alphabet.randomElement(using: &random) ?? "x"
      })
    guard case .type(var plan) = treat(.ruled(), Sender(.own)) else { return #expect(Bool(false)) }
    let pieces = try plan.pieces(of: text)
    #expect(pieces.joined() == (text.last == " " ? text : text + " "))
    #expect(
      pieces.allSatisfy { $0.utf16.count <= 700 && $0.count { $0 == "\n" } <= 2 && !$0.isEmpty })
    plan.multiline = false
    #expect(try !plan.pieces(of: text).joined().contains("\n"))
  }

  @Test("one line: newlines stay visible; a line that would be cut is refused")
  func oneLine() throws {
    var plan = TypingPlan()
    #expect(try plan.pieces(of: "a\nb\n\n") == ["a ⏎ b"])
    plan.lineLimit = 4095
    #expect(try plan.pieces(of: String(repeating: "x", count: 4094)).count == 1)
    #expect(throws: Refusal.lineTooLong) {
      try plan.pieces(of: String(repeating: "x", count: 4095))
    }
    #expect(throws: Refusal.lineTooLong) {
      try plan.pieces(of: String(repeating: "é", count: 2048))
    }
    plan.style.trailingSpace = true
    #expect(throws: Refusal.lineTooLong) {
      try plan.pieces(of: String(repeating: "x", count: 4094))
    }
  }

  @Test("where a shell beneath an agent does not know bracketed pastes, one line only")
  func bareShells() {
    func plan(_ beneath: [Executable]?) -> TypingPlan? {
      guard case .type(let plan) = treat(Drawn.ruled().with { $0.beneath = beneath }, Sender(.own))
      else { return nil }
      return plan
    }
    for shell in ["dash", "sh", "ash", "busybox", "ksh", "ksh93", "mksh", "tcsh", "csh", "yash"] {
      #expect(plan([.init(path: "/bin/\(shell)")])?.multiline == false, "\(shell)")
      #expect(plan([.init(path: "/bin/bash"), .init(path: "/bin/\(shell)")])?.multiline == false)
    }
    #expect(plan(nil)?.multiline == false)
    for shell in ["bash", "zsh", "zsh-5.9", "fish"] {
      #expect(plan([.init(path: "/bin/\(shell)")])?.multiline == true, "\(shell)")
    }
    #expect(plan([])?.multiline == true)
    // A script ends with the agent and reads no commands.
    #expect(plan([.init(path: "/bin/dash", script: "start.sh")])?.multiline == true)
    var command = Executable(path: "/bin/dash")
    command.readsCommands = false
    #expect(plan([command])?.multiline == true)
  }
}
