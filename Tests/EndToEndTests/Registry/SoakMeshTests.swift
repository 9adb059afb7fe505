import TestSupport
import Testing

/// Runs only with `AGENT_MESH_SOAK`. The limits are the product's, times this machine's load factor, times 1.5
/// because twenty hosts share its processors and run unoptimised programs.
@Suite(
  .enabled(
    if: Lab.isExpected && Soak.isOn, "a long run: ./soak.sh, root on Linux"), .serialized)
struct SoakMeshTests {
  @Test func twentyHostsFourOfThemDead() async throws {
    try await LabMesh.with(20) { mesh in
      let news = News(mesh: mesh)
      try await news.spreads("cold", from: 1, to: mesh.hosts, within: 5)
      for name in ["warm", "again"] {
        try await news.spreads(name, from: 1, to: mesh.hosts, within: 2)
      }
      let dead = Array(mesh.hosts.suffix(4))
      let live = Array(mesh.hosts.dropLast(4))
      for host in dead { try await host.fault(.blackhole) }
      for name in ["one", "two", "three"] {
        try await news.spreads(name, from: 1, to: live, within: 2)
      }
      // The absent hosts change as well, and reach no host for several rounds.
      _ = try await mesh.servers[19].window("alone", ["cat"])
      for host in dead {
        for _ in 0..<3 { _ = try await host.run("sync-agent-registry", ["--round"]) }
        _ = try await host.run("sync-agent-registry")
      }
      for host in dead { try await host.fault(.heal) }
      // One timer round on every host.
      for host in mesh.hosts {
        let round = try await host.run("sync-agent-registry", ["--round"])
        #expect(round.status == 0, "\(host.name): \(round)")
      }
      #expect(try mesh.disagreement() == [])
      for host in mesh.hosts {
        #expect(LabMesh.knows(host, "worker-19-main-alone"), "\(host.name)")
      }
      try await mesh.becomesIdle()
    }
  }

  private struct News {
    let mesh: LabMesh

    func spreads(
      _ name: String, from number: Int, to hosts: [LabHost], within bound: Double
    ) async throws {
      let load = await MeshLoad.factor()
      _ = try await mesh.servers[number].window(name, ["cat"])
      let took = try await LabMesh.spread("worker-\(number)-main-\(name)", to: hosts)
      let text = "\(mesh.hosts.count) hosts, \(name), to \(hosts.count): \(took), load \(load)"
      Soak.say(text)
      #expect(took < .seconds(bound * 1.5 * load), "\(text)")
    }
  }

  /// The overview of ten hosts with twenty panes each, over open connections.
  @Test func tenHostsOfTwentyPanesAreListed() async throws {
    try await LabMesh.with(10) { mesh in
      for server in mesh.servers {
        for number in 1..<20 { _ = try await server.window("w\(number)", ["cat"]) }
      }
      try await mesh.becomesIdle()
      for host in mesh.hosts { try await host.must("sync-agent-registry") }
      var times: [Duration] = []
      for _ in 0..<7 {
        let listed = try await mesh.hosts[0].run("agent-mesh", ["list", "--json"])
        #expect(listed.text.matches(of: #/"reach":"(here|answered)"/#).count == 210, "\(listed)")
        times.append(listed.elapsed)
      }
      Soak.say("10 hosts of 20 panes, the overview: \(times.sorted()[3]), cold \(times[0])")
    }
  }

  /// Beyond twenty hosts a round without changes costs no more.
  @Test func theCostOfARoundDoesNotGrow() async throws {
    var costs: [Int: LabMesh.Cost] = [:]
    for count in [10, 20, 40] {
      try await LabMesh.with(count, hubs: true) { mesh in
        var sum = LabMesh.Cost(bytes: 0, sessions: 0)
        let asked = mesh.hosts.dropFirst().prefix(5)
        for host in asked {
          let cost = try await mesh.roundCost(of: host)
          #expect(cost.sessions <= 3)
          sum.bytes += cost.bytes / asked.count
          sum.sessions = max(sum.sessions, cost.sessions)
        }
        Soak.say("\(count) hosts, a round in which nothing changed, from cold: \(sum)")
        costs[count] = sum
      }
    }
    let (twenty, forty) = (costs[20]?.bytes ?? 0, costs[40]?.bytes ?? .max)
    #expect(Double(forty) < Double(twenty) * 1.2)
  }
}
