internal import ArgumentParser
internal import Mesh
internal import MeshHost

struct Discover: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "agent-discover",
    abstract: "Rebuild this host's part of the address book from its live panes.",
    version: Version.text)

  mutating func run() throws {
    let site = try Setup.site()
    let report = try Rescanning.run(site)
    // A change is told to everybody already; otherwise a few peers are asked what they know.
    if !report.changed { BackgroundSync.start(site, "--round") }
    try Setup.files { () throws(SetupError) in try SeenStore(site.home).sweep(at: site.now) }
    try Setup.files { () throws(SetupError) in try KeyStore(site.home).tidy(site.host) }
    let agents = report.agents == 1 ? "1 agent" : "\(report.agents) agents"
    Output.line(
      "agent-discover: \(report.sessions) session(s), \(report.windows) window(s) on \(site.host); \(agents), \(report.changed ? "slice written" : "nothing new")"
    )
  }
}
