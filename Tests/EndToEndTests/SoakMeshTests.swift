import TestSupport
import Testing

/// `AGENT_MESH_SOAK` is set for these.
@Suite(
  .enabled(
    if: Lab.isExpected && Environment.value("AGENT_MESH_SOAK") != nil,
    "long: AGENT_MESH_SOAK=1, root on Linux"), .serialized)
struct SoakMeshTests {
  @Test func twentyHostsFourOfThemDead() async throws {
    try await LabMesh.with(20) { mesh in
      _ = try await mesh.servers[1].window("warm", ["cat"])
      print("20 hosts: \(try await LabMesh.spread("worker-1-main-warm", to: mesh.hosts))")
      let dead = mesh.hosts.suffix(4)
      for host in dead { try await host.fault(.blackhole) }
      let live = Array(mesh.hosts.dropLast(4))
      for name in ["cold", "again"] {
        _ = try await mesh.servers[1].window(name, ["cat"])
        let took = try await LabMesh.spread("worker-1-main-\(name)", to: live)
        print("20 hosts, 4 of them dead: \(took)")
        #expect(took < .seconds(10))
      }
      for host in dead { try await host.fault(.heal) }
      for host in dead {
        let round = try await host.run("sync-agent-registry", ["--round"])
        #expect(LabMesh.knows(host, "worker-1-main-again"), "\(host.name): \(round)")
      }
    }
  }
}
