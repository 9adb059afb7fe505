internal import ArgumentParser
internal import Mesh
internal import MeshHost

struct LookCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "look", abstract: "Say how a recipient is read right now, and why.",
    discussion: """
      With --record NAME the screen is written to NAME.txt and what tmux says of the pane to NAME.fmt; \
      --screen and --formats read such a pair again, so that profiles in ~/.agents/profiles can be tried.
      """,
    version: Version.full)

  @Argument(
    help: "A pane of this host.", completion: Completion.addresses)
  var agent: String?
  @Option(help: ArgumentHelp("A recorded screen.", valueName: "file")) var screen: String?
  @Option(help: ArgumentHelp("The formats recorded with it.", valueName: "file"))
  var formats: String?
  @Option(help: ArgumentHelp("Write NAME.txt and NAME.fmt.", valueName: "name"))
  var record: String?
  @Flag(help: "Print JSON.") var json = false

  mutating func validate() throws {
    guard (screen == nil) == (formats == nil) else {
      throw ValidationError("--screen and --formats go together")
    }
    guard (agent == nil) != (screen == nil) else {
      throw ValidationError("an agent is wanted, or --screen and --formats")
    }
    guard screen == nil || record == nil else { throw ValidationError("--record wants an agent") }
  }

  mutating func run() throws {
    let site = try Own.site()
    for complaint in ProfileStore(site.home).read().complaints { Output.note(complaint) }
    if let screen, let formats { return try recorded(site, screen, formats) }
    try live(site, agent ?? "")
  }

  private func recorded(_ site: Site, _ screen: String, _ formats: String) throws {
    let line = String(decoding: try file(formats, limit: 64 << 10), as: UTF8.self)
    let capture = try file(screen, limit: 8 << 20)
    guard let recording = Recording(formats: line, capture: capture) else {
      throw Failure.usage(
        "\(SafeText.line(formats)) is not a line of formats as --record writes it")
    }
    let profiles = ProfileStore(site.home).profiles()
    LookReport(Look(recording.facts, recording.screen, profiles: profiles)).print(json: json)
  }

  private func file(_ path: String, limit: Int) throws -> [UInt8] {
    do { return try UserFile.read(path, limit: limit) } catch { throw Failure.usage("\(error)") }
  }

  private func live(_ site: Site, _ name: String) throws {
    let trusted = try Own.sending(site).trusted
    let router = Router(site, trusted)
    guard let address = address(name, router) else {
      throw Failure.leftOut(name, site)
        ?? Failure(RouteError.badAddress(near: router.near(name)), to: name)
    }
    let owner = address.owner(among: trusted.hosts)
    guard owner == nil || owner == site.host else {
      throw Failure.usage(
        "\(address) is on another host",
        try: "ssh \(owner?.name ?? "") bin/agent-mesh look \(address)")
    }
    guard let seen = try RecipientReading(site, hosts: trusted.hosts, at: address) else {
      let near = Failure.near(router.near(name))[0]
      throw Failure.leftOut(name, site)
        ?? Failure.unknownAgent("no live pane is called \(address)", try: [near])
    }
    if let record { try write(seen, record) }
    var report = LookReport(seen.look, address: seen.address, treatment: seen.treatment)
    (report.via, report.reported) = (seen.via, seen.look.facts.report)
    if let kind = seen.likeness {
      report.add(
        "its screen is that of \(kind): if that runs here, tmux set -p @agent-kind \(kind)")
    }
    seen.complaints.forEach { report.add($0) }
    if seen.treatment == .show, seen.look.reading.kind == .reader, seen.look.facts.mayReachShell {
      report.add("a shell lies beneath it: it would run what this program leaves unread")
    }
    report.print(json: json)
  }

  /// Accepts short names (`cat`, `dev:cat`, `%1`) that match exactly one agent.
  private func address(_ name: String, _ router: Router) -> Address? {
    (try? router.route(to: name).to) ?? (try? Address(validating: name))
  }

  private func write(_ seen: RecipientReading, _ name: String) throws {
    do {
      try UserFile.write(name + ".txt", seen.capture)
      try UserFile.write(name + ".fmt", Array(seen.look.facts.recordedLines.utf8))
    } catch { throw Failure.usage("\(error)") }
  }
}

/// A reading, printed.
struct LookReport {
  let reading: Reading
  let address: Address?
  /// What would happen to a message of this account.
  let treatment: Treatment?
  /// The agent's own inbox, if the pane's owner chose it.
  var via: String?
  var reported: SessionReport?
  private var evidence: [String]

  init(_ look: Look, address: Address? = nil, treatment: Treatment? = nil) {
    (reading, self.address, self.treatment) = (look.reading, address, treatment)
    evidence = reading.evidence
    if let row = look.row { evidence.append("its row: \(row)") }
  }

  mutating func add(_ reason: String) { evidence.append(reason) }

  private var message: String? {
    switch treatment {
    case .type: "typed"
    case .show: "shown"
    case .refuse(let refusal): "refused: \(refusal.rawValue)"
    case nil: nil
    }
  }

  func print(json: Bool) {
    let (profile, kind) = (reading.profile?.name, reading.kind?.rawValue)
    if json {
      return Output.json([
        "agent": address?.text, "state": reading.state.rawValue, "profile": profile, "kind": kind,
        "evidence": evidence, "message": message, "via": via,
        "reported": reported.map { JSONObject($0) },
      ])
    }
    Output.line("\(address.map { "\($0): " } ?? "")\(reading.state.rawValue)")
    var rows = [["profile", profile.map { "\($0) (\(kind ?? "-"))" } ?? kind ?? "none"]]
    rows += evidence.enumerated().map { [$0.offset == 0 ? "because" : "", $0.element] }
    if let reported { rows.append(["reports", reported.words]) }
    if let via { rows.append(["by way of", via]) }
    if let message { rows.append(["message", message]) }
    Output.table(rows.map { ["  " + $0[0], $0[1]] })
  }
}
