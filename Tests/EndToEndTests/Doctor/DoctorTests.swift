import TestSupport
import Testing

@Suite struct DoctorEndToEndTests {
  @Test func allIsWellOrSaysWhatIsNot() async throws {
    try await Sandbox.with { sandbox in
      let mesh = try await Accounts(sandbox)
      let fine = try await mesh.run("alice", "agent-mesh", "doctor")
      #expect(fine.status == 0, "\(fine)")
      for words in [
        "signing key SHA256:", "bob: pinned", "unbroken", "no hooks at [7700]", "OpenSSH",
        "answers, version",
      ] {
        #expect(fine.text.contains(words), "\(words) in \(fine)")
      }
      let json = try await mesh.must("alice", "agent-mesh", "doctor", "--json")
      #expect(json.split(separator: "\n").allSatisfy { $0.contains("\"state\":") })
    }
  }

  @Test(arguments: [
    ("chmod 755 .agents/keys", "chmod"), ("chmod 644 .agents/keys/sign", "chmod"),
    ("rm .agents/keys/sign", "agent-keys init"), ("rm .agents/keys/revoked_keys", "revoked_keys"),
    ("echo junk >> .agents/keys/allowed_signers", "allowed_signers"),
    ("echo 'x = 1' > .agents/policy.toml", "policy.toml"),
    (
      "umask 077; mkdir -p .agents/log; echo x >> .agents/log/messages.jsonl", "the chain is broken"
    ),
    ("echo -rf >> .agents/peers.conf", "begin with -"),
    (
      "mkdir -p .agents/profiles; chmod 700 .agents/profiles; echo nonsense > .agents/profiles/a.toml",
      "a.toml is not used: line 1"
    ),
    ("mkdir -p .agents/profiles; chmod 755 .agents/profiles", "chmod 700"),
    (
      "umask 077; mkdir -p .agents/profiles; echo > .agents/profiles/a.toml; chmod 666 .agents/profiles/a.toml",
      "a.toml is not used: others could change it"
    ),
    ("echo alice-dev >> .agents/peers.conf", "alice-dev owns every address"),
    ("rm .agents/keys/sign.pub", "sign.pub"),
    ("rm .agents/self.conf; true", "self.conf"), ("tmux set -s @agent-allow @mesh", "server level"),
    ("tmux set -w @agent-allow 'h*'", "does not parse"),
    ("tmux set -p @agent-shell raw", "@agent-shell"),
    ("ln -s /tmp .agent-inbox", ".agent-inbox"),
    (
      "kill -9 $(tmux display-message -p '#{pid}')",
      "no server is running"
    ),
    ("sed -i 's/^bob \\(.*\\)/&\\ncarol \\1/' .agents/keys/allowed_signers", "share"),
  ])
  func damage(_ line: String, _ word: String) async throws {
    try await Sandbox.with { sandbox in
      let mesh = try await Accounts(sandbox, line.contains("bob") ? ["alice", "bob"] : ["alice"])
      try await mesh.must("alice", "sh", "-c", line)
      let found = try await mesh.run("alice", "agent-mesh", "doctor")
      let said = found.text.split(separator: "\n").filter { !$0.hasPrefix("ok") }.joined(
        separator: "\n")
      #expect(said.contains(word) || found.errorText.contains(word), "\(line): \(found)")
    }
  }

  @Test func aHeldKeyIsToldFromALogin() async throws {
    try await Sandbox.with { sandbox in
      let mesh = try await Accounts(sandbox)
      let (alice, bob) = (try mesh.hosts["alice"], try mesh.hosts["bob"])
      try alice.authorize(bob, command: "\(alice.home)/bin/agent-register-hook serve --peer bob")
      try alice.exclude(alice)
      let held = try await mesh.run("alice", "agent-mesh", "doctor")
      #expect(held.text.contains("bob: its ssh key may only serve the mesh"), "\(held)")
      #expect(!held.text.contains("open a shell"), "\(held)")
    }
  }

  @Test func pingIsAVerifiedRoundTrip() async throws {
    try await Sandbox.with { sandbox in
      let mesh = try await Accounts(sandbox)
      for host in ["bob", "alice"] {
        let pong = try await mesh.run("alice", "agent-mesh", "ping", host, "-n", "2")
        #expect(pong.status == 0 && pong.text.contains("signed answer in"), "\(pong)")
      }
      try Files.write(try mesh.path("bob", "policy.toml"), "no = 1\n")
      let broken = try await mesh.run("alice", "agent-mesh", "ping", "bob")
      #expect(broken.status != 0, "\(broken)")
      #expect(try await mesh.run("alice", "agent-mesh", "ping", "carol").status != 0)
    }
  }

  @Test func statusAndItsCache() async throws {
    try await Sandbox.with { sandbox in
      let mesh = try await Accounts(sandbox)
      let status = try await mesh.must("alice", "agent-mesh", "status")
      #expect(status.contains("alice  SHA256:") && status.contains("bob  fresh"))
      try await eventually("the line for tmux's status line") {
        try await mesh.must("alice", "agent-mesh", "status", "--tmux").contains(" ready")
      }
      Files.remove(try mesh.path("alice", "state/status"))
      let none = try await mesh.run("alice", "agent-mesh", "status", "--tmux")
      #expect(none.status == 0 && none.text.isEmpty)
    }
  }

  @Test func offEndsTheConnections() async throws {
    try await Sandbox.with { sandbox in
      let mesh = try await Accounts(sandbox)
      try await mesh.must("alice", "agent-mesh", "ping", "bob")
      let off = try await mesh.must("alice", "agent-mesh", "off")
      #expect(off == "1 connection ended")
      #expect(try await mesh.must("alice", "agent-mesh", "off") == "no connection was open")
    }
  }
}
