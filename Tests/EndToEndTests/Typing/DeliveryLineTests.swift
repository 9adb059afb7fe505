import Mesh
import TestSupport
import Testing

/// Programs that read lines from their terminal, and those at whose prompt text would be run.
@Suite struct DeliveryLineTests {
  /// The kernel hands over 4,095 bytes with the line's end, and cuts the rest.
  @Test(arguments: [4094, 4095, 60_000])
  func aLineIsTypedWholeOrNotAtAll(_ length: Int) async throws {
    try await DeliveryBench.with(profile: nil) { bench in
      let reader = try await Recipient.start(in: bench.tmux, ["--style", "lines"], drawn: "")
      try await reader.waitFor(.ready)
      let tag = "[from hub @ 2026-01-01T00:00:00.000Z] [verified abcdefgh] ".utf8.count
      let body = String(repeating: "x", count: length - tag)
      let ran = try await bench.send(body, ["--json"])
      if length == 4094 {
        #expect(ran.status == 0, "\(ran)")
        try await reader.waitFor(.line)
        #expect(reader.bodies(.line) == [body])
        #expect(reader.bytes.count == length + 1)
      } else {
        #expect(ran.status == 3 && ran.text.contains(#""reason":"line-too-long""#), "\(ran)")
        #expect(reader.bytes.isEmpty)
      }
    }
  }

  /// The terminal shows a line whether or not a program reads it.
  @Test func aLineThatNoProgramReadsIsTypedAndNotSubmitted() async throws {
    try await DeliveryBench.with(profile: nil) { bench in
      _ = try await bench.tmux.window("idle", ["sleep", "600"])
      let idle = try await bench.send("hello", to: "idle")
      #expect(idle.status == 0 && idle.text.hasSuffix(": typed"), "\(idle)")
    }
  }

  @Test func linesAreJoinedVisibly() async throws {
    try await DeliveryBench.with(profile: nil) { bench in
      let reader = try await Recipient.start(in: bench.tmux, ["--style", "lines"], drawn: "")
      try await reader.waitFor(.ready)
      let ran = try await bench.send("one\ntwo\tthree\n\u{3}\u{4}four")
      #expect(ran.status == 0, "\(ran)")
      try await reader.waitFor(.line)
      #expect(reader.bodies(.line) == ["one ⏎ two    three ⏎ ␃␄four"])
    }
  }

  static let hostile = [
    "touch MARK", "; touch MARK", "$(touch MARK)", "`touch MARK`", "x\ntouch MARK\n",
    "\u{1B}[201~\ntouch MARK\n",
    "'; touch MARK; '", "\"; touch MARK; \"", ": ; touch MARK #", "\u{3}touch MARK",
    "v:!touch MARK",
    "__import__('os').system('touch MARK')", "!!\n\u{16}\u{A}touch MARK",
  ]

  @Test(arguments: [
    ["bash", "--norc", "--noprofile"], ["sh", "-i"], ["zsh", "-f"], ["python3", "-q"],
  ])
  func atAPromptTextIsShownAndNeverRun(_ command: [String]) async throws {
    guard Environment.find(command[0], in: Environment.path) != nil else { return }
    try await DeliveryBench.with { bench in
      let folder = bench.sandbox.path("marks")
      try Files.makeDirectory(folder)
      let pane = try await bench.tmux.window(
        "shell", ["sh", "-c", "cd \(folder); PS1='$ ' exec \(command.joined(separator: " "))"])
      try await pane.waitFor(command[0] == "python3" ? ">>>" : "$")
      for body in Self.hostile {
        let ran = try await bench.send(body, to: "shell")
        #expect(ran.status == 0 && ran.text.hasSuffix(": shown"), "\(body): \(ran)")
      }
      #expect(try await pane.capture(history: true).count(of: "[verified ") == Self.hostile.count)
      // The prompt has nothing on it: what a person types next is run alone.
      let line = command[0] == "python3" ? "open('alive','w').close()" : ": >alive"
      try await pane.type(line)
      try await pane.keys("Enter")
      try await eventually("the shell to answer") { Files.exists(folder + "/alive") }
      #expect(Files.list(folder) == ["alive"])
    }
  }

  /// Printed at a prompt, no agent would read it.
  @Test func whereAnAgentWasOrIsToComeNothingIsShown() async throws {
    try await DeliveryBench.with { bench in
      let shell = ["env", "PS1=$ ", "bash", "--norc", "--noprofile"]
      let plain = try await bench.tmux.window("shell", shell)
      let agent = try await Recipient.start(in: bench.tmux)
      #expect(try await bench.send("first").status == 0)
      try await agent.waitForSubmissions()
      try await bench.tmux.call(["respawn-pane", "-k", "-t", agent.pane.id] + shell)
      for pane in [plain, agent.pane] { try await pane.waitFor("$") }

      let later = try await bench.send("second", ["--json"])
      #expect(later.status == 3 && later.text.contains(#""reason":"shell""#), "\(later)")
      let kept = try await bench.send("third", ["--queue"])
      #expect(kept.status == 0 && kept.text.contains(": queued"), "\(kept)")
      let waiting = try await bench.send("fourth", to: "shell", ["--wait", "1", "--json"])
      #expect(waiting.status == 3 && waiting.text.contains(#""reason":"shell""#), "\(waiting)")
      for pane in [plain, agent.pane] {
        #expect(try await pane.capture(history: true).count(of: "[verified ") == 0)
      }
      let said = try await bench.send("fifth", to: "shell")
      #expect(said.status == 0 && said.text.hasSuffix(": shown"), "\(said)")
    }
  }

  @Test func anUnknownProgramGetsOneLine() async throws {
    try await DeliveryBench.with(profile: nil) { bench in
      let recipient = try await Recipient.start(in: bench.tmux)
      let ran = try await bench.send("one\ntwo")
      #expect(ran.status == 0, "\(ran)")
      try await recipient.waitForSubmissions()
      #expect(recipient.bodies() == ["one ⏎ two"])
    }
  }

  @Test func aLocaleThatIsNotUTF8ChangesNothing() async throws {
    try await DeliveryBench.with { bench in
      let recipient = try await Recipient.start(in: bench.tmux)
      let ran = try await bench.send(
        "grüße, 世界", environment: ["LANG": "C", "LC_ALL": "POSIX"])
      #expect(ran.status == 0, "\(ran)")
      try await recipient.waitForSubmissions()
      #expect(recipient.bodies() == ["grüße, 世界"])
    }
  }
}
