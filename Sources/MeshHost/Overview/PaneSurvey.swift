internal import Mesh

/// Reads all panes of this host as `look` reads one: two tmux clients for twenty panes.
struct PaneSurvey {
  /// What was found out about one pane.
  struct Found: Sendable {
    let reading: Reading
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
      let inputs = lineReaders(own, tmux)
      let looks = tmux.looks(own.map { PanePlace($0) })
      let places = Dictionary(own.map { ($0.pane.id, $0) }) { first, _ in first }
      let readings = Parallel.map(looks, atMost: 4) { look in
        let report = places[look.pane].flatMap { SessionReporter($0, site.home).report() }
        return read(look, profiles, isLine: inputs.contains(look.pane), report)
      }
      for (look, reading) in zip(looks, readings) {
        found[PlacedPane.Name(server: server.identity.instance, pane: look.pane)] = reading
      }
    }
    return found
  }

  private func read(
    _ look: PaneLook, _ profiles: [Profile], isLine: Bool, _ report: SessionReport?
  ) -> Found {
    var facts = PaneFacts(look)
    facts.report = report
    facts.inputPolicy = isLine ? .line : .unset
    let screen = Screen(capture: look.capture, width: look.columns, height: look.rows)
    let recent = RecentDeliveries(site.home, PaneKey(server: look.server.pid, pane: look.pane))
    let reading = ScreenReader.read(facts, screen, profiles: profiles, delivered: recent.texts)
    let agent = reading.kind == .agent ? reading.profile?.name : nil
    let program = agent ?? facts.foreground?.first?.title
    return Found(reading: reading, program: program, report: report)
  }

  /// Panes with `@agent-input line`. Few have it: only panes with the option at some level are asked.
  private func lineReaders(_ own: [PlacedPane], _ tmux: Tmux) -> Set<PaneID> {
    let wanted = own.filter { $0.pane.hints.contains(AccessOption.input) }
      .map { ($0.pane, [AccessOption.input]) }
    let levels = (try? tmux.optionLevels(of: wanted, reach: .pane)) ?? [:]
    return Set(levels.filter { $0.value[AccessOption.input]?.pane == "line" }.keys)
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
/// line per pane, `<server>-<pane> <state> <milliseconds>`. If the file is lost, only these times are
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
