import TestSupport
import Testing

/// A sandbox leaves nothing, and programs run in it as they should.
@Suite struct HarnessSandboxTests {
  private struct Stop: Error {}

  @Test func aSandboxTakesEverythingWithIt() async throws {
    var pids: [Int32] = []
    var directory = ""
    await #expect(throws: Stop.self) {
      try await Sandbox.with { sandbox in
        directory = sandbox.directory
        let tmux = try await TmuxServer(sandbox, command: ["sleep", "1000"])
        pids.append(try await tmux.first().pid())
        pids.append(Int32(try await tmux.call(["display-message", "-p", "#{pid}"])) ?? 0)
        let daemon = "setsid sh -c 'echo $$; exec sleep 1000 >/dev/null 2>&1' &"
        pids.append(Int32(try await sandbox.must("sh", ["-c", daemon])) ?? 0)
        pids.append(try sandbox.start("sleep", ["1000"]).pid)
        for (index, pid) in pids.enumerated() {
          #expect(pid > 1 && Processes.lives(pid), "\(index): \(pid)")
        }
        throw Stop()
      }
    }
    #expect(pids.count == 4 && pids.allSatisfy { !Processes.lives($0) })
    #expect(!directory.isEmpty && !Files.exists(directory))
  }

  @Test func theEnvironmentIsTheSandboxsOwn() async throws {
    try await Sandbox.with { sandbox in
      let text = try await sandbox.must(
        "sh", ["-c", "echo $HOME $PWD $TMUX; command -v notify-pane"])
      #expect(text == "\(sandbox.home) \(sandbox.home)\n\(sandbox.bin)/notify-pane")
    }
  }

  @Test func outputStatusAndSignals() async throws {
    try await Sandbox.with { sandbox in
      let ran = try await sandbox.run(
        "sh", ["-c", "cat; echo oops >&2; exit 7"], stdin: [UInt8](repeating: 65, count: 1 << 20))
      #expect(ran.status == 7 && ran.out.count == 1 << 20 && ran.errorText == "oops")
      let running = try sandbox.start("cat")
      try await running.send(Array("partial".utf8))
      try await eventually("the echo") { running.soFar.text == "partial" }
      #expect(running.status == nil)
      running.kill()
      #expect(try await running.finish().status == 128 + 9)
      // A program that ends before it has read its input ends no other process.
      #expect(
        try await sandbox.run("true", stdin: [UInt8](repeating: 0, count: 1 << 20)).status == 0)
      await #expect(throws: Trouble.self) {
        try await sandbox.run("sleep", ["1000"], within: .milliseconds(50))
      }
    }
  }

  @Test func aPaneRunsProgramsOnItsTerminal() async throws {
    try await Sandbox.with { sandbox in
      let tmux = try await TmuxServer(sandbox)
      let text = "echo out; echo err >&2; tty >/dev/null && exit 3"
      for ran in [
        try await tmux.run("sh", ["-c", text]), try await tmux.first().run("sh", ["-c", text]),
      ] { #expect(ran.status == 3 && ran.text == "out" && ran.errorText == "err") }
      let said = try await tmux.run(
        "sh", ["-c", "cat; echo \"$MORE\" $TMUX_PANE"], stdin: Array("in ".utf8),
        environment: ["MORE": "it's"])
      #expect(said.text.hasPrefix("in it's %"))
    }
  }

  @Test func aPersonsKeysCountAsActivity() async throws {
    try await Sandbox.with { sandbox in
      let tmux = try await TmuxServer(sandbox)
      let human = try await Human.attach(to: tmux)
      try await human.type("echo $((6 * 7))")
      try await human.press("Enter")
      try await tmux.first().waitFor("\n42")
      #expect(try await tmux.call(["list-clients", "-F", "#{client_activity}"]).count >= 10)
    }
  }
}
