import Mesh
import TestSupport
import Testing

/// tmux that is missing, does not answer, or has another version.
@Suite struct LocalTmuxTests {
  @Test func noServer() async throws {
    try await Sandbox.with { sandbox in
      try await LocalMesh.initialise(sandbox)
      let ran = try await sandbox.run("notify-pane", ["hub-main-sink", "x"])
      #expect([2, 4].contains(ran.status), "\(ran)")
      #expect(ran.errorText.contains("nothing was"), "\(ran)")
      let found = try await sandbox.run("agent-discover")
      #expect(found.status == 0)
      #expect(found.text.hasPrefix("agent-discover: 0 session(s), 0 window(s) on hub; "))
      #expect(try await sandbox.must("notify-pane", ["--whoami"]) == "hub")
      #expect(try await sandbox.must("notify-pane", ["--list"]).isEmpty)
    }
  }

  @Test(arguments: [
    "protocol version mismatch (client 8, server 7)\n", "server exited unexpectedly\n",
    "lost server\n",
  ])
  func aClientOlderThanItsServer(_ said: String) async throws {
    try await LocalMesh.with { mesh in
      let cat = try await mesh.cat("sink")
      let shim = try Shim(mesh.sandbox, for: "tmux", then: .exit(1, says: said))
      let ran = try await mesh.send("hub-main-sink", "x", environment: ["TMUX_BIN": shim.path])
      #expect(ran.status == 4, "\(ran)")
      #expect(ran.errorText.contains("have different versions; nothing was"), "\(ran)")
      #expect(cat.text.isEmpty)
    }
  }

  @Test(arguments: 1...4)
  func tmuxThatHangs(_ call: Int) async throws {
    try await LocalMesh.with { mesh in
      let cat = try await mesh.cat("sink")
      let shim = try Shim(
        mesh.sandbox, for: "tmux",
        faults: Array(repeating: .pass, count: call - 1) + [.hang])
      let begin = ContinuousClock.now
      let ran = try await mesh.send(
        "--id", "aaaaaaaaaaaaaaaaaaaaaaaaaa", "hub-main-sink", "x",
        environment: ["TMUX_BIN": shim.path])
      #expect(ContinuousClock.now - begin < .seconds(15))
      guard shim.calls.count >= call else { return #expect(ran.status == 0) }
      if ran.status == 8 {
        // tmux hung after the paste: the text's fate is unknown, and it is never pasted again.
        #expect(ran.errorText.contains("may or may not"), "\(ran)")
        let again = try await mesh.send("--id", "aaaaaaaaaaaaaaaaaaaaaaaaaa", "hub-main-sink", "x")
        #expect(again.status == 8, "\(again)")
        return
      }
      #expect(ran.status == 4 && ran.errorText.contains("nothing was"), "\(ran)")
      #expect(cat.text.isEmpty)
      let again = try await mesh.send("--id", "aaaaaaaaaaaaaaaaaaaaaaaaaa", "hub-main-sink", "x")
      #expect(again.status == 0, "\(again)")
      #expect(try await cat.wait().count == 1)
    }
  }

  /// Known panes do not disappear because tmux was slow once.
  @Test func aHangingTmuxDoesNotEmptyTheRegistry() async throws {
    try await LocalMesh.with { mesh in
      _ = try await mesh.cat("sink")
      try await mesh.sandbox.must("agent-discover", environment: mesh.tmux.outside)
      let before = try await mesh.send("--list").text
      #expect(before.contains("hub-main-sink"))
      for fault in [Shim.Fault.hang, .exit(1, says: "no sessions"), .answer("garbage")] {
        let shim = try Shim(mesh.sandbox, for: "tmux", then: fault)
        let ran = try await mesh.run(
          "agent-register-hook", ["rescan"], environment: ["TMUX_BIN": shim.path])
        #expect(ran.status == 4, "\(fault): \(ran)")
        #expect(try await mesh.send("--list").text == before, "\(fault)")
      }
      // A server that has ended does empty the registry.
      try await mesh.tmux.kill()
      #expect(try await mesh.run("agent-discover").status == 0)
      #expect(try await mesh.send("--list").text.isEmpty)
    }
  }

  @Test func deadPanesModesAndInputOff() async throws {
    try await LocalMesh.with { mesh in
      let cat = try await mesh.cat("sink")
      try await mesh.tmux.call(["copy-mode", "-t", cat.pane.id])
      let mode = try await mesh.send("--json", "hub-main-sink", "a")
      #expect(try mode.status == 3 && JSONAnswer(mode).reason == "mode", "\(mode)")
      try await mesh.tmux.call(["send-keys", "-t", cat.pane.id, "-X", "cancel"])
      try await mesh.tmux.call(["select-pane", "-d", "-t", cat.pane.id])
      let off = try await mesh.send("--json", "hub-main-sink", "b")
      #expect(try off.status == 3 && JSONAnswer(off).reason == "input-off", "\(off)")
      try await mesh.tmux.call(["select-pane", "-e", "-t", cat.pane.id])
      #expect(cat.text.isEmpty)
      let password = try await mesh.tmux.window(
        "secret", [Programs.testRecipient, "--style", "password", "--prompt", "Password:"])
      try await password.waitFor("Password:")
      let asked = try await mesh.send("--json", "--force", "hub-main-secret", "c")
      #expect(try asked.status == 3 && JSONAnswer(asked).reason == "password", "\(asked)")
      let dead = try await mesh.tmux.window("dead", ["sh", "-c", "exec sleep 1000"])
      try await mesh.tmux.call(["set-option", "-w", "-t", dead.id, "remain-on-exit", "on"])
      try await mesh.sandbox.must("kill", ["\(try await dead.pid())"])
      try await eventually("the pane to be dead") {
        try await dead.format("#{pane_dead}") == "1"
      }
      let late = try await mesh.send("--json", "--force", "hub-main-dead", "d")
      #expect(try late.status == 4 && JSONAnswer(late).reason == "dead-pane", "\(late)")
      // The server has survived all this.
      #expect(try await mesh.send("hub-main-sink", "e").status == 0)
      #expect(try await cat.wait().count == 1)
      #expect(try await mesh.tmux.call(["list-buffers"]).isEmpty)
    }
  }

  @Test func aSynchronisedWindowReachesTheTargetAlone() async throws {
    try await LocalMesh.with { mesh in
      let cat = try await mesh.cat("sink")
      let file = mesh.sandbox.path("other")
      try await mesh.tmux.call([
        "split-window", "-d", "-t", cat.pane.id, "sh", "-c", "exec cat >\(quoted(file))",
      ])
      try await mesh.tmux.call(["set-option", "-w", "-t", cat.pane.id, "synchronize-panes", "on"])
      try await eventually("the other cat") { Files.exists(file) }
      let ran = try await mesh.send("hub-main-sink", "x")
      #expect(ran.status == 0, "\(ran)")
      #expect(try await cat.wait().count == 1)
      #expect(Files.text(file) == "")
      #expect(try await mesh.tmux.call(["list-buffers"]).isEmpty)
    }
  }
}
