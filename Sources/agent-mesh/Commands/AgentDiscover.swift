internal import ArgumentParser
internal import Mesh
internal import MeshHost

struct Discover: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "agent-discover",
    abstract: "Rebuild this host's part of the address book from its live panes.",
    version: Version.full)
  @Flag(help: "Print JSON.") var json = false

  mutating func run() throws {
    let site = try Own.site()
    let report = try Rescanning.run(site)
    // A change is already pushed to all peers; without one, ask a few peers for news.
    if !report.changed { BackgroundSync.start(site, "--round") }
    try SeenStore(site.home).sweep(at: site.now)
    try PaneKey.sweep(site.home)
    try KeyStore(site.home).tidy(site.host)
    (try? site.tmux)?.sweepPipes()
    let agents = report.agents == 1 ? "1 agent" : "\(report.agents) agents"
    let news = report.changed ? "slice written" : "nothing new"
    Output.say(
      "agent-discover: \(report.sessions) session(s), \(report.windows) window(s) on \(site.host); \(agents), \(news)",
      [
        "host": site.host.name, "sessions": report.sessions, "windows": report.windows,
        "agents": report.agents, "changed": report.changed,
      ], json: json)
  }
}

/// A rescan of the panes: prints its warnings and, if something changed, starts a sync.
enum Rescanning {
  @discardableResult static func run(_ site: Site) throws -> Registration.Report {
    let report = try Registration(site).rescan()
    try follow(report, site)
    return report
  }

  /// What the tmux hooks run.
  static func afterHook(_ site: Site) throws {
    guard let report = try Registration.rescanAfterHook(site) else { return }
    try follow(report, site)
  }

  private static func follow(_ report: Registration.Report, _ site: Site) throws {
    for collision in report.collisions {
      Output.note("\(collision.wanted) is taken: the other one is \(collision.got)")
    }
    if let first = report.leftOut.first {
      Output.note(
        "\(report.leftOut.count) addresses are left out, \(first) first: a host has at most \(Slice.mostAgents) of them, in \(SignedSlice.limit >> 20) MiB; they are reached all the same"
      )
    }
    for (host, address) in report.foreign {
      Output.note("\(host) lists \(address), which it does not own: left out")
    }
    if report.changed { BackgroundSync.start(site) }
    try Draining.run(site)
    Draining.sendNoticesInBackground(site)
  }
}

/// Starts a sync in the background, so that no hook and no shell waits for another host.
enum BackgroundSync {
  /// - Parameter option: `--push` after a change, `--round` on the timer.
  static func start(_ site: Site, _ option: String = "--push") {
    guard let peers = try? site.home.peers(),
      peers.contains(where: { $0.host != site.host })
    else { return }
    guard let program = OwnProgram.path else { return }
    _ = try? Child.detach(program, ["sync-agent-registry", "--quiet", option])
  }
}
