import Mesh
import TestSupport
import Testing

/// `notify-pane` within one account: the typed line, the sources of the text, exit codes, `--json`
/// and `--list`.
@Suite struct LocalSendTests {
  @Test func theDeliveredLineIsToTheLetter() async throws {
    try await LocalMesh.with { mesh in
      let cat = try await mesh.cat("sink")
      let ran = try await mesh.send("hub-main-sink", "two", "words", "of  it")
      #expect(ran.status == 0, "\(ran)")
      // Not registered yet, so the target is unknown.
      #expect(ran.text == "→ hub-main-sink (hub[main:1]): submitted")
      #expect(ran.errorText == "")
      let line = try #require(try mesh.log.last)
      let time = try #require(line.field("time"))
      let id = try #require(line.id)
      try await cat.wait()
      #expect(cat.text == "[from hub @ \(time)] [verified \(id.prefix(8))] two words of  it\n")
    }
  }

  @Test func aProgramWithAComposerGetsItWhole() async throws {
    try await LocalMesh.with { mesh in
      let recipient = try await Recipient.start(
        in: mesh.tmux, ["--glyph", ">", "--gap", " "])
      let body = "first\n  second line\t$(touch x) `id` ; echo '\"\\\n\nlast"
      let ran = try await mesh.send(
        "--json", "--reply-to", "hub-main-first", "hub-main-recipient", "-",
        stdin: Array((body + "\n\n").utf8))
      let answer = try JSONAnswer(ran)
      #expect(ran.status == 0, "\(ran)")
      let line = try #require(try mesh.log.last)
      let tag =
        "[from hub @ \(line.field("time") ?? "")] [verified \(answer.id?.prefix(8) ?? "") reply-to hub-main-first]"
      let texts = try await recipient.waitForSubmissions()
      // No profile matches this program, so it gets one line.
      let joined = body.split(separator: "\n", omittingEmptySubsequences: false).joined(
        separator: " ⏎ "
      ).split(separator: "\t").joined(separator: "    ")
      #expect(texts == ["\(tag) \(joined)"])
    }
  }

  @Test(arguments: [["hub-main-sink"], ["hub-main-sink", "-"]])
  func theBodyComesFromStdin(_ words: [String]) async throws {
    try await LocalMesh.with { mesh in
      let cat = try await mesh.cat("sink")
      let ran = try await mesh.run("notify-pane", words, stdin: Array("from a pipe\n\n\n".utf8))
      #expect(ran.status == 0, "\(ran)")
      #expect(try await cat.wait().first?.hasSuffix("] from a pipe") == true)
    }
  }

  @Test func anIDThatIsRepeatedIsTypedOnce() async throws {
    try await LocalMesh.with { mesh in
      let cat = try await mesh.cat("sink")
      let id = "aaaaaaaaaaaaaaaaaaaaaaaaaa"
      for _ in 0..<3 {
        let ran = try await mesh.send("--id", id, "hub-main-sink", "once")
        #expect(ran.status == 0 && ran.text.hasSuffix(": submitted"), "\(ran)")
      }
      let other = try await mesh.send("--json", "--id", id, "hub-main-sink", "another text")
      #expect(other.status == 6)
      #expect(try JSONAnswer(other).reason == "id-reused")
      let said = try await mesh.send("--id", id, "hub-main-sink", "another text")
      #expect(said.errorText.contains("nothing was typed"))
      let last = try await mesh.send("hub-main-sink", "the end")
      #expect(last.status == 0)
      let lines = try await cat.wait(2)
      #expect(lines.count == 2 && lines[0].hasSuffix("] once") && lines[1].hasSuffix("] the end"))
    }
  }

