import Mesh
import MeshCrypto
import MeshHost
import TestSupport
import Testing

/// What other hosts tell of their agents, and what becomes of it when they do not.
@Suite struct RemoteOverviewTests {
  private static func list(_ mesh: TwoAccounts, _ more: String...) async throws -> ListedOverview {
    try ListedOverview(try await mesh.alice.run("agent-mesh", ["list", "--json"] + more))
  }

  /// `bob`'s program answers the question for an overview like this, and does everything else.
  private static func replace(_ mesh: TwoAccounts, _ line: String) throws {
    let path = mesh.bob.home + "/bin/agent-register-hook"
    Files.remove(path)
    try Files.write(
      path,
      "#!/bin/sh\nif [ \"$1\" = overview ]; then \(line); fi\n"
        + "exec \(mesh.bob.home)/bin/agent-mesh agent-register-hook \"$@\"\n", mode: 0o755)
  }

  @Test func statesOfAnotherHostComeSignedAndFollowEachPanesList() async throws {
    try await TwoAccounts.run { mesh in
      try await mesh.bobTmux.window("closed", ["cat"]).set("@agent-allow", "none")
      try await mesh.bobTmux.window("fresh", ["cat"]).set("@agent-allow", "alice-main-reader")
      let listed = try await Self.list(mesh)
      let reader = try listed.agent("bob-main-reader")
      #expect(reader.state == "ready" && reader.reach == "answered" && reader.waiting == 0)
      // Its list admits one of the asker's agents, and it is in no slice yet that the asker has.
      let fresh = try listed.agent("bob-main-fresh")
      #expect(fresh.state == "ready" && fresh.window == "fresh")
      let closed = try listed.agent("bob-main-closed")
      #expect(closed.state == nil && closed.waiting == nil && closed.window.isEmpty)
      #expect(listed.hosts.first { $0.host == "bob" }?.reach == "answered")
      // A ceiling for one of its addresses counts here too, under whichever name the list has it.
      try Files.write(
        mesh.bob.home + "/.agents/policy.toml", "[address.\"bob-main-fresh-0\"]\ndeny = \"@mesh\"\n"
      )
      let denied = try await Self.list(mesh)
      #expect(try denied.agent("bob-main-fresh").state == nil)
      #expect(try denied.agent("bob-main-reader").state == "ready")
      #expect(try await Self.list(mesh, "--here").agent("bob-main-reader").state == nil)
      let ready = try await mesh.alice.run("notify-pane", ["--list", "--ready", "--host", "bob"])
      #expect(ready.text.contains("bob-main-reader"), "\(ready)")
    }
  }

  @Test func aHostThatHangsIsShownWithWhatItToldLast() async throws {
    try await TwoAccounts.run { mesh in
      #expect(try await Self.list(mesh).agent("bob-main-reader").state == "ready")
      try Self.replace(mesh, "sleep 60")
      let began = ContinuousClock.now
      let listed = try await Self.list(mesh)
      #expect(ContinuousClock.now - began < .seconds(12))
      let reader = try listed.agent("bob-main-reader")
      #expect(reader.state == "ready" && reader.reach == "silent")
      let table = try await mesh.alice.run("agent-mesh", ["list"])
      #expect(table.text.contains("ready?") && table.text.contains("bob: does not answer"))
      let status = try await mesh.alice.run("agent-mesh", ["status"])
      #expect(status.text.contains("bob  silent"), "\(status)")
    }
  }

  @Test func anOlderPeerIsListedAsBefore() async throws {
    try await TwoAccounts.run { mesh in
      try Self.replace(
        mesh, "echo 'Usage: agent-register-hook <subcommand>' >&2; exit 1")
      let listed = try await Self.list(mesh)
      #expect(listed.hosts.first { $0.host == "bob" }?.reach == "listed")
      #expect(try listed.agent("bob-main-reader").state == nil)
    }
  }

  @Test func anAnswerThatIsForgedOrReplayedTellsNothing() async throws {
    try await TwoAccounts.run { mesh in
      let real = "\(mesh.bob.home)/bin/agent-mesh agent-register-hook overview"
      let kept = mesh.sandbox.path("answer")
      // What was answered once is kept, and given as the answer to every later question.
      try Self.replace(
        mesh,
        "[ -s \(kept) ] && { cat \(kept) -; exit 0; }; \(real) | tee \(kept); exit 0")
      #expect(try await Self.list(mesh).agent("bob-main-reader").state == "ready")
      let replayed = try await Self.list(mesh)
      #expect(
        replayed.hosts.first { $0.host == "bob" }?.failure?.contains("proves nothing") == true)
      // One letter of the answer changed.
      try Self.replace(mesh, "\(real) | sed 's/ ready / dead /'; exit 0")
      let forged = try await Self.list(mesh)
      #expect(forged.hosts.first { $0.host == "bob" }?.reach == "silent")
      #expect(try forged.agent("bob-main-reader").state != "dead")
    }
  }

  @Test func whoIsNotPinnedIsToldNothing() async throws {
    try await TwoAccounts.run(sync: false) { mesh in
      let asked = try await mesh.bob.run(
        "agent-register-hook", ["overview"], stdin: Array("AMSH1 1 1 0\nxx".utf8))
      #expect(asked.status == 6 && asked.text == "AMSH1 ready", "\(asked)")
    }
  }
}

