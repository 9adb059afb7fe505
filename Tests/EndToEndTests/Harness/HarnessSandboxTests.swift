import TestSupport
import Testing

/// A sandbox leaves nothing, its programs see nothing else, and a shim's faults happen.
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

  @Test func programsRunInItsOwnEnvironment() async throws {
    try await Sandbox.with { sandbox in
      let text = try await sandbox.must(
        "sh", ["-c", "echo $HOME $PWD $TMUX; command -v notify-pane"])
      #expect(text == "\(sandbox.home) \(sandbox.home)\n\(sandbox.bin)/notify-pane")
      let ran = try await sandbox.run(
        "sh", ["-c", "cat; echo oops >&2; exit 7"], stdin: [UInt8](repeating: 65, count: 1 << 20))
      #expect(ran.status == 7 && ran.out.count == 1 << 20 && ran.errorText == "oops")
      await #expect(throws: Trouble.self) {
        try await sandbox.run("sleep", ["1000"], within: .milliseconds(50))
      }
      let tmux = try await TmuxServer(sandbox)
      let line = "echo out; echo err >&2; tty >/dev/null && exit 3"
      let inPane = try await tmux.run("sh", ["-c", line])
      #expect(inPane.status == 3 && inPane.text == "out" && inPane.errorText == "err")
    }
  }

  /// Runs `cat`, replaced by a shim, with the input `0123456789`.
  private func cat(_ fault: Shim.Fault) async throws -> Ran {
    try await Sandbox.with { sandbox in
      let shim = try Shim(sandbox, for: "cat", then: fault)
      return try await sandbox.run(shim.path, stdin: Array("0123456789".utf8))
    }
  }

  @Test func aShimsFaults() async throws {
    #expect(try await cat(.pass).text == "0123456789")
    #expect(try await cat(.cutInput(after: 4)).text == "0123")
    let cut = try await cat(.cutOutput(after: 4))
    #expect(cut.text == "0123" && cut.status == 255)
    #expect(try await cat(.twice).text == "01234567890123456789")
    #expect(try await cat(.swapped(at: 4)).text == "4567890123")
    let noise = try await cat(.noise(bytes: 65536))
    #expect(noise.out.count == 65536 + 1 + 10 && noise.text.hasSuffix("\n0123456789"))
    let gone = try await cat(.exit(255, says: "it's over"))
    #expect(gone.status == 255 && gone.errorText == "it's over", "\(gone)")
    let answer = try await cat(.answer("$(no) 'words'\n", status: 3))
    #expect(answer.status == 3 && answer.text == "$(no) 'words'")
    #expect(try await cat(.banner("hello")).errorText == "hello")
    let dropped = try await cat(.dropInput(after: 4))
    #expect(dropped.status == 255 && ["", "0123"].contains(dropped.text))
    let begin = ContinuousClock.now
    #expect(try await cat(.delay(milliseconds: 120)).text == "0123456789")
    #expect(ContinuousClock.now - begin >= .milliseconds(120))
  }

  @Test func aShimsFaultsByCallAndByArguments() async throws {
    try await Sandbox.with { sandbox in
      let shim = try Shim(
        sandbox, for: "echo", faults: [.exit(255), .hang], matching: "deliver")
      let path = shim.environment(over: sandbox.environment)
      func echo(_ words: String...) async throws -> Ran {
        try await sandbox.run("echo", words, environment: path)
      }
      #expect(try await echo("check").text == "check")
      #expect(try await echo("-n", "deliver", "").status == 255)
      let hanging = try sandbox.start("echo", ["deliver"], environment: path)
      try await eventually("the second call") { shim.calls.count == 2 }
      #expect(hanging.status == nil)
      hanging.kill()
      #expect(try await echo("deliver it").text == "deliver it")
      #expect(shim.calls == [["-n", "deliver", ""], ["deliver"], ["deliver it"]])
    }
  }
}