  @Test func jsonForSuccessAndFailure() async throws {
    try await LocalMesh.with { mesh in
      _ = try await mesh.cat("sink")
      let good = try await mesh.send("--json", "hub-main-sink", "x")
      let answer = try JSONAnswer(good)
      #expect(answer.schema == 1 && answer.ok && answer.exit == 0 && good.status == 0)
      #expect(answer.outcome == "submitted" && answer.reason == "-" && answer.proven == true)
      #expect(answer.from == "hub" && answer.to == "hub-main-sink" && answer.host == "hub")
      #expect(answer.id?.utf8.count == 26 && answer.error == nil)
      let bad = try await mesh.send("--json", "hub-main-sinc", "x")
      let failure = try JSONAnswer(bad)
      #expect(bad.status == 2 && failure.exit == 2 && !failure.ok && failure.schema == 1)
      #expect(failure.error?.contains("nothing was") == true, "\(bad)")
      let foreign = try JSONAnswer(try await mesh.send("--json", "nowhere-a-b", "x"))
      #expect(foreign.exit == 2 && foreign.reason == "unknown-agent" && foreign.error != nil)
      let text = try JSONAnswer(
        try await mesh.send("--json", "hub-main-sink", stdin: [0xff, 0xfe]))
      #expect(text.exit == 5 && text.reason == "text")
    }
  }

