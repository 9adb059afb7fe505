import Mesh
import TestSupport
import Testing

/// kill -9 in the middle of a transfer, of each process that takes part in it.
@Suite struct FilesKillTests {
  enum Victim: CaseIterable { case sender, ssh, sshd, receiver }

  /// What bob's login runs at the first delivery: part of the input passes, then nothing until `go` exists.
  private static let pausing = """
    case $BASH_EXECUTION_STRING in *deliver)
      if mkdir "$HOME/paused" 2>/dev/null; then
        exec 0< <(head -c 1000000; while [ ! -e "$HOME/go" ]; do sleep 0.02; done)
      fi ;;
    esac

    """

  static let id = "aaaaaaaaaaaaaaaaaaaaaaaaaa"

  @Test(arguments: zip(Victim.allCases, [false, true, true, false]))
  func inTheMiddleOfADrop(victim: Victim, sealed: Bool) async throws {
    try await TwoHosts.with { hosts in
      try hosts.bob.setLoginScript(Self.pausing)
      let bytes = noise(3_000_000)
      let path = hosts.sandbox.path("f")
      try Files.write(path, bytes)
      let words =
        ["--id", Self.id] + (sealed ? ["--seal"] : [])
        + ["--file", path, "--name", "f", TwoHosts.address] + (sealed ? [] : ["look"])
      let settings = ["AGENT_MESH_SSH_CONFIG": hosts.alice.home + "/.ssh/config"]
      let sender = try hosts.alice.start("notify-pane", words, environment: settings)
      let folder = hosts.bob.home + "/.agent-inbox/alice"
      try await eventually("a part: \(sender.soFar)") {
        Files.list(folder).contains { $0.hasPrefix(".part-") }
      }
      try await Self.kill(victim, sender, hosts)
      try Files.write(hosts.bob.home + "/go", "")
      let ran = try await sender.finish()
      // The sender itself retries a connection that broke; a killed sender is run again here.
      #expect(ran.status == (victim == .sender ? 137 : 0), "\(victim): \(ran)")
      try await eventually("the first receiver to end") {
        Self.receivers(hosts).isEmpty
      }
      let visible = Files.list(folder).filter { !$0.hasPrefix(".") }
      #expect(visible == (victim == .sender ? [] : ["f"]))
      for _ in 1...2 {
        let again = try await hosts.notify(words)
        #expect(again.status == 0, "\(again)")
      }
      #expect(Files.list(folder) == ["f"])
      #expect(Files.read(folder + "/f") == bytes)
      #expect(hosts.recipient.submissions.count == 1)
      let status = try await hosts.notify(["--status", Self.id])
      #expect(status.status == 0, "\(status)")
    }
  }

  /// The receivers started by a peer's session. They hide their arguments except the name.
  private static func receivers(_ hosts: TwoHosts) -> [Int32] {
    Processes.marked(hosts.sandbox.directory).filter { pid in
      Processes.arguments(of: pid).first?.hasSuffix("/agent-register-hook") == true
        && session(of: pid) != nil
    }
  }

  /// sshd's process of the session that a process runs in.
  private static func session(of pid: Int32) -> Int32? {
    Processes.ancestors(of: pid).first {
      Processes.arguments(of: $0).first?.hasPrefix("sshd") == true
    }
  }

  private static func kill(_ victim: Victim, _ sender: Running, _ hosts: TwoHosts) async throws {
    let receiver = try #require(receivers(hosts).first)
    switch victim {
    case .sender: Processes.kill([sender.pid])
    case .ssh:
      let clients = Processes.marked(hosts.sandbox.directory).filter {
        Processes.arguments(of: $0).first?.contains("ssh") == true
          && Processes.arguments(of: $0).last?.hasSuffix(" deliver") == true
      }
      #expect(!clients.isEmpty)
      Processes.kill(clients)
    case .sshd:
      Processes.kill([try #require(session(of: receiver))])
    case .receiver: Processes.kill([receiver])
    }
  }
}
