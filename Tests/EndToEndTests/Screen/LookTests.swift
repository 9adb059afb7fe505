import Mesh
import TestSupport
import Testing

/// `agent-mesh look` at live recipients and at their recorded screens.
@Suite struct LookTests {
  @Test func aLiveRecipientAndItsRecording() async throws {
    try await DeliveryBench.with(profile: DeliveryBench.profile(#"command = "test-recipient""#)) {
      bench in
      let recipient = try await Recipient.start(in: bench.tmux)
      let live = try await bench.look(["--json", "hub-main-recipient"])
      #expect(live.contains(#""schema":1"#) && live.contains(#""state":"ready""#))
      #expect(live.contains(#""profile":"test-recipient""#) && live.contains(#""evidence":[""#))
      let name = bench.sandbox.path("idle")
      let text = try await bench.look(["--record", name, "hub-main-recipient"])
      #expect(text.hasPrefix("hub-main-recipient: ready\n"))
      let read = try await bench.look(
        ["--screen", name + ".txt", "--formats", name + ".fmt", "--json"])
      #expect(read.contains(#""state":"ready""#) && read.contains(#""profile":"test-recipient""#))
      #expect(Files.read(name + ".txt") == Array((try await recipient.pane.recorded()).utf8))
    }
  }

  @Test func statesThatAreNotReady() async throws {
    try await DeliveryBench.with { bench in
      let recipient = try await Recipient.start(
        in: bench.tmux, ["--draft", "half a sen", "--dialog-hides"])
      let draft = try await bench.look(["hub-main-recipient"])
      #expect(draft.contains("refused: draft") && draft.contains("its row: ❯ half a sen"))
      try await recipient.raiseDialog()
      try await recipient.pane.waitFor("Do you want to proceed?")
      #expect(
        try await bench.look(["hub-main-recipient"]).hasPrefix("hub-main-recipient: dialog\n"))
    }
  }

  @Test func whatRunsIsSaidByThePane() async throws {
    let profile = DeliveryBench.profile().replacing(
      #"process = "test-recipient""#, with: #"process = "other""#)
    try await DeliveryBench.with(profile: profile) { bench in
      let recipient = try await Recipient.start(in: bench.tmux)
      let proposed = try await bench.look(["hub-main-recipient"])
      #expect(proposed.contains("tmux set -p @agent-kind test-recipient"), "\(proposed)")
      try await bench.tmux.call([
        "set", "-p", "-t", recipient.pane.id, "@agent-kind", "test-recipient",
      ])
      let said = try await bench.look(["--json", "hub-main-recipient"])
      #expect(said.contains(#""profile":"test-recipient""#) && said.contains(#""state":"ready""#))
      let ran = try await bench.send("one\ntwo")
      #expect(ran.status == 0, "\(ran)")
      try await recipient.waitForSubmissions()
      #expect(recipient.bodies() == ["one\ntwo"])
    }
  }

  /// It is believed in all looks of a delivery: only the profile tells what a folded paste is.
  @Test func whatRunsIsBelievedToTheEnd() async throws {
    let profile = DeliveryBench.profile(#"fold = "[Pasted text #*]""#).replacing(
      #"process = "test-recipient""#, with: #"process = "other""#)
    try await DeliveryBench.with(profile: profile) { bench in
      let recipient = try await Recipient.start(in: bench.tmux, ["--fold-lines", "3"])
      try await bench.tmux.call([
        "set", "-p", "-t", recipient.pane.id, "@agent-kind", "test-recipient",
      ])
      let ran = try await bench.send("one\ntwo\nthree\nfour\nfive")
      #expect(ran.status == 0, "\(ran)")
      try await recipient.waitForSubmissions()
      #expect(recipient.bodies() == ["one\ntwo\nthree\nfour\nfive"])
    }
  }

  @Test func whatCannotBeLookedAt() async throws {
    try await DeliveryBench.with { bench in
      let unknown = try await bench.sandbox.run("agent-mesh", ["look", "hub-main-nobody"])
      #expect(unknown.status == 2 && unknown.out.isEmpty)
      let halves = try await bench.sandbox.run("agent-mesh", ["look", "--screen", "x"])
      #expect(halves.status == 1)
      try Files.write(bench.sandbox.home + "/bad.fmt", "cmd=x cx=\u{1B}")
      let bad = try await bench.sandbox.run(
        "agent-mesh",
        ["look", "--screen", bench.sandbox.home + "/bad.fmt"]
          + ["--formats", bench.sandbox.home + "/bad.fmt", "--json"])
      #expect(bad.status == 1 && bad.text.contains(#""ok":false"#))
      let plain = try await bench.look(["hub-main-first"])
      #expect(plain.contains("shell-prompt") && plain.contains("message  shown"))
    }
  }
}

extension DeliveryBench {
  /// Runs `agent-mesh look`, which must succeed.
  func look(_ arguments: [String]) async throws -> String {
    try await sandbox.must("agent-mesh", ["look"] + arguments)
  }
}

extension Pane {
  /// `capture-pane -p -e`
  func recorded() async throws -> String {
    try await server.call(["capture-pane", "-p", "-e", "-t", id]) + "\n"
  }
}
