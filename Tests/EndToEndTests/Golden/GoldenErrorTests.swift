import TestSupport
import Testing

/// The program's error texts: command line → exit code, stdout, stderr, in `Tests/Golden/errors`.
@Suite struct GoldenErrorTests {
  /// Runs each line in a shell and records its result.
  private func table(
    _ lines: [String], _ machine: some Machine, environment: [String: String] = [:]
  ) async throws -> String {
    var text = ""
    let homes = [(machine.home, "<home>"), (machine.sandbox.directory, "<sandbox>")]
    for line in lines {
      let ran = try await machine.run("sh", ["-c", line], environment: environment)
      text += "$ \(line)\nexit \(ran.status)\n"
      // The output of a successful command is not an error text.
      let printed = ran.status == 0 ? "" : ran.text
      for (mark, said) in [("out", printed), ("err", ran.errorText)] where !said.isEmpty {
        for part in said.split(separator: "\n", omittingEmptySubsequences: false) {
          text += "\(mark)| \(part)\n"
        }
      }
      text += "\n"
    }
    return Golden.steady(text, homes: homes.map { (path: $0.0, word: $0.1) })
  }

  /// Every command that reads the account, without those that change it.
  private static let looking = [
    "notify-pane hub-main-cat hi", "notify-pane --list", "notify-pane --whoami",
    "notify-pane --status aaaaaaaaaaaaaaaaaaaaaaaaaa", "notify-pane --verify aaaaaaaa",
    "notify-pane --reply hi", "agent-mesh status", "agent-mesh ping hub",
    "agent-mesh log", "agent-mesh inbox", "agent-mesh look hub-main-cat",
    "agent-mesh acl check hub hub-main-cat", "agent-mesh acl explain hub-main-cat",
    "agent-mesh acl lint", "agent-keys list", "agent-keys show", "agent-discover",
    "agent-self-identify --role x", "sync-agent-registry", "agent-mesh off", "agent-mesh drain",
    "agent-register-hook rescan", "agent-register-hook deliver </dev/null",
    "agent-mesh deploy worker-9",
  ]

  @Test("Without a home, without keys, with a bad name, with loose modes, without a server")
  func accountsThatAreNotSetUp() async throws {
    try await Sandbox.with { sandbox in
      try Golden.expect(
        try await table(Self.looking, sandbox, environment: ["HOME": "/nonexistent"]),
        "errors/no-home.txt")
      try Files.makeDirectory(sandbox.home + "/.agents")
      try Files.write(sandbox.home + "/.agents/self.conf", "hub\n")
      try Golden.expect(try await table(Self.looking, sandbox), "errors/no-keys.txt")
      try await sandbox.must("agent-keys", ["init"])
      try Golden.expect(try await table(Self.looking, sandbox), "errors/no-server.txt")
      try Files.write(sandbox.home + "/.agents/self.conf", "No Host\n")
      try Golden.expect(try await table(Self.looking, sandbox), "errors/bad-name.txt")
      try Files.write(sandbox.home + "/.agents/self.conf", "hub\n")
      try Files.setMode(sandbox.home + "/.agents/keys/sign", 0o644)
      try Golden.expect(try await table(Self.looking, sandbox), "errors/loose-modes.txt")
      try Files.setMode(sandbox.home + "/.agents/keys/sign", 0o600)
      try Files.write(sandbox.home + "/.agents/keys/sign", "nonsense\n")
      try Golden.expect(try await table(Self.looking, sandbox), "errors/bad-key.txt")
    }
  }

