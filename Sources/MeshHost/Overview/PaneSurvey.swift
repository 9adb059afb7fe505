internal import Mesh

/// Reads all panes of this host as `look` reads one: two tmux clients for twenty panes.
struct PaneSurvey {
  /// What was found out about one pane.
  struct Found: Sendable {
    let reading: Reading
    /// What `list` says. Above a shell a program that reads lines is not typed into: there it counts as the shell.
    let state: PaneState
    /// The running program's name as the kernel reports it; nil: unknown.
    let program: String?
    /// What the program reports about itself.
    let report: SessionReport?
  }

  let site: Site
  let panes: PaneDirectory

  /// - Returns: by server instance and pane; panes that closed meanwhile are missing.
  func run() -> [PlacedPane.Name: Found] {
    let profiles = ProfileStore(site.home).profiles()
    let asked = panes.places.filter { panes.address(of: $0) != nil }
    var found: [PlacedPane.Name: Found] = [:]
    for server in panes.servers {
      let own = asked.filter { $0.server.instance == server.identity.instance }
      guard let tmux = own.first?.tmux else { continue }
      let options = lineOptions(own, tmux)
      let looks = tmux.looks(own)
      let places = Dictionary(own.map { ($0.pane.id, $0) }) { first, _ in first }
      let readings = Parallel.map(looks, atMost: 4) { look in
        let report = places[look.pane].flatMap { SessionReporter($0, site.home).report() }
        return read(look, profiles, options[look.pane] ?? [:], report)
      }
      for (look, reading) in zip(looks, readings) {
        found[PlacedPane.Name(server: server.identity.instance, pane: look.pane)] = reading
      }
    }
    return found
  }

  private func read(
    _ seen: PaneLook, _ profiles: [Profile], _ options: [String: OptionLevels],
    _ report: SessionReport?
  ) -> Found {
    let recent = RecentDeliveries(site.home, PaneKey(seen.server, seen.pane))
    let look = Look(
      seen, options: options, report: report, profiles: profiles, delivered: recent.texts)
    let agent = look.reading.kind == .agent ? look.reading.profile?.name : nil
    let program = agent ?? look.facts.foreground?.first?.title
    let isShown =
      look.reading.kind == .reader && look.reading.state == .ready && look.facts.mayReachShell
    return Found(
      reading: look.reading, state: isShown ? .shellPrompt : look.reading.state, program: program,
      report: report)
  }

  /// `@agent-input`. Few panes have it: only those with the option at some level are asked.
  private func lineOptions(
    _ own: [PlacedPane], _ tmux: Tmux
  ) -> [PaneID: [String: OptionLevels]] {
    let wanted = own.filter { $0.pane.hints.contains(AccessOption.input) }
    return
      (try? tmux.optionLevels(
        of: wanted.map { ($0.pane, [AccessOption.input]) }, reach: .pane)) ?? [:]
  }
}

extension PlacedPane {
  /// A pane of one instance of one server.
  struct Name: Hashable, Sendable {
    let server: String
    let pane: PaneID
  }

  var name: Name { Name(server: server.instance, pane: pane.id) }
}

/// Since when each pane has been in its state, as far as observed: `~/.agents/state/seen-states`, one
/// line per pane, `<server>-<start>-<pane> <state> <milliseconds>`. If the file is lost, only these times are
/// lost.
struct StateMemory {
  private struct Seen: Equatable {
    var state: PaneState
    var since: Int64
  }

  private let file: HomeFile
  private let before: [String: Seen]
  private var now: [String: Seen] = [:]

  init(_ home: AgentsHome) {
    file = HomeFile(home, "state/seen-states", limit: 1 << 20)
    var seen: [String: Seen] = [:]
    for line in (try? file.lines()) ?? [] {
      let parts = line.split(separator: " ")
      guard parts.count == 3, let state = PaneState(rawValue: String(parts[1])),
        let since = Int64(parts[2])
      else { continue }
      seen[String(parts[0])] = Seen(state: state, since: since)
    }
    before = seen
  }

  /// - Returns: when the pane was first seen in this state with no other state since.
  mutating func since(_ pane: PaneKey, _ state: PaneState, at time: Timestamp) -> Timestamp {
    let known = before[pane.fileName]
    let since =
      known?.state == state ? min(known?.since ?? 0, time.milliseconds) : time.milliseconds
    now[pane.fileName] = Seen(state: state, since: since)
    return Timestamp(milliseconds: since)
  }

  /// When two processes write at once, only the exact moment may be lost.
  func keep() {
    guard now != before else { return }
    try? file.write(
      lines: now.sorted { $0.key < $1.key }
        .map { "\($0.key) \($0.value.state.rawValue) \($0.value.since)" })
  }
}
