internal import ArgumentParser
internal import Mesh
internal import MeshHost

/// `agent-mesh graph`: who may reach whom, and who did.
struct Graph: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "graph",
    abstract: "Draw who may reach whom, by the access lists, and who did, by the history.",
    discussion: """
      Grey: a list admits; for agents of other hosts, what they say about this one. Green: messages arrived, how many. \
      Red and dashed: refused. A list that admits a whole host is an edge from that host.
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable { case mermaid, dot, svg }

  @Option(help: "The form: mermaid, dot or svg.") var format = Format.mermaid
  @Option(
    help: ArgumentHelp(PastTime.help, valueName: "time"), transform: PastTime.init(parsing:))
  var since: PastTime?

  mutating func run() throws {
    let site = try Own.site()
    let since = since?.time
    let graph = try OverviewReading(site).graph(since: since)
    switch format {
    case .mermaid: Output.text(graph.mermaid)
    case .dot: Output.text(graph.dot)
    case .svg: Output.text(GraphPicture(graph).svg)
    }
  }
}