  /// Typical mistakes at the command line.
  private static let mistakes = [
    "notify-pane", "notify-pane --", "notify-pane hello there hub-main-cat",
    "notify-pane hub-main-less --fix-the-bug", "notify-pane hub-main-cat '--fix the bug'",
    "notify-pane hub-main-cat -foo", "notify-pane --wiat 3s hub-main-cat hi",
    "notify-pane --wait hub-main-cat hi", "notify-pane --wait 3x hub-main-cat hi",
    "notify-pane --wait 99h hub-main-cat hi", "notify-pane --wait 2h hub-main-cat hi",
    "notify-pane --expires 2h hub-main-cat hi", "notify-pane --notify hub-main-cat hi",
    "notify-pane --list --whoami", "notify-pane --export /tmp hub-main-cat",
    "notify-pane hub-main-cat --file nothing-there",
    "mkdir -p inner && cd inner && notify-pane hub-main-cat --file .",
    "notify-pane hub-main-cat --file /dev/null",
    "notify-pane --file hub-main-cat .agents/self.conf",
    "notify-pane hub-main-cat --file - </dev/null", "notify-pane hub-main-cat --name x hi",
    "notify-pane hub-main-cat --file .agents/self.conf --name a/b",
    "notify-pane hub-main-cat --file .agents/self.conf --name .a",
    "notify-pane HUB-MAIN-CAT hi", "notify-pane main:cat hi", "notify-pane %1 hi",
    "notify-pane hub_main_cat hi", "notify-pane cat hi", "notify-pane main-cat hi",
    "notify-pane hub-main-cta hi", "notify-pane far-main-cat hi", "notify-pane hub-main-less hi",
    "notify-pane --wait 1s hub-main-less hi", "notify-pane hub-main-none hi",
    "notify-pane hub-main-less 'two\nlines'", "notify-pane --as hub-main-cat hub-main-cat hi",
    "notify-pane --as far-main-x hub-main-cat hi", "notify-pane --as 'A B' hub-main-cat hi",
    "AGENT_NAME=hub-main-cat notify-pane hub-main-cat hi", "notify-pane --reply hi",
    "notify-pane --reply-to bogus hub-main-less hi",
    "notify-pane --in-reply-to abc hub-main-cat hi",
    "notify-pane --id abc hub-main-cat hi", "notify-pane --status abc",
    "notify-pane --status aaaaaaaaaaaaaaaaaaaaaaaaaa", "notify-pane --verify abc",
    "notify-pane --verify aaaaaaaa", "notify-pane --dry-run hub-main-less hi",
    "head -c 70000 /dev/zero | tr '\\0' a | notify-pane hub-main-cat -",
    "printf '\\377' | notify-pane hub-main-cat -",
    "agent-mesh list", "agent-mesh send hub-main-cat hi", "agent-mesh lst", "agent-mesh frob",
    "agent-mesh \"$(printf '\\033]0;x\\007')\"",
    "agent-mesh acl check build release", "agent-mesh acl check hub hub-main-none",
    "agent-mesh acl check hub 'A B'", "agent-mesh acl check far hub-main-cat",
    "agent-mesh ping", "agent-mesh ping hub-main-cat", "agent-mesh ping nobody",
    "agent-mesh ping 'A B'", "agent-mesh ping -n 0 hub", "agent-mesh look",
    "agent-mesh look hub-main-none",
    "agent-mesh look 'A B'", "agent-mesh look --screen x", "agent-mesh look --screen x --formats y",
    "agent-mesh inbox --prune x", "agent-mesh log -n x", "agent-mesh log -n -1",
    "agent-mesh log --check --head xyz", "agent-mesh deploy", "agent-mesh deploy hub",
    "agent-mesh deploy box.example", "agent-mesh timer install --cron --systemd",
    "agent-keys trust", "agent-keys trust nobody", "agent-keys trust 'A B'", "agent-keys trust hub",
    "agent-keys trust nobody 'ssh-ed25519 xx'", "agent-keys distrust nobody",
    "agent-keys show nobody",
    "agent-keys revoke", "agent-keys revoke nobody", "agent-keys revoke hub",
    "agent-keys revoke SHA256:abc", "agent-keys revoke ./nothing",
    "agent-keys revoke .agents/self.conf",
    "agent-keys ssh-line worker-1 .agents/self.conf", "agent-keys ssh-line worker-1 nothing",
    "agent-keys ssh-line 'A B'", "agent-self-identify -t nowhere:1", "agent-self-identify extra",
    "agent-register-hook serve --peer 'A B'", "agent-register-hook serve --peer far",
    "agent-register-hook on", "agent-register-hook off", "agent-discover extra",
    "sync-agent-registry --wrong", "TMUX_SOCKET=/nowhere/at-all notify-pane hub-main-cat hi",
    "TMUX_BIN=/nowhere/tmux notify-pane hub-main-cat hi",
    "notify-pane 1 hi", "notify-pane main:nope hi", "notify-pane %99 hi", "notify-pane cat …",
    "notify-pane nobody,main hi", "notify-pane --batch cat hi", "notify-pane --list foo",
    "notify-pane --list --to-role x", "notify-pane --whoami x", "agent-mesh status --json --tmux",
    "AGENT_NAME=bogus notify-pane cat hi", "notify-pane --as bogus cat hi",
    "notify-pane --to-role nobody hi", "notify-pane hub hi",
    "echo '{\"to\":\"cat\",\"body\":\"b\",\"wait\":\"5x\"}' | notify-pane --batch",
    "echo '{\"to\":\"cat\",\"body\":\"b\",\"wiat\":5}' | notify-pane --batch",
    "agent-mesh log --since yesterday", "agent-mesh help frob", "agent-mesh ask 'hi there' cat",
    "agent-mesh queue cancel aaaaaaaa", "agent-mesh acl check nobody cat",
    "agent-mesh pick --menu", "agent-mesh timer install --launchd",
  ]

