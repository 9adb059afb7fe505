import TestSupport
import Testing

/// Hosts that tests rely on are apart, and their faults happen: otherwise a test of a fault would pass
/// without one.
@Suite struct HarnessHostsTests {
  @Test func loopbackHostsTalkAndKeepTheirHomesApart() async throws {
    try await Sandbox.with { sandbox in
      let hosts = try await LoopbackHosts(sandbox)
      let (alice, bob) = (try hosts["alice"], try hosts["bob"])
      let there = try await alice.ssh("bob", "echo $HOME; cat", stdin: Array("hi".utf8))
      #expect(there.text == "\(bob.home)\nhi")
      let found = try await bob.ssh("alice", "command -v notify-pane").text
      #expect(found == alice.home + "/bin/notify-pane")
      try bob.setLoginScript("head -c 65536 /dev/zero | tr '\\0' x; echo")
      #expect(try await alice.ssh("bob", "echo done").out.count == 65536 + 1 + 5)
      try bob.setLoginScript("")
      try bob.authorize(alice, command: "echo forced $SSH_ORIGINAL_COMMAND")
      #expect(try await alice.ssh("bob", "id").text == "forced id")
      try bob.exclude(alice)
      #expect(try await alice.ssh("bob", "id").status == 255)
    }
  }

  @Test func faultsOfAServer() async throws {
    try await Sandbox.with { sandbox in
      let hosts = try await LoopbackHosts(sandbox)
      let (alice, bob) = (try hosts["alice"], try hosts["bob"])
      bob.server.kill()
      let refused = try await alice.ssh("bob", "true")
      #expect(refused.status == 255 && refused.errorText.contains("refused"))
      try await bob.server.hang()
      let hung = try await alice.ssh("bob", "true", options: ["-oConnectTimeout=1"])
      #expect(hung.status == 255 && hung.errorText.contains("timed out"))
    }
  }
}

/// The lab of hosts in namespaces.
@Suite(.enabled(if: Lab.isExpected, "\(Lab.why)")) struct HarnessLabTests {
  private func reaches(_ from: LabHost, _ peer: String) async throws -> Bool {
    try await from.ssh(peer, "true", options: ["-oConnectTimeout=1"]).status == 0
  }

  @Test func hostsAreApartAndTalk() async throws {
    try await Sandbox.with { sandbox in
      let lab = try await Lab(sandbox, 3, forcedCommand: "echo only %p")
      let worker = try lab.worker(1)
      let there = try await lab.hub.ssh("worker-1", "hostname; echo $HOME")
      #expect(there.text == "worker-1\n\(worker.home)")
      #expect(try await worker.ssh("via-worker-2", "hostname").text == "worker-2")
      #expect(try await worker.ssh("pin-hub", "id").text == "only worker-1")
      let tmux = try await TmuxServer(worker)
      #expect(try await tmux.run("sh", ["-c", "hostname"]).text == "worker-1")
      #expect(try await lab.hub.run("tmux", ["ls"]).status == 1)
      try Files.write(worker.homeHere + "/seen", "by both")
      #expect(try await worker.must("cat", ["seen"]) == "by both")
      let users = try await lab.hub.users(["alice", "bob"])
      #expect(try await users[0].ssh("bob", "id -un; echo $HOME").text == "bob\n/run/home/bob")
      #expect(try await users[0].run("ls", [users[1].home]).status != 0)
    }
  }

  @Test func faultsOfTheLine() async throws {
    try await Sandbox.with { sandbox in
      let lab = try await Lab(sandbox, 3)
      let worker = try lab.worker(1)
      for fault in [LabFault.partition, .blackhole] {
        try await worker.fault(fault)
        #expect(try await !reaches(lab.hub, "worker-1"), "\(fault)")
        try await worker.fault(.heal)
        try await eventually("the healed line") { try await reaches(lab.hub, "worker-1") }
      }
      try await worker.fault(.nat)
      #expect(try await !reaches(try lab.worker(2), "worker-1"))
      try await eventually("the way around") {
        try await reaches(try lab.worker(2), "via-worker-1")
      }
    }
  }
}