  /// No hook has run yet, so only tmux knows the window.
  @Test(arguments: ["hub-main-sinc", "sink", "main:1", "%1"])
  func aWindowThatIsNotRegisteredYetIsNamed(_ typed: String) async throws {
    try await LocalMesh.with { mesh in
      let cat = try await mesh.cat("sink")
      #expect(!Files.exists(mesh.agents + "/local.toml"))
      let ran = try await mesh.send(typed, "x")
      #expect(
        ran.status == 2 && ran.errorText.contains("try: notify-pane hub-main-sink …"), "\(ran)")
      #expect(cat.text.isEmpty)
    }
  }

  @Test func sixtyFourKiBAndOneByteMore() async throws {
    try await LocalMesh.with { mesh in
      // A program that a profile recognises by its executable.
      let program = mesh.sandbox.directory + "/claude"
      try await mesh.sandbox.must("cp", [Programs.testRecipient, program])
      let recipient = try await Recipient.start(in: mesh.tmux, program: program)
      let cat = try await mesh.cat("sink")
      let most = [UInt8](repeating: UInt8(ascii: "x"), count: 65536)
      let over = try await mesh.send("hub-main-recipient", stdin: most + [UInt8(ascii: "x")])
      #expect(over.status == 5 && over.errorText.contains("nothing was sent"), "\(over)")
      // Trailing line feeds do not count.
      let long = try await mesh.send("hub-main-sink", stdin: most + [10])
      #expect(long.status == 3 && long.errorText.contains("too long for one"), "\(long)")
      #expect(cat.text.isEmpty)
      let ran = try await mesh.send("hub-main-recipient", stdin: most + [10, 10])
      #expect(ran.status == 0, "\(ran)")
      let texts = try await recipient.waitForSubmissions()
      #expect(texts.count == 1 && texts[0].hasSuffix(String(decoding: most, as: UTF8.self)))
    }
  }

  @Test func dryRunSendsNothing() async throws {
    try await LocalMesh.with { mesh in
      let cat = try await mesh.cat("sink")
      let ran = try await mesh.send("--dry-run", "hub-main-sink", "x")
      #expect(ran.status == 0 && ran.text.contains("nothing was sent"), "\(ran)")
      #expect(try mesh.log.isEmpty && cat.text.isEmpty)
      #expect(Files.list(mesh.agents + "/seen").isEmpty)
    }
  }

  @Test(arguments: [
    (["hub-main-sinc", "x"], 2, "hub-main-sink"), (["hub-main-sink"], 1, "the text is empty"),
    (["hub-main-sink", "  "], 1, "the text is empty"),
    (["hub-mian-sink", "x"], 2, "hub-main-sink"),
    (["Hub Main", "x"], 2, "is no address"), (["../etc", "x"], 2, "--list"),
    (["nowhere-x-y", "x"], 2, "nothing was"),
    (["--id", "x", "hub-main-sink", "x"], 1, "nothing was"),
    (["--in-reply-to", "x", "hub-main-sink", "x"], 1, "nothing was"),
    (["--reply-to", "a b", "hub-main-sink", "x"], 1, "nothing was"),
    (["--reply", "x"], 1, "nothing was"),
    (["--as", "X Y", "hub-main-sink", "x"], 1, "nothing was"),
    (["--as", "other-main-x", "hub-main-sink", "x"], 6, "nothing was"),
    (["--as", "hub-main-first", "hub-main-sink", "x"], 6, "nothing was"),
    ([], 1, "address is missing"), (["-"], 1, "address is missing"),
    (["hub-main-sink", "x", "--nonsense"], 1, "nonsense"),
    (["--list", "--whoami"], 1, "do not go together"),
  ])
  func whatIsRefusedSaysWhy(_ words: [String], _ status: Int32, _ said: String) async throws {
    try await LocalMesh.with { mesh in
      let cat = try await mesh.cat("sink")
      try await mesh.sandbox.must("agent-discover", environment: mesh.tmux.outside)
      let ran = try await mesh.run("notify-pane", words)
      #expect(ran.status == status, "\(words): \(ran)")
      #expect(ran.errorText.contains(said), "\(words): \(ran)")
      #expect(ran.out.isEmpty && cat.text.isEmpty)
    }
  }

  @Test func listIsBareForProgramsAndATableForPeople() async throws {
    try await LocalMesh.with { mesh in
      _ = try await mesh.cat("sink")
      try await mesh.sandbox.must("agent-discover", environment: mesh.tmux.outside)
      let bare = try await mesh.send("--list")
      #expect(
        bare.text
          == "hub-main-first\nhub-main-first-0\nhub-main-sink\nhub-main-sink-0")
      let json = try await mesh.send("--list", "--json")
      #expect(json.text.split(separator: "\n").count == 4 && json.text.contains("\"schema\":1"))
      let pane = try await mesh.tmux.first()
      try await pane.type("notify-pane --list; notify-pane --list --plain | cat -A; echo e''nd")
      try await pane.keys("Enter")
      let screen = try await pane.wait(for: "both lists") {
        $0.contains("hub-main-sink-0$") && $0.contains("\nend")
      }
      #expect(screen.contains("AGENT") && screen.contains("hub-main-first"), "\(screen)")
      #expect(screen.contains("hub-main-sink-0$"))
    }
  }

  @Test func environmentOfTheOriginal() async throws {
    try await LocalMesh.with { mesh in
      let cat = try await mesh.cat("sink")
      let skip = try await mesh.send("hub-main-sink", "a", environment: ["SKIP_DISMISS": "1"])
      #expect(skip.status == 0)
      let other = try await mesh.send("hub-main-sink", "b", environment: ["TMUX_BIN": "/no/tmux"])
      #expect(other.status == 4 && other.errorText.contains("/no/tmux"), "\(other)")
      let shim = try Shim(mesh.sandbox, for: "tmux")
      let named = try await mesh.send("hub-main-sink", "c", environment: ["TMUX_BIN": shim.path])
      #expect(named.status == 0 && !shim.calls.isEmpty)
      let nowhere = try await mesh.send(
        "hub-main-sink", "d", environment: ["TMUX_SOCKET": "nobody"])
      #expect(nowhere.status != 0 && nowhere.errorText.contains("nothing was typed"))
      let socket = try await mesh.send(
        "hub-main-sink", "e", environment: ["TMUX_SOCKET": mesh.tmux.socket, "TMUX_TMPDIR": "/tmp"])
      #expect(socket.status == 0, "\(socket)")
      #expect(try await cat.wait(3).count == 3)
    }
  }

  @Test func shellsAreShownNotRun() async throws {
    try await LocalMesh.with { mesh in
      let marker = mesh.sandbox.path("ran")
      let shell = try await mesh.tmux.first()
      try await shell.waitFor("$")
      let body = "x'; touch \(marker); echo '\ntouch \(marker)\n$(touch \(marker))"
      let ran = try await mesh.send("hub-main-first", body)
      #expect(ran.status == 0 && ran.text.hasSuffix(": shown"), "\(ran)")
      try await shell.waitFor("$(touch \(marker))")
      // The shell still works and has executed none of it.
      #expect(try await shell.run("true").status == 0)
      #expect(!Files.exists(marker))
    }
  }
}
