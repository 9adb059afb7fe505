internal import ArgumentParser
internal import Mesh
internal import MeshHost

/// `agent-mesh list`, and `agent-mesh` alone: who is there, who is ready, what waits, what failed.
struct ListAgents: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "Who is there, who is ready, what waits, what failed: the agents of all hosts.",
    discussion: """
      Those that want a person come first. STATE is what `look` says; FOR, how long it was seen so; Q, how many messages \
      wait; REPORTS, where a pane of this host has @agent-via, what its program reports about itself. A mark (?) behind \
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
    let site = try Own.site()
    guard watch else { return try show(try overview(site)) }
    guard Standard.isTerminal(.output) else {
      throw Failure.usage("--watch wants a terminal", try: "agent-mesh list") as Failure
    }
    while true {
      let now = try overview(site)
      Standard.write("\u{1B}[H\u{1B}[2J")
      try show(now, rows: TerminalDevice.rows())
      Standard.pause(.seconds(2))
    }
  }

  private func overview(_ site: Site) throws -> Overview {
    // One client of tmux for the list of panes and for all looks.
    (try? site.tmux)?.prepare()
    var overview = try OverviewReading(site).run(asking: !here, outbox: Outbox(site).recipients())
    overview.agents = overview.agents.filter { filter.admits($0) }
    overview.heading = filter.host.map { SafeText.line($0, limit: 64) }
    if let host = filter.host { overview.hosts.removeAll { $0.host.name != host } }
    return overview
  }

  /// - Parameter rows: the terminal's, where the list must not scroll.
  private func show(_ overview: Overview, rows: Int? = nil) throws {
    if json { return Output.json(JSONObject(overview)) }
    let width = Standard.isTerminal(.output) ? Output.columns : nil
    let lines = OverviewTable(overview, width: width, paint: color.paint).lines
    // The last row stays empty: a line feed there would scroll.
    guard let rows, lines.count > rows - 1, rows > 2 else { return lines.forEach(Output.line) }
    lines.prefix(rows - 2).forEach(Output.line)
    Output.line("… and \((lines.count - rows + 2).counted("line")) more: agent-mesh list")
  }
}

/// Selects agents.
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
      && (role.map { agent.hasRole($0) } ?? true) && (!ready || agent.isReady)
  }
}

/// The overview as `--json` prints it.
extension JSONObject {
  fileprivate init(_ overview: Overview) {
    self = [
      "host": overview.host.name, "time": overview.taken.text,
      "hosts": overview.hosts.map { JSONObject($0) },
      "agents": overview.agents.map { JSONObject($0) },
    ]
  }

  private init(_ row: HostRow) {
    self = [
      "host": row.host.name, "standing": row.standing.rawValue, "key": row.key,
      "reach": row.reach.rawValue, "contact": row.contact?.text,
      "failure": row.failure.map { SafeText.line($0) }, "failed": row.failedAt?.text,
      "agents": row.agents,
    ]
  }

  private init(_ row: AgentRow) {
    self = [
      "address": row.address.text, "host": row.host.name, "target": SafeText.line(row.target),
      "session": SafeText.line(row.session), "window": SafeText.line(row.window),
      "pane": SafeText.line(row.paneID), "program": SafeText.line(row.program),
      "state": row.state?.rawValue, "reported": row.report.map { JSONObject($0) },
      "since": row.since?.text, "role": SafeText.line(row.role),
      "scope": SafeText.line(row.scope), "waiting": row.waiting,
      "last": row.last.map { JSONObject($0) }, "reach": row.reach.rawValue, "asOf": row.asOf.text,
    ]
  }

  private init(_ last: LastOutcome) {
    self = [
      "outcome": last.outcome, "reason": last.reason,
      "time": SafeText.line(last.time, limit: 40), "sender": last.wasSender,
    ]
  }

  /// What a program reports about itself.
  init(_ report: SessionReport) {
    self = ["status": report.status, "waitingFor": report.waitingFor]
  }
}

/// `notify-pane --list`.
struct ListCommand {
  let site: Site
  let output: OutputOptions
  let filter: AgentFilter

  func run() throws {
    let book = try Self.book(site)
    let entries = try filtered(book)
    if book.entries.isEmpty {
      Output.note("notify-pane: no agent is known here yet")
      Output.note("  try: agent-discover")
    }
    if output.json {
      for found in entries {
        Output.json([
          "address": found.entry.address.text, "host": found.entry.host.name,
          "target": SafeText.line(found.entry.target), "role": SafeText.line(found.entry.role),
          "scope": SafeText.line(found.entry.scope), "stale": found.stale,
        ])
      }
    } else if output.plain || !Standard.isTerminal(.output) {
      for found in entries { Output.line(found.entry.address.text) }
    } else {
      let rows = entries.map { found in
        [
          found.entry.address.text, SafeText.line(found.entry.target, limit: 40),
          found.stale ? "stale" : "", SafeText.line(found.entry.role, limit: 60),
        ]
      }
      Output.table([["AGENT", "TARGET", "", "ROLE"]] + rows)
    }
  }

  /// Whether an agent is ready is not in the address book: its host has to look at its screen.
  private func filtered(_ book: AddressBook) throws -> [AddressBook.Found] {
    guard !filter.isEmpty else { return book.entries }
    var ready: Set<Address> = []
    if filter.ready {
      let overview = try OverviewReading(site).run(asking: true)
      ready = Set(overview.agents.filter(\.isReady).map(\.address))
    }
    return book.entries.filter { found in
      (filter.host == nil || found.host.name == filter.host)
        && (filter.role.map { AgentRow.role(found.entry.role, has: $0) } ?? true)
        && (!filter.ready || ready.contains(found.entry.address))
    }
  }

  static func book(_ site: Site) throws -> AddressBook {
    let trusted = try site.trustedKeys()
    return try site.slices.book(
      try site.home.peers(), trusted: trusted, me: site.host, at: site.now)
  }
}
