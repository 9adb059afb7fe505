import TestSupport
import Testing

/// The test support's loopback hosts: real sshds, forced commands and the faults of a server.
@Suite struct HarnessHostsTests {
  @Test func twoHostsTalkAndKeepTheirHomesApart() async throws {
    try await Sandbox.with { sandbox in
      let hosts = try await LoopbackHosts(sandbox)
      let alice = try hosts["alice"]
      let bob = try hosts["bob"]
      let there = try await alice.ssh("bob", "echo $HOME; cat", stdin: Array("hi".utf8))
      #expect(there.text == "\(bob.home)\nhi")
      #expect(
        try await bob.ssh("alice", "command -v notify-pane").text == alice.home + "/bin/notify-pane"
      )
    }
  }

  @Test func masterConnectionsEndWithTheSandbox() async throws {
    let master = try await Sandbox.with { sandbox in
      let alice = try await LoopbackHosts(sandbox)["alice"]
      let options = [
        "-oControlMaster=auto", "-oControlPath=\(alice.home)/m", "-oControlPersist=60",
      ]
      let first = try await alice.ssh("bob", "echo $PPID", options: options)
      #expect(first.status == 0)
      let check = try await alice.ssh("bob", "true", options: options + ["-Ocheck"])
      #expect(check.errorText.contains("Master running"))
      return Int32(check.errorText.filter(\.isNumber)) ?? 0
    }
    #expect(master > 1 && !Processes.lives(master))
  }

  @Test func aForcedCommandIsAllThatRuns() async throws {
    try await Sandbox.with { sandbox in
      let hosts = try await LoopbackHosts(sandbox)
      let (alice, bob) = (try hosts["alice"], try hosts["bob"])
      try bob.authorize(alice, command: "echo forced $SSH_ORIGINAL_COMMAND")
      #expect(try await alice.ssh("bob", "id").text == "forced id")
      try bob.exclude(alice)
      #expect(try await alice.ssh("bob", "id").status == 255)
    }
  }

  @Test func faultsOfTheServer() async throws {
    try await Sandbox.with { sandbox in
      let hosts = try await LoopbackHosts(sandbox)
      let (alice, bob) = (try hosts["alice"], try hosts["bob"])
      bob.server.kill()
      let refused = try await alice.ssh("bob", "true")
      #expect(refused.status == 255 && refused.errorText.contains("refused"))
      try await bob.server.hang()
      let hung = try await alice.ssh("bob", "true", options: ["-oConnectTimeout=1"])
      #expect(hung.status == 255 && hung.errorText.contains("timed out"))
      try await bob.server.changeHostKey()
      let changed = try await alice.ssh("bob", "true")
      #expect(changed.status == 255 && changed.errorText.contains("verification failed"))
    }
  }

  @Test func aFullServerAndOneThatOnlyGreets() async throws {
    try await Sandbox.with { sandbox in
      let hosts = try await LoopbackHosts(sandbox)
      let (alice, bob) = (try hosts["alice"], try hosts["bob"])
      try await bob.server.start(options: ["MaxStartups 1:100:1"])
      // The visitor reconnects when it was dropped itself.
      let visitor =
        "while :; do exec 3<>/dev/tcp/127.0.0.1/\(bob.server.port) && cat <&3 >/dev/null; done"
      let waiting = try sandbox.start("bash", ["-c", visitor])
      try await eventually("logins to be dropped") {
        try await alice.ssh("bob", "true").status == 255
      }
      waiting.kill()
      try await eventually("a free place") { try await alice.ssh("bob", "true").status == 0 }
      try await bob.server.hang(greeting: Array("nothing of ssh's\r\n".utf8))
      let greeted = try await alice.ssh("bob", "true", options: ["-oConnectTimeout=1"])
      #expect(greeted.status == 255)
    }
  }

  @Test func aLoginThatPrints() async throws {
    try await Sandbox.with { sandbox in
      let hosts = try await LoopbackHosts(sandbox)
      let (alice, bob) = (try hosts["alice"], try hosts["bob"])
      try bob.setLoginScript("head -c 65536 /dev/zero | tr '\\0' x; echo")
      let noisy = try await alice.ssh("bob", "echo done")
      #expect(noisy.out.count == 65536 + 1 + 5)
    }
  }
}
