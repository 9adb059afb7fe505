import TestSupport
import Testing

/// Each fault changes a program's streams as documented.
@Suite struct HarnessShimTests {
  /// Runs `cat`, replaced by a shim, with the input `0123456789`.
  private func cat(_ fault: Shim.Fault) async throws -> Ran {
    try await Sandbox.with { sandbox in
      let shim = try Shim(sandbox, for: "cat", then: fault)
      return try await sandbox.run(shim.path, stdin: Array("0123456789".utf8))
    }
  }

  @Test func streams() async throws {
    #expect(try await cat(.pass).text == "0123456789")
    #expect(try await cat(.cutInput(after: 4)).text == "0123")
    let cut = try await cat(.cutOutput(after: 4))
    #expect(cut.text == "0123" && cut.status == 255)
    #expect(try await cat(.twice).text == "01234567890123456789")
    #expect(try await cat(.swapped(at: 4)).text == "4567890123")
    let noise = try await cat(.noise(bytes: 65536))
    #expect(noise.out.count == 65536 + 1 + 10 && noise.text.hasSuffix("\n0123456789"))
  }

  @Test func ends() async throws {
    let gone = try await cat(.exit(255, says: "it's over"))
    #expect(gone.status == 255 && gone.errorText == "it's over", "\(gone)")
    let answer = try await cat(.answer("$(no) 'words'\n", status: 3))
    #expect(answer.status == 3 && answer.text == "$(no) 'words'")
    let banner = try await cat(.banner("hello"))
    #expect(banner.errorText == "hello" && banner.text == "0123456789")
    let dropped = try await cat(.dropInput(after: 4))
    #expect(dropped.status == 255 && ["", "0123"].contains(dropped.text))
    let begin = ContinuousClock.now
    #expect(try await cat(.delay(milliseconds: 120)).text == "0123456789")
    #expect(ContinuousClock.now - begin >= .milliseconds(120))
  }

  @Test func faultsByCallAndByArguments() async throws {
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
