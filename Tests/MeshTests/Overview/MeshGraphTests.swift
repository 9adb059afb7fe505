import Testing

@testable import Mesh

@Suite struct MeshGraphTests {
  /// A list that admits a whole host is one edge, though the history names an agent that is gone.
  @Test func whatIsAlikeIsDrawnOnce() throws {
    let (hub, worker) = (try Host(validating: "hub"), try Host(validating: "worker"))
    let agents = try ["hub-dev-a", "hub-dev-b"].map { (hub, try Address(validating: $0)) }
    let gone = MeshGraph.End.agent(try Address(validating: "hub-dev-gone"))
    let did = MeshGraph.Edge(.host(worker), gone, .did, count: 2)
    let may = agents.map { MeshGraph.Edge(.host(worker), .agent($0.1), .may) }
    let graph = MeshGraph(home: hub, hosts: [hub, worker], agents: agents, edges: may + [did])
    #expect(graph.edges == [did, MeshGraph.Edge(.host(worker), .host(hub), .may)])
    #expect(graph.boxes[0].agents.map(\.text) == ["hub-dev-a", "hub-dev-b", "hub-dev-gone"])
    // One of them admits less: each has its own edge.
    let apart = MeshGraph(home: hub, hosts: [hub, worker], agents: agents, edges: [may[0], did])
    #expect(apart.edges == [did, may[0]])
  }
}
