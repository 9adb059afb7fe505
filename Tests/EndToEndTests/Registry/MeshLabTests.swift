import TestSupport
import Testing

/// Several hosts in the lab's network namespaces: changes reach all of them, also after an absence or
/// through a hub.
@Suite(.enabled(if: Lab.isExpected, "\(Lab.why)"), .serialized) struct MeshLabTests {
  @Test func aNewWindowIsKnownEverywhereAlsoWhileOneHostIsAway() async throws {
    try await LabMesh.with(5) { mesh in
      for host in mesh.hosts {
        #expect(LabMesh.knows(host, "worker-1-main-first"), "\(host.name)")
      }
      let load = await MeshLoad.factor()
      for (name, bound) in [("cold", 5.0), ("warm", 2.0)] {
        _ = try await mesh.servers[1].window(name, ["cat"])
        let took = try await LabMesh.spread("worker-1-main-\(name)", to: mesh.hosts)
        print("5 hosts, \(name): a new window is everywhere after \(took); load \(load)")
        #expect(took < .seconds(bound * 2 * load))
      }
      let away = try mesh.lab.worker(4)
      try await away.fault(.partition)
      _ = try await mesh.servers[1].window("meanwhile", ["cat"])
      _ = try await mesh.servers[4].window("alone", ["cat"])
      let others = mesh.hosts.filter { $0.name != away.name }
      let took = try await LabMesh.spread("worker-1-main-meanwhile", to: others)
      print("5 hosts, one of them partitioned: \(took)")
      #expect(took < .seconds(4 * load))
      #expect(!LabMesh.knows(away, "worker-1-main-meanwhile"))
      // The absent host's entries stay meanwhile.
      #expect(LabMesh.knows(mesh.lab.hub, "worker-4-main-first"))
      // It reaches no host, and each is now left alone for a while.
      let lost = try await away.run("sync-agent-registry", ["--quiet"])
      #expect(lost.status == 4, "\(lost)")
      try await away.fault(.heal)
      let cost = try await mesh.roundCost(of: away)
      #expect(LabMesh.knows(away, "worker-1-main-meanwhile"))
      for host in mesh.hosts { #expect(LabMesh.knows(host, "worker-4-main-alone"), "\(host.name)") }
      #expect(try mesh.disagreement() == [])
      // The push of its own change may still be trying the peers that it did not reach.
      try await mesh.becomesIdle()
      // A retry that still waits for its time falls into one round, not into each.
      try await eventually(every: .seconds(1), "a quiet round") {
        let idle = try await mesh.roundCost(of: away)
        print("5 hosts: a round that heals \(cost), one in which nothing changed \(idle)")
        return idle.sessions == 2 && idle.bytes < 40_000
      }
    }
  }

  @Test func behindAHub() async throws {
    try await Sandbox.with { sandbox in
      let lab = try await Lab(sandbox, 3)
      let (near, far) = (try lab.worker(1), try lab.worker(2))
      try await LabMesh.setUp(near, near.name, peers: ["worker-2 ssh=via-worker-2", "hub"])
      try await LabMesh.setUp(far, far.name, peers: ["worker-1", "hub"])
      try await LabMesh.setUp(lab.hub, "hub", peers: ["worker-1", "worker-2"])
      try await far.fault(.nat)
      let tmux = try await LabMesh.server(far)
      try await far.must("agent-register-hook", ["rescan"])
      let synced = try await near.run("sync-agent-registry", ["--quiet"])
      #expect(LabMesh.knows(near, "worker-2-main-first"), "\(synced)")
      let sent = try await near.run("notify-pane", ["worker-2-main-first", "through the hub"])
      #expect(sent.status == 0, "\(sent)")
      try await tmux.first().waitFor("through the hub")
    }
  }

  /// Accounts of one machine are hosts of the mesh; one account may do to the other only what the mesh allows.
  @Test func sharedBoxes() async throws {
    try await SharedBox.with { box in
      let (alice, bob, tmux, pane) = (box.alice, box.bob, box.tmux, box.pane)
      // No list admits her yet.
      #expect(try await alice.run("notify-pane", ["bob-main-first", "early"]).status == 5)
      try await pane.set("@agent-allow", "host:alice")
      let sent = try await alice.run("notify-pane", ["bob-main-first", "by the mesh"])
      #expect(sent.status == 0, "\(sent)")
      let screen = try await pane.waitFor("by the mesh")
      #expect(screen.contains("[from alice") && !screen.contains("early"))
      // Nothing else gives access.
      for line in [
        "cat \(bob.home)/.agents/keys/sign", "ls \(bob.home)/.agents",
        "ls \(bob.home)/.agent-inbox",
        "tmux -S \(tmux.socket) send-keys -t main x", "tmux -S \(tmux.socket) list-panes -a",
        "ssh bob id -un | grep bob", "ssh bob 'notify-pane bob-main-first x'",
        "TMUX=\(tmux.socket),1,0 notify-pane --as bob-main-first alice-main-first x",
        "AGENT_NAME=bob-main-first notify-pane alice-main-first x",
        "TMUX_SOCKET=\(tmux.socket) agent-discover",
      ] {
        let ran = try await alice.run("sh", ["-c", line])
        #expect(ran.status != 0, "\(line): \(ran)")
      }
      #expect(try await !pane.capture().contains("x\n"))
      // A slice in his name that she signed counts as hers.
      try await alice.must(
        "sh",
        [
          "-c",
          "sed s/alice/bob/g ~/.agents/local.toml >~/forged && cp ~/forged ~/.agents/local.toml",
        ])
      let forged = try await alice.run("sync-agent-registry")
      let there = Files.text(bob.homeHere + "/.agents/registry.toml") ?? ""
      #expect(there.contains("[agents.bob-main-first]"), "\(forged)")
    }
  }
}