@Suite struct AskTests {
  @Test func theAnswerComesBackAndIsTypedNowhere() async throws {
    try await TwoAccounts.run { mesh in
      let asking = try mesh.alice.start(
        "agent-mesh", ["ask", "bob-main-reader", "how many?", "--timeout", "60s"])
      let tag = try await eventually("the question") {
        try await mesh.reader.capture().firstMatch(of: #/\[verified ([a-z2-7]{8})/#)?.output.1
      }
      // The short id is looked up in the log, whose line follows the typing.
      try await eventually("the question to be logged") {
        try await mesh.bob.run("agent-mesh", ["log", "--id", String(tag)]).text.contains(tag)
      }
      let answer = try await mesh.bob.run(
        "notify-pane", ["--in-reply-to", String(tag), "alice"], stdin: Array("four\nor five\n".utf8)
      )
      #expect(answer.status == 0, "\(answer)")
      let ended = try await asking.finish()
      #expect(ended.status == 0 && ended.text == "four\nor five", "\(ended)")
      #expect(try await !mesh.aliceTmux.first().capture().contains("four"))
      // The question is closed: a second answer meets nobody.
      let late = try await mesh.bob.run(
        "notify-pane", ["--in-reply-to", String(tag), "alice", "six"])
      #expect(late.status == 2, "\(late)")
      #expect(Files.list(mesh.alice.home + "/.agents/state/asks").isEmpty)
    }
  }

  @Test func whatAnswersAKilledQuestionIsDeliveredAsAnyMessage() async throws {
    try await TwoAccounts.run { mesh in
      let pane = try await mesh.aliceTmux.first()
      try await pane.set("@agent-allow", "@mesh")
      let asking = try mesh.alice.start(
        "agent-mesh", ["ask", "bob-main-reader", "how many?", "--timeout", "600s"])
      let tag = try await eventually("the question") {
        try await mesh.reader.capture().firstMatch(of: #/\[verified ([a-z2-7]{8})/#)?.output.1
      }
      try await eventually("the question to be logged") {
        try await mesh.bob.run("agent-mesh", ["log", "--id", String(tag)]).text.contains(tag)
      }
      asking.kill()
      _ = try await asking.finish()
      #expect(Files.list(mesh.alice.home + "/.agents/state/asks").count == 1)
      let answer = try await mesh.bob.run(
        "notify-pane", ["--in-reply-to", String(tag), "alice-main-reader", "four"])
      #expect(answer.status == 0, "\(answer)")
      try await pane.waitFor("four")
    }
  }

  @Test func whatAnswersAQuestionThatEndsMeanwhileIsDelivered() async throws {
    try await Forger.with { forger in
      let id = try #require(MessageID.random())
      let asks = forger.account.sandbox.home + "/.agents/state/asks"
      try Files.makeDirectory(asks)
      let own = try #require(ProcessTable.facts(of: ProcessTable.own))
      try Files.write(
        "\(asks)/\(id)", "\(forger.host) \(Clock.now + 600_000) \(own.pid) \(own.startTime)\n")
      let body = Array("four".utf8)
      var statement = try forger.statement(
        .message, length: body.count, digest: Digest.hex(Digest.blake2b256(body)))
      statement.inReplyTo = id
      let bytes = forger.envelope(statement, body)
      let delivering = try forger.account.sandbox.start("agent-register-hook", ["deliver"])
      try await delivering.send(Array(bytes.dropLast()))
      try await eventually("the head to be taken") {
        Files.exists(forger.account.sandbox.home + "/.agents/seen/beta/\(statement.id)")
      }
      Files.remove("\(asks)/\(id)")
      try await delivering.send([bytes[bytes.count - 1]])
      let ended = try await delivering.finish()
      #expect(ended.status == 0 && ended.text.contains("submitted"), "\(ended)")
      try await eventually("the answer") { forger.account.recipient.submissions.count == 1 }
    }
  }

  @Test func noAnswerInTimeAndAnAnswerOfAnotherHostAreTold() async throws {
    try await TwoAccounts.run { mesh in
      let none = try await mesh.alice.run(
        "agent-mesh", ["ask", "bob-main-reader", "well?", "--timeout", "1s"])
      #expect(none.status == 3 && none.text.isEmpty && none.errorText.contains("did not answer"))
      let nobody = try await mesh.alice.run("agent-mesh", ["ask", "bob-main-nobody", "well?"])
      #expect(nobody.status == 2)
      // Whom nobody asked answers nothing: the question went to alice's own pane.
      let asking = try mesh.alice.start(
        "agent-mesh", ["ask", "alice-main-reader", "who?", "--timeout", "8s"])
      let pane = try await mesh.aliceTmux.first()
      let tag = try await eventually("the question") {
        try await pane.capture().firstMatch(of: #/\[verified ([a-z2-7]{8})/#)?.output.1
      }
      let log = mesh.alice.home + "/.agents/log/messages.jsonl"
      let id = try await eventually("the question's line in the log") {
        (Files.text(log) ?? "")
          .firstMatch(of: try Regex("\"id\":\"(\(tag)[a-z2-7]{18})\""))?[1].substring
      }
      let forged = try await mesh.bob.run(
        "notify-pane", ["--in-reply-to", String(id), "alice", "me"])
      #expect(forged.status == 2, "\(forged)")
      #expect(try await asking.finish().status == 3)
    }
  }
}

@Suite struct SeveralTests {
  @Test func eachRecipientHasALineAndTheWorstIsTheExitCode() async throws {
    try await LocalMesh.with { mesh in
      let (one, two) = (try await mesh.cat("one"), try await mesh.cat("two"))
      for pane in [one.pane, two.pane] { try await pane.set("@agent-role", "Code reviewer") }
      _ = try await mesh.run("agent-discover")
      let both = try await mesh.send("hub-main-one,hub-main-two", "to both")
      #expect(both.status == 0 && both.text.split(separator: "\n").count == 2, "\(both)")
      try await one.wait()
      try await two.wait()
      let mixed = try await mesh.send("hub-main-one,hub-main-nobody,one", "again")
      #expect(mixed.status == 2 && mixed.errorText.contains("hub-main-nobody"), "\(mixed)")
      let role = try await mesh.send("--to-role", "reviewer", "by role")
      #expect(role.status == 0 && role.text.split(separator: "\n").count == 2, "\(role)")
      #expect(try await mesh.send("--to-role", "plumber", "x").status == 2)
      #expect(try await mesh.send("--to-role", "reviewer", "--to-host", "far", "x").status == 2)
      let many = (0..<11).map { "hub-main-x\($0)" }.joined(separator: ",")
      let stopped = try await mesh.send(many, "flood")
      #expect(stopped.status == 1 && stopped.errorText.contains("--yes"), "\(stopped)")
      #expect(try await mesh.send(many, "flood", "--yes").status == 2)
    }
  }

  @Test func shortNamesServeWhileTheyMeanOne() async throws {
    try await LocalMesh.with { mesh in
      let sink = try await mesh.cat("sink")
      _ = try await mesh.run("agent-discover")
      for name in ["sink", "main:sink", "main-sink", sink.pane.id] {
        let sent = try await mesh.send(name, "x")
        #expect(sent.status == 0 && sent.text.contains("→ hub-main-sink "), "\(name) \(sent)")
        let look = try await mesh.run("agent-mesh", ["look", name])
        #expect(look.status == 0 && look.text.contains("hub-main-sink"), "\(name) \(look)")
      }
      _ = try await mesh.tmux.session("other", window: "sink", ["cat"])
      _ = try await mesh.run("agent-discover")
      let both = try await mesh.send("sink", "x")
      #expect(both.status == 2 && both.errorText.contains("nothing was sent"))
      for name in ["hub-main-sink", "hub-other-sink"] { #expect(both.errorText.contains(name)) }
    }
  }

  @Test func aBatchHasOneResultALine() async throws {
    try await LocalMesh.with { mesh in
      let sink = try await mesh.cat("sink")
      _ = try await mesh.run("agent-discover")
      let lines = [
        #"{"to":"hub-main-sink","body":"first"}"#, "", "no json",
        #"{"to":"hub-main-nobody","body":"x"}"#, #"{"to":"hub-main-sink","body":"-","wait":5}"#,
        #"{"to":"hub-main-sink","body":"\ud83d\ude42 last"}"#,
      ]
      let ran = try await mesh.send("--batch", stdin: Array(lines.joined(separator: "\n").utf8))
      let results = ran.text.split(separator: "\n")
      #expect(ran.status == 2 && results.count == 5, "\(ran)")
      #expect(results.map { $0.contains("\"ok\":true") } == [true, false, false, true, true])
      let read = try await sink.wait(3)
      #expect(read[1].hasSuffix("] -") && read[2].hasSuffix("🙂 last"), "\(read)")
    }
  }
}
