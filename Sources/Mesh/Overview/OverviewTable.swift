/// The overview as lines for a terminal of a given width. Colour is added to finished cells, so
/// that a row without colour says the same and is as wide.
package struct OverviewTable {
  private let overview: Overview
  /// nil: no limit, for files and pipes.
  private let width: Int?
  private let paint: Paint

  package init(_ overview: Overview, width: Int?, paint: Paint) {
    self.overview = overview
    self.width = width.map { max(20, $0) }
    self.paint = paint
  }

  package var lines: [String] {
    var lines = [fit(overview.summary)]
    if !overview.agents.isEmpty { lines += table() }
    return lines + overview.hosts.compactMap(hostLine)
  }

  /// One column: its title, its cells, and how far it may shrink.
  private struct Column {
    let title: String
    /// The width that the column keeps when space is short; 0: it may be dropped.
    let least: Int
    let most: Int
    let cell: (AgentRow) -> String
  }

  /// From left to right; `leaving` says which columns are dropped first.
  private var columns: [Column] {
    let now = overview.taken
    return [
      Column(title: "STATE", least: 9, most: 14) { $0.stateWord },
      Column(title: "FOR", least: 0, most: 5) { $0.since.map { Age.short($0, now) } ?? "" },
      Column(title: "AGENT", least: 16, most: 60) { $0.address.text },
      Column(title: "Q", least: 0, most: 4) { ($0.waiting ?? 0) > 0 ? "\($0.waiting ?? 0)" : "" },
      Column(title: "PROGRAM", least: 0, most: 14) { SafeText.line($0.program, limit: 40) },
      Column(title: "REPORTS", least: 0, most: 28) { $0.report?.words ?? "" },
      Column(title: "LAST", least: 0, most: 22) { $0.last?.words ?? "" },
      Column(title: "WINDOW", least: 0, most: 30) { $0.place },
      Column(title: "ROLE", least: 0, most: 60) { SafeText.line($0.role, limit: 120) },
    ]
  }

  private static let leaving = ["WINDOW", "LAST", "ROLE", "REPORTS", "PROGRAM", "FOR", "Q"]

  private func table() -> [String] {
    var columns = columns
    var widths = columns.map { natural($0) }
    // A column with only empty cells is not shown.
    for index in columns.indices.reversed() where widths[index] == 0 {
      columns.remove(at: index)
      widths.remove(at: index)
    }
    if let width { shrink(&columns, &widths, to: width) }
    let head = row(columns.map(\.title), widths)
    let rows = overview.agents.map { agent in
      paint.row(row(columns.map { $0.cell(agent) }, widths), agent, stateWidth: widths[0])
    }
    return [paint.dim(head)] + rows
  }

  /// 0: every cell is empty.
  private func natural(_ column: Column) -> Int {
    let widest = overview.agents.map { DisplayWidth.of(column.cell($0)) }.max() ?? 0
    guard widest > 0 else { return 0 }
    return min(max(widest, DisplayWidth.of(column.title)), width == nil ? Int.max : column.most)
  }

  private func shrink(_ columns: inout [Column], _ widths: inout [Int], to width: Int) {
    func sum() -> Int { widths.reduce(0, +) + 2 * max(0, widths.count - 1) }
    for title in Self.leaving where sum() > width {
      guard let index = columns.firstIndex(where: { $0.title == title }) else { continue }
      let spare = sum() - width
      if ["WINDOW", "ROLE"].contains(title), widths[index] - spare >= 10 {
        widths[index] -= spare
      } else {
        columns.remove(at: index)
        widths.remove(at: index)
      }
    }
    for index in widths.indices.reversed() where sum() > width {
      widths[index] = max(columns[index].least, widths[index] - (sum() - width))
    }
  }

  private func row(_ cells: [String], _ widths: [Int]) -> String {
    let padded = zip(cells, widths).map { cell, width in Cells.fit(cell, to: width) }
    var line = padded.joined(separator: "  ")
    while line.last == " " { line.removeLast() }
    return line
  }

  /// A host without trouble gets no line.
  private func hostLine(_ row: HostRow) -> String? {
    guard row.standing != .own, let words = row.trouble(at: overview.taken) else { return nil }
    return paint.warn(fit("\(row.host): \(words)"))
  }

  private func fit(_ text: String) -> String {
    guard let width else { return text }
    return DisplayWidth.of(text) <= width ? text : Cells.cut(text, to: width)
  }
}

extension Overview {
  /// `hub: 20 agents, 3 ready, 1 dialog, 2 queued; worker-1 silent`.
  package var summary: String {
    var parts = ["\(agents.count) agent\(agents.count == 1 ? "" : "s")"]
    if ready > 0 { parts.append("\(ready) ready") }
    parts += wanting
    if queued > 0 { parts.append("\(queued) queued") }
    let away = hosts.filter { $0.reach == .silent }.map { "\($0.host) silent" }
    return "\(heading ?? host.name): " + (parts + away.prefix(3)).joined(separator: ", ")
  }

