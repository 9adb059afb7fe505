import TestSupport
import Testing

/// Many hosts: a session begins with one hash over all that the caller has.
@Suite struct MeshRootTests {
  /// bob's side records what it is sent in `~/heard`; `filter` is a shell filter for its answers.
  private static func with(
    filter: String, _ body: (TwoAccounts) async throws -> Void
  ) async throws {
    try await TwoAccounts.run { mesh in
      let more = (0..<24).map { "peer-\($0)\n" }.joined()
      for (host, peer) in [(mesh.alice, "bob"), (mesh.bob, "alice")] {
        try Files.write(host.home + "/.agents/peers.conf", "\(peer)\n\(more)")
      }
      // None of the other hosts can be reached.
      let config = mesh.alice.home + "/.ssh/config"
      try Files.write(config, "Host peer-*\n  ProxyCommand false\n\n" + (Files.text(config) ?? ""))
      let hook = mesh.bob.home + "/bin/agent-register-hook"
      Files.remove(hook)
      try Files.write(
        hook,
        """
        #!/bin/bash
        [ "$1" = sync ] || exec -a agent-register-hook "$HOME/bin/agent-mesh" "$@"
        tee "$HOME/heard" | (exec -a agent-register-hook "$HOME/bin/agent-mesh" "$@") | \(filter)

        """, mode: 0o755)
      try await body(mesh)
    }
  }

  private static func heard(_ mesh: TwoAccounts) -> [String] {
    (Files.text(mesh.bob.home + "/heard") ?? "").split(separator: "\n").map(String.init)
  }

  private static func count(_ lines: [String], _ word: String) -> Int {
    lines.count { $0.hasPrefix(word + " ") }
  }

  @Test func theListFollowsOnlyWhereTheRootsDiffer() async throws {
    try await Self.with(filter: "cat") { mesh in
      let same = try await mesh.alice.run("sync-agent-registry")
      #expect(same.status == 0, "\(same)")
      #expect(Self.count(Self.heard(mesh), "root") == 1, "\(Self.heard(mesh))")
      #expect(Self.count(Self.heard(mesh), "digest") == 0)
      // One of the two has a change: the other gets it in the same session.
      for (host, tmux) in [(mesh.bob, mesh.bobTmux), (mesh.alice, mesh.aliceTmux)] {
        _ = try await tmux.window("fresh", ["cat"])
        try await mesh.rescanWithoutPush(host)
        let ran = try await mesh.alice.run("sync-agent-registry")
        #expect(Self.count(Self.heard(mesh), "root") == 1)
        #expect(Self.count(Self.heard(mesh), "digest") == 26, "\(ran) \(Self.heard(mesh))")
        for reader in [mesh.alice, mesh.bob] {
          let registry = Files.text(reader.home + "/.agents/registry.toml") ?? ""
          #expect(registry.contains("[agents.\(host.name)-main-fresh]"), "\(reader.name): \(ran)")
        }
      }
    }
  }

  /// An older peer does not announce that it knows roots, and is not sent one.
  @Test func anOlderPeerGetsTheList() async throws {
    try await Self.with(filter: "sed -u '/^AMSH1 root$/d'") { mesh in
      let ran = try await mesh.alice.run("sync-agent-registry")
      #expect(ran.status == 0 && !ran.errorText.contains("bob:"), "\(ran)")
      #expect(Self.count(Self.heard(mesh), "root") == 0)
      #expect(Self.count(Self.heard(mesh), "digest") == 26)
    }
  }

  /// A peer that announces roots falsely is named, and nothing from it is believed.
  @Test func aPeerThatOnlySaysSo() async throws {
    try await Self.with(filter: "sed -u 's/^end$/differs/'") { mesh in
      _ = try await mesh.bobTmux.window("fresh", ["cat"])
      let before = Files.read(mesh.alice.home + "/.agents/registry.toml")
      let ran = try await mesh.alice.run("sync-agent-registry")
      #expect(ran.errorText.contains("bob: broke off"), "\(ran)")
      #expect(Files.read(mesh.alice.home + "/.agents/registry.toml") == before)
    }
  }
}
