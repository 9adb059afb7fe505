import Mesh
import TestSupport
import Testing

/// From one installed host to two.
@Suite struct MeshDeployTests {
  private static var repository: String {
    "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
  }

  /// alice is set up; bob has nothing but an ssh login.
  private static func with(
    _ body: (Sandbox, LoopbackHost, LoopbackHost) async throws -> Void
  ) async throws {
    try await Sandbox.with { sandbox in
      let hosts = try await LoopbackHosts(sandbox, ["alice", "bob"])
      let (alice, bob) = (try hosts["alice"], try hosts["bob"])
      let share = alice.home + "/.local/share/agent-mesh/dist"
      try await sandbox.must("mkdir", ["-p", alice.home + "/.agents", share])
      try Files.setMode(alice.home + "/.agents", 0o700)
      try Files.write(alice.home + "/.agents/self.conf", "alice\n")
      for part in ["install.sh", "scripts", "tmux", "systemd", "man", "skills", "keys"] {
        try await sandbox.must("cp", ["-R", "\(repository)/\(part)", share])
      }
      _ = try await alice.run("agent-keys", ["init"])
      for name in Files.list(bob.home + "/bin") where name != "tmux" {
        Files.remove("\(bob.home)/bin/\(name)")
      }
      try await body(sandbox, alice, bob)
    }
  }

  @Test func oneCommandMakesAPeer() async throws {
    try await Self.with { sandbox, alice, bob in
      let dry = try await alice.run("agent-mesh", ["deploy", "--dry-run", "bob"])
      #expect(dry.status == 0 && dry.text.contains("nothing was changed"), "\(dry)")
      #expect(!Files.exists(bob.home + "/.agents"))
      let ran = try await alice.run("agent-mesh", ["deploy", "bob"], within: .seconds(240))
      #expect(
        ran.status == 0 && ran.text.contains("bob: installed, and answers with SHA256:"), "\(ran)")
      #expect(Files.text(bob.home + "/.agents/self.conf") == "bob\n")
      #expect(Files.text(bob.home + "/.agents/peers.conf")?.contains("alice\n") == true)
      #expect(Files.text(alice.home + "/.agents/peers.conf") == "bob\n")
      let tmux = try await bob.tmux(window: "reader", command: ["cat"])
      try await tmux.first().set("@agent-allow", "@mesh")
      let sent = try await alice.run("notify-pane", ["bob-main-reader", "hello"])
      #expect(sent.status == 0, "\(sent)")
      // bob can do the same: the installer's files came along.
      #expect(Files.exists(bob.home + "/.local/share/agent-mesh/dist/install.sh"))
      // A newer one is not lowered.
      Files.remove(bob.home + "/bin/agent-mesh")
      try Files.write(bob.home + "/bin/agent-mesh", "#!/bin/sh\necho 9.0.0\n", mode: 0o755)
      let lowered = try await alice.run("agent-mesh", ["deploy", "bob"])
      #expect(lowered.status == 5 && lowered.errorText.contains("not lowered"), "\(lowered)")
    }
  }

  @Test(arguments: [
    ("uname", "#!/bin/sh\n[ \"$1\" = -m ] && echo riscv64 || echo Linux\n", "riscv64"),
    ("getconf", "#!/bin/sh\necho glibc 2.17\n", "2.17"),
    ("getconf", "#!/bin/sh\necho musl libc\n", "no glibc"),
  ])
  func whatWouldNotRunIsNotSent(_ program: String, _ text: String, _ said: String) async throws {
    try await Self.with { sandbox, alice, bob in
      try Files.write("\(bob.home)/bin/\(program)", text, mode: 0o755)
      try bob.setLoginScript("PATH=\"\(bob.home)/bin:$PATH\"\n")
      let ran = try await alice.run("agent-mesh", ["deploy", "bob"])
      #expect(ran.status == 5 && ran.errorText.contains(said), "\(ran)")
      #expect(ran.errorText.contains("nothing was changed"), "\(ran)")
      #expect(!Files.exists(bob.home + "/.agents"))
    }
  }
}