  private var ready: Int { agents.count { $0.state == .ready } }
  private var queued: Int { agents.reduce(0) { $0 + ($1.waiting ?? 0) } }

  /// States that need a person, with their counts.
  var wanting: [String] {
    let states: [PaneState] = [.dialog, .password, .dead, .draft]
    return states.compactMap { state in
      let count = agents.count { $0.state == state }
      return count == 0 ? nil : "\(count) \(state.rawValue)"
    }
  }

  /// For tmux's status line: the essentials in at most 40 columns.
  package var statusLine: String {
    var parts = ["\(ready) ready"] + wanting
    if queued > 0 { parts.append("\(queued) queued") }
    parts += hosts.filter { $0.reach == .silent }.map { "✗\($0.host)" }
    var line = ""
    for part in parts {
      let longer = line.isEmpty ? part : line + " " + part
      guard DisplayWidth.of(longer) <= 40 else { return Cells.cut(line + " …", to: 40) }
      line = longer
    }
    return line
  }
}

extension AgentRow {
  /// `ready`; a state that is not current gets a mark, so that it shows without colour too.
  package var stateWord: String {
    let word =
      switch state {
      case .busyAccepting: "busy"
      case .busyRefusing: "busy"
      case .shellPrompt: "shell"
      case .humanTyping: "typing"
      case .some(let state): state.rawValue
      case nil: "-"
      }
    return reach == .silent || reach == .stale ? "\(word)?" : word
  }

  /// `dev:build`: session and window as people named them.
  package var place: String {
    "\(SafeText.line(session, limit: 40)):\(SafeText.line(window, limit: 40))"
  }
}

extension HostRow {
  /// What is wrong with a host; nil: nothing is.
  package func trouble(at now: Timestamp) -> String? {
    switch standing {
    case .unpinned: return "no key is pinned: agent-keys trust \(host)"
    case .revoked: return "its key is revoked: agent-keys list"
    case .own, .pinned: break
    }
    switch reach {
    case .silent:
      let heard = contact.map { "last contact \(Age.short($0, now)) ago" } ?? "never reached"
      return "does not answer, \(heard)"
        + (failure.map { " (\(SafeText.line($0, limit: 120)))" } ?? "")
    case .stale: return "its list has expired: sync-agent-registry"
    case .here, .answered, .listed: return nil
    }
  }
}

/// Time elapsed, in at most four columns and in the form that people type.
package enum Age {
  package static func short(_ then: Timestamp, _ now: Timestamp) -> String {
    let seconds = max(0, now.milliseconds - then.milliseconds) / 1000
    switch seconds {
    case ..<60: return "\(seconds)s"
    case ..<3600: return "\(seconds / 60)m"
    case ..<172_800: return "\(seconds / 3600)h"
    default: return "\(min(seconds / 86_400, 999))d"
    }
  }

  /// `<number><s|m|h|d|w>` in milliseconds; nil for anything else.
  package static func milliseconds(_ text: String) -> Int64? {
    let units: [Character: Int64] = [
      "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000,
    ]
    guard let unit = text.last.flatMap({ units[$0] }), let number = Int64(text.dropLast()),
      (0...100_000).contains(number)
    else { return nil }
    return number * unit
  }
}

/// Terminal colours, or none. They emphasise what the words say and add no information.
package struct Paint: Sendable {
  private let isOn: Bool

  package init(_ isOn: Bool) { self.isOn = isOn }

  package func dim(_ text: String) -> String { wrap(text, "2") }
  package func warn(_ text: String) -> String { wrap(text, "33") }
  package func bad(_ text: String) -> String { wrap(text, "31") }
  package func good(_ text: String) -> String { wrap(text, "32") }

  /// Colours the first `stateWidth` columns of a row by the agent's state.
  func row(_ line: String, _ agent: AgentRow, stateWidth: Int) -> String {
    guard isOn else { return line }
    let state = String(line.prefix(stateWidth))
    let rest = String(line.dropFirst(stateWidth))
    return wrap(state, colour(agent.state)) + (agent.reach == .silent ? wrap(rest, "2") : rest)
  }

  private func colour(_ state: PaneState?) -> String {
    switch state {
    case .ready: "32"
    case .dialog, .password: "1;35"
    case .dead: "31"
    case .draft, .mode, .inputOff, .unknown: "33"
    case .busyAccepting, .busyRefusing, .humanTyping: "36"
    case .shellPrompt, nil: "2"
    }
  }

  private func wrap(_ text: String, _ code: String) -> String {
    isOn && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }
}
