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

  /// In the picture of five hosts with twelve agents each, every name has a place of its own in its host's box.
  @Test func thePictureHasAPlaceForEachName() throws {
    let hosts = try (0..<5).map { try Host(validating: "host-\($0)") }
    let agents = try hosts.flatMap { host in
      try (0..<12).map { (host, try Address(validating: "\(host)-main-agent-\($0)")) }
    }
    let svg = GraphPicture(MeshGraph(home: hosts[0], hosts: hosts, agents: agents, edges: [])).svg
    let boxes = svg.matches(
      of: #/<rect class="host" x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)"/#
    ).compactMap { match in
      [match.1, match.2, match.3, match.4].map { Int($0) ?? -1 }
    }
    let texts = svg.matches(of: #/<text x="(\d+)" y="(\d+)"/#).map { match in
      [Int(match.1) ?? -1, Int(match.2) ?? -1]
    }
    #expect(boxes.count == 5 && texts.count == 5 * 13 + 3)
    #expect(Set(texts).count == texts.count)
    let inside = texts.filter { text in
      boxes.count { box in
        (box[0]..<box[0] + box[2]).contains(text[0]) && (box[1]..<box[1] + box[3]).contains(text[1])
      } == 1
    }
    // The legend's three texts are below the boxes.
    #expect(inside.count == 5 * 13)
  }
}
