import TestSupport
import Testing

/// The lab starts, its faults do what they say, and it leaves no trace.
@Suite(.enabled(if: Lab.isExpected, "\(Lab.why)")) struct HarnessLabTests {
  private func reaches(_ from: LabHost, _ peer: String, within seconds: Int = 10) async throws
    -> Bool
  {
    try await from.ssh(peer, "true", options: ["-oConnectTimeout=\(seconds)"]).status == 0
  }

  @Test func hostsAreApartAndTalk() async throws {
    try await Sandbox.with { sandbox in
      let lab = try await Lab(sandbox, 3, forcedCommand: "echo only %p")
      let worker = try lab.worker(1)
      let there = try await lab.hub.ssh(
        "worker-1", "hostname; echo $HOME; cat", stdin: Array("x".utf8))
      #expect(there.text == "worker-1\n\(worker.home)\nx")
      #expect(try await worker.ssh("via-worker-2", "hostname").text == "worker-2")
      #expect(try await worker.ssh("pin-hub", "id").text == "only worker-1")
      let tmux = try await TmuxServer(worker)
      let recipient = try await Recipient.start(in: tmux)
      try await recipient.pane.paste("hello")
      try await recipient.pane.keys("Enter")
      #expect(try await recipient.waitForSubmissions() == ["hello"])
      #expect(try await lab.hub.run("tmux", ["ls"]).status == 1)
      #expect(try await tmux.run("sh", ["-c", "hostname"]).text == "worker-1")
      try Files.write(worker.homeHere + "/seen", "by both")
      #expect(try await worker.must("cat", ["seen"]) == "by both")
    }
  }

  @Test func faultsOfTheLine() async throws {
    try await Sandbox.with { sandbox in
      let lab = try await Lab(sandbox, 3)
      let worker = try lab.worker(1)
      for fault in [LabFault.partition, .blackhole, .reject] {
        try await worker.fault(fault)
        #expect(try await !reaches(lab.hub, "worker-1", within: 1), "\(fault)")
        try await worker.fault(.heal)
        try await eventually("the healed line") { try await reaches(lab.hub, "worker-1") }
      }
      try await worker.fault(.nat)
      #expect(try await !reaches(try lab.worker(2), "worker-1", within: 1))
      #expect(try await reaches(try lab.worker(2), "via-worker-1"))
      try await worker.fault(.heal)
      try await worker.fault(.delay(milliseconds: 40))
      let begin = ContinuousClock.now
      #expect(try await reaches(lab.hub, "worker-1"))
      // At least name, key exchange, login and command go back and forth.
      #expect(ContinuousClock.now - begin > .milliseconds(4 * 80))
      try await worker.fault(.endDelay)
      try await worker.fault(.rate("10mbit"))
      try await worker.fault(.loss(0.01))
      try await worker.fault(.heal)
    }
  }

  @Test func faultsOfTheMachine() async throws {
    try await Sandbox.with { sandbox in
      let lab = try await Lab(sandbox, 2)
      let worker = try lab.worker(1)
      try await worker.fault(.killSSHD)
      #expect(try await !reaches(lab.hub, "worker-1"))
      try await worker.fault(.startSSHD)
      let sleeping = try worker.start("sleep", ["4711"])
      try await eventually("it to run") {
        try await worker.run("pgrep", ["-f", "sleep 4711"]).status == 0
      }
      try await worker.fault(.kill(commandLine: "sleep 4711"))
      #expect(try await sleeping.finish().status == 128 + 9)
      try await worker.fault(.fullDisk(size: "64k"))
      let full = try await worker.run("sh", ["-c", "head -c 99999 /dev/zero >.agent-inbox/x"])
      #expect(full.status != 0 && full.errorText.contains("No space"))
      try await worker.fault(.freeDisk())
      try await worker.fault(.clockOff(seconds: 3600))
      let off = try await lab.hub.ssh("worker-1", "date +%s").text
      let here = try await lab.hub.must("date", ["+%s"])
      #expect((3500...3700).contains((Int(off) ?? 0) - (Int(here) ?? 0)))
      try await worker.fault(.clockOff(seconds: 0))
      _ = try await TmuxServer(worker)
      try await worker.fault(.reboot)
      #expect(try await worker.run("tmux", ["ls"]).status == 1)
      #expect(try await reaches(lab.hub, "worker-1"))
    }
  }

  @Test func accountsOfOneHost() async throws {
    try await Sandbox.with { sandbox in
      let lab = try await Lab(sandbox, 1)
      let users = try await lab.hub.users(["alice", "bob"])
      #expect(try await users[0].ssh("bob", "id -un; echo $HOME").text == "bob\n/run/home/bob")
      #expect(try await users[0].run("ls", [users[1].home]).status != 0)
      let tmux = try await TmuxServer(users[1])
      #expect(try await tmux.run("id", ["-un"]).text == "bob")
      let recipient = try await Recipient.start(in: tmux)
      try await recipient.pane.type("hi")
      try await recipient.pane.keys("Enter")
      #expect(try await recipient.waitForSubmissions() == ["hi"])
    }
  }

  @Test func itGoesWithoutATrace() async throws {
    var directory = ""
    try await Sandbox.with { sandbox in
      directory = sandbox.directory
      let lab = try await Lab(sandbox, 2)
      try await lab.hub.fault(.fullDisk(size: "1m"))
      try await lab.hub.fault(.delay(milliseconds: 1))
      _ = try await TmuxServer(lab.hub, command: ["sleep", "1000"])
      // Per host: unshare and process 1; and the switch, the relay.
      #expect(Processes.marked(directory).count >= 6)
      #expect(
        try await sandbox.must("sh", ["-c", "ip netns list; ip -o link"]).contains("br0") == false)
    }
    // By their marks: a number may be another process's by now.
    try await eventually("its processes to be gone") { Processes.marked(directory).isEmpty }
    #expect(!Files.exists(directory))
    let mounts = Files.text("/proc/self/mountinfo") ?? ""
    #expect(!mounts.contains(directory))
  }
}
