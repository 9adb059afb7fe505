internal import ArgumentParser
internal import Mesh
internal import MeshHost

/// `agent-mesh list`, and `agent-mesh` alone: who is there, who is ready, what waits, what failed.
struct ListAgents: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "Who is there, who is ready, what waits, what failed: the agents of all hosts.",
    discussion: """
      Those that want a person come first. STATE is what `look` says; FOR, how long it was seen so; Q, how many messages
      wait; REPORTS, where a pane of this host has @agent-via, what its program reports about itself. A mark (?) behind
      a state: its host did not answer, this is what it said last.
      """)

  @OptionGroup var filter: AgentFilter
  @Flag(help: "Ask no other host.") var here = false
  @Flag(help: "Draw it again every two seconds, until ^C.") var watch = false
  @Option(help: "Colours: auto, always or never.") var color = ColorChoice.auto
  @Flag(help: "Print one JSON object.") var json = false

  mutating func validate() throws {
    if watch, json { throw ValidationError("--watch does not go with --json") }
  }

  mutating func run() throws {
    let site = try Setup.site()
    guard watch else { return try show(try overview(site)) }
    guard Standard.isTerminal(.output) else {
      throw Failure.usage("--watch wants a terminal", try: "agent-mesh list") as Failure
    }
    while true {
      let now = try overview(site)
      Standard.write("\u{1B}[H\u{1B}[2J")
      try show(now)
      Standard.pause(.seconds(2))
    }
  }

  private func overview(_ site: Site) throws -> Overview {
    var overview = try OverviewReading(site).run(asking: !here, outbox: Outbox(site).recipients())
    overview.agents = overview.agents.filter { filter.admits($0) }
    if let host = filter.host { overview.hosts.removeAll { $0.host.name != host } }
    return overview
  }

  private func show(_ overview: Overview) throws {
    if json { return Output.json(OverviewReport(overview)) }
    let width = Standard.isTerminal(.output) ? Output.columns : nil
    for line in OverviewTable(overview, width: width, paint: color.paint).lines {
      Output.line(line)
    }
  }
}

/// Which agents are meant.
struct AgentFilter: ParsableArguments {
  @Option(
    help: ArgumentHelp("Only agents of this host.", valueName: "host"),
    completion: Completion.hosts)
  var host: String?
  @Option(
    help: ArgumentHelp("Only agents with these words in their role.", valueName: "role"),
    completion: Completion.roles)
  var role: String?
  @Flag(help: "Only agents that take a message now.") var ready = false

  var isEmpty: Bool { host == nil && role == nil && !ready }

  func admits(_ agent: AgentRow) -> Bool {
    (host == nil || agent.host.name == host)
      && (role.map { AgentRow.role(agent.role, has: $0) } ?? true)
      && (!ready || agent.isReady)
  }
}

/// The overview as `--json` prints it. agent-mesh-json(7) has every key.
struct OverviewReport: Encodable {
  let schema = 1
  let host: String
  let time: String
  let hosts: [HostLine]
  let agents: [AgentLine]

  init(_ overview: Overview) {
    host = overview.host.name
    time = overview.taken.text
    hosts = overview.hosts.map(HostLine.init)
    agents = overview.agents.map(AgentLine.init)
  }

  struct HostLine: Encodable {
    let host: String
    let standing: String
    let key: String?
    let reach: String
    let contact: String?
    let failure: String?
    let failed: String?
    let agents: Int

    init(_ row: HostRow) {
      (host, standing, key) = (row.host.name, row.standing.rawValue, row.key)
      (reach, contact) = (row.reach.rawValue, row.contact?.text)
      failure = row.failure.map { SafeText.line($0) }
      (failed, agents) = (row.failedAt?.text, row.agents)
    }
  }

  struct AgentLine: Encodable {
    let address: String
    let host: String
    let target: String
    let session: String
    let window: String
    let pane: String
    let program: String
    let state: String?
    let reported: ReportedState?
    let since: String?
    let role: String
    let scope: String
    let waiting: Int?
    let last: Last?
    let reach: String
    let asOf: String

    init(_ row: AgentRow) {
      (address, host) = (row.address.text, row.host.name)
      (target, pane) = (SafeText.line(row.target), SafeText.line(row.paneID))
      (session, window) = (SafeText.line(row.session), SafeText.line(row.window))
      program = SafeText.line(row.program)
      (state, since) = (row.state?.rawValue, row.since?.text)
      reported = row.report.map(ReportedState.init)
      (role, scope) = (SafeText.line(row.role), SafeText.line(row.scope))
      (waiting, reach, asOf) = (row.waiting, row.reach.rawValue, row.asOf.text)
      last = row.last.map(Last.init)
    }
  }

  struct Last: Encodable {
    let outcome: String
    let reason: String
    let time: String
    let sender: Bool

    init(_ last: LastOutcome) {
      (outcome, reason) = (last.outcome, last.reason)
      (time, sender) = (SafeText.line(last.time, limit: 40), last.wasSender)
    }
  }
}
