/// Who may reach whom according to the access lists, and who did according to the history. Like
/// edges are merged: a list that admits a whole host is one edge from that host's box.
package struct MeshGraph: Sendable, Equatable {
  package enum End: Hashable, Sendable {
    case host(Host)
    case agent(Address)

    var text: String {
      switch self {
      case .host(let host): host.name
      case .agent(let address): address.text
      }
    }
  }

  package enum Kind: String, Sendable, CaseIterable {
    /// The access list admits it.
    case may
    /// A message was delivered or is queued.
    case did
    /// A message was refused.
    case refused
  }

  package struct Edge: Hashable, Sendable {
    package let from: End
    package let to: End
    package let kind: Kind
    /// Number of messages; 0 for `may`.
    package let count: Int

    package init(_ from: End, _ to: End, _ kind: Kind, count: Int = 0) {
      (self.from, self.to, self.kind, self.count) = (from, to, kind, count)
    }
  }

  package struct Box: Equatable, Sendable {
    package let host: Host
    package let agents: [Address]
  }

  package let boxes: [Box]
  package let edges: [Edge]

  /// - Parameters:
  ///   - agents: all known agents. An edge's end that is not among them is added to its owner's box.
  ///   - hosts: the known hosts; this host first.
  package init(home: Host, hosts: [Host], agents: [(Host, Address)], edges: [Edge]) {
    var of: [Host: Set<Address>] = [:]
    for (host, address) in agents { of[host, default: []].insert(address) }
    let listed = of
    let known = Set(hosts).union(agents.map(\.0)).union([home])
    for edge in edges {
      for case .agent(let address) in [edge.from, edge.to] {
        guard let owner = address.owner(among: known), address.text != owner.name else { continue }
        of[owner, default: []].insert(address)
      }
    }
    let order = [home] + known.subtracting([home]).sorted()
    boxes = order.map { Box(host: $0, agents: (of[$0] ?? []).sorted()) }
    self.edges = MeshGraph.collapsed(edges, boxes.map(\.host), listed).sorted {
      MeshGraph.precedes($0, $1)
    }
  }

  private static func precedes(_ left: Edge, _ right: Edge) -> Bool {
    (left.kind.rawValue, left.from.text, left.to.text)
      < (right.kind.rawValue, right.from.text, right.to.text)
  }

  /// Where every agent of a host admits the same whole host, that is one edge between two boxes.
  /// Agents that only the history names have no list.
  private static func collapsed(
    _ edges: [Edge], _ hosts: [Host], _ listed: [Host: Set<Address>]
  ) -> [Edge] {
    var kept = Set(edges)
    for target in hosts {
      guard let agents = listed[target], agents.count > 1 else { continue }
      for source in hosts {
        let alike = agents.map { Edge(.host(source), .agent($0), .may) }
        guard alike.allSatisfy({ kept.contains($0) }) else { continue }
        kept.subtract(alike)
        kept.insert(Edge(.host(source), .host(target), .may))
      }
    }
    return Array(kept)
  }
}

/// The graph as text for other programs.
extension MeshGraph {
  /// https://mermaid.js.org/syntax/flowchart.html
  package var mermaid: String {
    let names = names
    var lines = ["flowchart LR"]
    for box in boxes {
      lines.append("  subgraph \(names[.host(box.host)] ?? "-")[\"\(box.host)\"]")
      for agent in box.agents { lines.append("    \(names[.agent(agent)] ?? "-")[\"\(agent)\"]") }
      lines.append("  end")
    }
    var styles: [String] = []
    for (index, edge) in edges.enumerated() {
      let (from, to) = (names[edge.from] ?? "-", names[edge.to] ?? "-")
      switch edge.kind {
      case .may: lines.append("  \(from) --> \(to)")
      case .did: lines.append("  \(from) ==>|\(edge.count)| \(to)")
      case .refused:
        lines.append("  \(from) -.->|refused \(edge.count)| \(to)")
        styles.append("  linkStyle \(index) stroke:#c0392b")
      }
    }
    return (lines + styles).joined(separator: "\n") + "\n"
  }

  /// https://graphviz.org/doc/info/lang.html
  package var dot: String {
    let names = names
    var lines = ["digraph mesh {", "  rankdir=LR; compound=true; node [shape=box, fontname=sans];"]
    for box in boxes {
      lines.append("  subgraph cluster_\(names[.host(box.host)] ?? "-") {")
      lines.append("    label=\"\(box.host)\";")
      // An edge to the whole host needs a node: this one.
      lines.append("    \(names[.host(box.host)] ?? "-") [label=\"\(box.host)\", shape=plaintext];")
      for agent in box.agents {
        lines.append("    \(names[.agent(agent)] ?? "-") [label=\"\(agent)\"];")
      }
      lines.append("  }")
    }
    for edge in edges {
      let style =
        switch edge.kind {
        case .may: "color=gray60"
        case .did: "color=\"#1f6f3f\", penwidth=2, label=\"\(edge.count)\""
        case .refused: "color=\"#c0392b\", style=dashed, label=\"refused \(edge.count)\""
        }
      lines.append("  \(names[edge.from] ?? "-") -> \(names[edge.to] ?? "-") [\(style)];")
    }
    return lines.joined(separator: "\n") + "\n}\n"
  }

  /// Node names `h0`, `a0`, …: addresses may contain characters that have a meaning in the formats.
  private var names: [End: String] {
    var names: [End: String] = [:]
    for (index, box) in boxes.enumerated() {
      names[.host(box.host)] = "h\(index)"
      for (number, agent) in box.agents.enumerated() {
        names[.agent(agent)] = "a\(index)_\(number)"
        if agent.text == box.host.name { names[.agent(agent)] = "h\(index)" }
      }
      names[.agent(Address(box.host))] = "h\(index)"
    }
    return names
  }
}
