import Mesh
import TestSupport
import Testing

/// Deploys from one installed host to others.
@Suite struct MeshDeployTests {
  /// alice is set up; bob has only an ssh login.
  private static func with(
    _ body: (Sandbox, LoopbackHost, LoopbackHost) async throws -> Void
  ) async throws {
    try await with(["alice", "bob"]) { sandbox, hosts in
      try await body(sandbox, hosts["alice"], hosts["bob"])
    }
  }

  /// The first host is set up; the others have only an ssh login.
  private static func with(
    _ names: [String], _ body: (Sandbox, LoopbackHosts) async throws -> Void
  ) async throws {
    try await Sandbox.with { sandbox in
      let hosts = try await LoopbackHosts(sandbox, names)
      let alice = try hosts["alice"]
      let share = alice.home + "/.local/share/agent-mesh/dist"
      try await sandbox.must("mkdir", ["-p", alice.home + "/.agents", share])
      try Files.setMode(alice.home + "/.agents", 0o700)
      try Files.write(alice.home + "/.agents/self.conf", "alice\n")
      for part in ["install.sh", "scripts", "tmux", "systemd", "man", "skills", "keys"] {
        try await sandbox.must("cp", ["-R", "\(Repository.root)/\(part)", share])
      }
      _ = try await alice.run("agent-keys", ["init"])
      for host in hosts.all.dropFirst() {
        for name in Files.list(host.home + "/bin") where name != "tmux" {
          Files.remove("\(host.home)/bin/\(name)")
        }
      }
      try await body(sandbox, hosts)
    }
  }

  /// One command makes three hosts that know each other; the two new hosts cannot even log in to each other.
  @Test func oneCommandMakesAMeshOfThree() async throws {
    try await Self.with(["alice", "bob", "carol"]) { sandbox, hosts in
      let (alice, bob, carol) = (try hosts["alice"], try hosts["bob"], try hosts["carol"])
      try bob.exclude(carol)
      try carol.exclude(bob)
      for host in [alice, carol] {
        _ = try await host.tmux(window: "reader", command: ["cat"])
      }
      let reader = try await bob.tmux(window: "reader", command: ["cat"])
      try await alice.must("agent-register-hook", ["rescan"])
      let load = await MeshLoad.factor()
      let dry = try await alice.run("agent-mesh", ["deploy", "--dry-run", "bob"])
      #expect(dry.status == 0 && dry.text.contains("nothing was changed"), "\(dry)")
      #expect(!Files.exists(bob.home + "/.agents"))
      let begin = ContinuousClock.now
      let ran = try await alice.run(
        "agent-mesh", ["deploy", "bob", "carol"], within: .seconds(300))
      let took = ContinuousClock.now - begin
      print("deploy to two hosts: \(took), load \(load)")
      #expect(ran.status == 0, "\(ran)")
      #expect(ran.text.contains("bob, carol: they know the others' keys and addresses"), "\(ran)")
      #expect(took < .seconds(2 * 30 * load))
      for host in [alice, bob, carol] {
        let others = [alice, bob, carol].filter { $0.name != host.name }
        let list = try await host.run("notify-pane", ["--list"]).text.split(separator: "\n")
        let keys = try await host.run("agent-keys", ["list"]).text
        for other in others {
          let key = Files.text(other.home + "/.agents/keys/sign.pub") ?? "none"
          let shown = try await host.run("agent-keys", ["show", other.name]).text
          #expect(list.contains("\(other.name)-main-reader"), "\(host.name): \(list)")
          #expect(keys.contains(other.name), "\(host.name): \(keys)")
          #expect(
            shown.split(separator: " ").prefix(2) == key.split(separator: " ").prefix(2),
            "\(host.name) of \(other.name): \(shown)")
        }
      }
      try await isInstalled(bob, reader.first(), by: alice)
    }
  }

  private func isInstalled(
    _ bob: LoopbackHost, _ pane: Pane, by alice: LoopbackHost
  ) async throws {
    #expect(Files.text(bob.home + "/.agents/self.conf") == "bob\n")
    try await pane.set("@agent-allow", "@mesh")
    let sent = try await alice.run("notify-pane", ["bob-main-reader", "hello"])
    #expect(sent.status == 0, "\(sent)")
    // bob can deploy too: he received the installer's files.
    #expect(Files.exists(bob.home + "/.local/share/agent-mesh/dist/install.sh"))
    // A newer version is not downgraded.
    Files.remove(bob.home + "/bin/agent-mesh")
    try Files.write(bob.home + "/bin/agent-mesh", "#!/bin/sh\necho 9.0.0\n", mode: 0o755)
    let lowered = try await alice.run("agent-mesh", ["deploy", "bob"])
    #expect(lowered.status == 5 && lowered.errorText.contains("not lowered"), "\(lowered)")
  }

  /// The command does not change what exists already.
  @Test(
    .enabled(if: Soak.isOn, "a long run: ./soak.sh"))
  func soakAKeyThatIsPinnedThereStays() async throws {
    try await Self.with(["alice", "bob", "carol"]) { sandbox, hosts in
      let (alice, bob) = (try hosts["alice"], try hosts["bob"])
      let deploy = ["deploy", "bob", "carol"]
      let first = try await alice.run("agent-mesh", deploy, within: .seconds(300))
      #expect(first.status == 0, "\(first)")
      let pins = bob.home + "/.agents/keys/allowed_signers"
      let own = (Files.text(bob.home + "/.agents/keys/sign.pub") ?? "").split(separator: " ")
      try await bob.must("agent-keys", ["trust", "carol", own.prefix(2).joined(separator: " ")])
      let before = Files.text(pins)
      let again = try await alice.run("agent-mesh", deploy, within: .seconds(300))
      #expect(again.errorText.contains("bob: what is pinned there for carol"), "\(again)")
      #expect(Files.text(pins) == before)
    }
  }

  @Test(arguments: [
    ("uname", "#!/bin/sh\n[ \"$1\" = -m ] && echo riscv64 || echo Linux\n", "riscv64"),
    ("getconf", "#!/bin/sh\necho glibc 2.17\n", "2.17"),
    ("getconf", "#!/bin/sh\necho musl libc\n", "no glibc"),
  ])
  func whatWouldNotRunIsNotSent(_ program: String, _ text: String, _ said: String) async throws {
    try await Self.with { sandbox, alice, bob in
      try Programs.useDebugBuild(in: alice.home + "/bin")
      try Files.write("\(bob.home)/bin/\(program)", text, mode: 0o755)
      try bob.setLoginScript("PATH=\"\(bob.home)/bin:$PATH\"\n")
      let ran = try await alice.run("agent-mesh", ["deploy", "bob"])
      #expect(ran.status == 5 && ran.errorText.contains(said), "\(ran)")
      #expect(ran.errorText.contains("nothing was changed"), "\(ran)")
      #expect(!Files.exists(bob.home + "/.agents"))
    }
  }
}
