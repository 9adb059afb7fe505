import TestSupport
import Testing

/// alice and bob have accounts on one machine: her ssh key serves the mesh there, and opens nothing else.
struct SharedBox {
  let hub: LabHost
  let alice: LabHost
  let bob: LabHost
  /// bob's server, in which `cat` runs.
  let tmux: TmuxServer
  let pane: Pane
  let aliceTmux: TmuxServer

  static func with(_ body: (SharedBox) async throws -> Void) async throws {
    try await Sandbox.with { sandbox in
      let lab = try await Lab(sandbox, 1)
      let users = try await lab.hub.users(["alice", "bob"])
      let (alice, bob) = (users[0], users[1])
      try await LabMesh.setUp(alice, "alice", peers: ["bob"])
      try await LabMesh.setUp(bob, "bob", peers: ["alice"])
      let key = try await alice.must("cat", [alice.home + "/.ssh/id_ed25519.pub"])
      try await bob.must(
        "sh", ["-c", "agent-keys ssh-line alice >~/line && mv ~/line ~/.ssh/authorized_keys"],
        stdin: Array((key + "\n").utf8))
      let tmux = try await TmuxServer(bob, command: ["cat"])
      let aliceTmux = try await TmuxServer(alice, session: "main", command: ["cat"])
      for user in [bob, alice] { try await user.must("agent-register-hook", ["rescan"]) }
      let synced = try await alice.run("sync-agent-registry")
      #expect(synced.status == 0, "\(synced)")
      try await body(
        SharedBox(
          hub: lab.hub, alice: alice, bob: bob, tmux: tmux, pane: try await tmux.first(),
          aliceTmux: aliceTmux))
    }
  }
}