  @Test("Mistakes at the command line")
  func mistakesAtTheCommandLine() async throws {
    try await LocalMesh.with { mesh in
      _ = try await mesh.cat("cat")
      let less = try await mesh.tmux.window("less", ["less", mesh.agents + "/self.conf"])
      try await less.waitFor("hub")
      // Similar names are taken from the registry.
      try await mesh.sandbox.must(
        "agent-discover", environment: ["TMUX_SOCKET": mesh.tmux.socket])
      let socket = ["TMUX_SOCKET": mesh.tmux.socket]
      try Golden.expect(
        try await table(Self.mistakes, mesh.sandbox, environment: socket), "errors/mistakes.txt")
    }
  }

  @Test("Files of the account that do not parse")
  func filesThatDoNotParse() async throws {
    try await LocalMesh.with { mesh in
      _ = try await mesh.cat("cat")
      let agents = mesh.agents
      var text = ""
      for (file, content) in [
        ("policy.toml", "alow = \"@mesh\"\n"), ("policy.toml", "rate = \"many\"\n"),
        ("policy.toml", "[[[a]]\n"), ("peers.conf", "-rf\nA B\nworker-1 what=1\nhub\n"),
        ("keys/revoked_keys", "garbage\n"), ("keys/allowed_signers", "far ssh-ed25519 AAAA\n"),
        ("self.conf", ""),
      ] {
        let kept = Files.read("\(agents)/\(file)")
        try Files.write("\(agents)/\(file)", content)
        text += "# \(file): \(content.split(separator: "\n").joined(separator: " ⏎ "))\n\n"
        text += try await table(
          [
            "notify-pane hub-main-cat hi", "notify-pane --list", "agent-mesh status",
            "agent-mesh acl lint", "sync-agent-registry",
          ], mesh.sandbox)
        if let kept {
          try Files.write("\(agents)/\(file)", kept)
        } else {
          Files.remove("\(agents)/\(file)")
        }
      }
      try Golden.expect(text, "errors/files.txt")
    }
  }

  @Test("What is said of another host that does not answer, does not know us, or refuses")
  func otherHosts() async throws {
    try await Sandbox.with { sandbox in
      let mesh = try await Accounts(sandbox, ["alice", "bob"])
      let alice = try mesh.hosts["alice"]
      let bob = try mesh.hosts["bob"]
      let lines = [
        "notify-pane bob-main-cat hi >/dev/null", "agent-mesh ping bob >/dev/null",
        "sync-agent-registry >/dev/null", "agent-keys trust bob",
      ]
      var text = ""
      func record(_ title: String, _ lines: [String]) async throws {
        text += "# \(title)\n\n" + (try await table(lines, alice))
      }
      try await mesh.servers["bob"]?.set("-w", "-t", "main:cat", "@agent-allow", "none")
      try await record("bob's pane admits nobody", ["notify-pane bob-main-cat hi"])
      try Files.write(bob.home + "/.agents/policy.toml", "require_seal = true\n")
      try await record("bob wants sealed messages", ["notify-pane bob-main-cat hi"])
      Files.remove(bob.home + "/.agents/policy.toml")
      try await record("bob has no such pane", ["notify-pane bob-main-cta hi"])
      try await mesh.must("bob", "agent-keys", "distrust", "alice")
      try await record("bob does not trust alice", [lines[0], lines[1]])
      try Files.write(bob.home + "/.agents/policy.toml", "wrong = 1\n")
      try await record("bob's policy does not parse", lines)
      Files.remove(bob.home + "/.agents/policy.toml")
      Files.remove(bob.home + "/bin/agent-register-hook")
      Files.remove(bob.home + "/bin/agent-mesh")
      try await mesh.must("alice", "agent-mesh", "off")
      try await record("nothing of ours is installed on bob", lines)
      try await mesh.must("alice", "agent-keys", "revoke", "bob")
      try await record("bob's key is revoked", lines)
      try await mesh.must("alice", "agent-keys", "distrust", "bob")
      try bob.exclude(alice)
      try await mesh.must("alice", "agent-mesh", "off")
      try await record("bob's ssh does not let alice in", lines)
      try Golden.expect(text, "errors/peers.txt")
    }
  }
}
