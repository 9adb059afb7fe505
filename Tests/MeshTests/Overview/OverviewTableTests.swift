import Testing

@testable import Mesh

@Suite struct OverviewTableTests {
  static let hub = try? Host(validating: "hub")
  static let now = Timestamp(milliseconds: 1_800_000_000_000)

  static func row(
    _ address: String, window: String = "w", state: PaneState? = .ready, program: String = "cat",
    role: String = "", reach: Reach = .here, waiting: Int? = 0
  ) throws -> AgentRow {
    let host = try Host(validating: String(address.prefix { $0 != "-" }))
    let entry = AgentEntry(
      address: try Address(validating: address), host: host, target: "dev:1", session: "dev",
      window: window, pane: 0, paneID: "%1", role: role, scope: "", command: program)
    var row = AgentRow(entry, reach, asOf: now)
    (row.state, row.waiting) = (state, waiting)
    return row
  }

  static func overview(_ rows: [AgentRow], hosts: [HostRow] = []) throws -> Overview {
    Overview(host: try Host(validating: "hub"), taken: now, agents: rows, hosts: hosts)
  }

  @Test func whatWantsAPersonComesFirstThenThisHost() throws {
    let rows = [
      try Self.row("far-a", state: .ready), try Self.row("hub-z", state: .ready),
      try Self.row("hub-shell", state: .shellPrompt), try Self.row("hub-none", state: nil),
      try Self.row("hub-dialog", state: .dialog), try Self.row("hub-draft", state: .draft),
      try Self.row("hub-waits", state: .ready, waiting: 2),
    ]
    let order = try Self.overview(rows).agents.map(\.address.text)
    #expect(
      order == [
        "hub-dialog", "hub-draft", "hub-waits", "hub-z", "far-a", "hub-shell", "hub-none",
      ])
  }

  @Test(arguments: [40, 41, 50, 63, 80, 100, 137, 200])
  func everyRowFitsAndColumnsStandBelowEachOther(width: Int) throws {
    let names = [
      "plain", "世界の窓", "🙂🙂 build", "한글 창", "e\u{301}té", String(repeating: "長", count: 60),
    ]
    let rows = try names.enumerated().map { number, name in
      try Self.row(
        "hub-\(number)-" + String(repeating: "x", count: number * 9), window: name,
        program: name, role: name, waiting: number)
    }
    let lines = OverviewTable(try Self.overview(rows), width: width, paint: Paint(false)).lines
    #expect(lines.count == rows.count + 2)
    #expect(lines.allSatisfy { DisplayWidth.of($0) <= width }, "\(lines)")
    // Every address begins in the column where AGENT begins.
    let head = try #require(lines.dropFirst().first)
    let place = try #require(head.firstRange(of: "AGENT")).lowerBound
    let column = DisplayWidth.of(String(head[..<place]))
    for line in lines.dropFirst(2) {
      var (used, rest) = (0, line[...])
      while used < column, let character = rest.popFirst() {
        used += DisplayWidth.of(String(character))
      }
      #expect(used == column && rest.hasPrefix("hub-"), "\(width): \(line)")
    }
  }

  @Test func colourChangesNoColumnAndIsNeverAlone() throws {
    let rows = [
      try Self.row("hub-a", state: .dialog), try Self.row("hub-b"),
      try Self.row("far-c", reach: .silent),
    ]
    let overview = try Self.overview(rows)
    let plain = OverviewTable(overview, width: 80, paint: Paint(false)).lines
    let painted = OverviewTable(overview, width: 80, paint: Paint(true)).lines
    #expect(painted.map { $0.replacing(#/\u{1B}\[[0-9;]*m/#, with: "") } == plain)
    #expect(painted != plain && !plain.joined().contains("\u{1B}"))
    #expect(plain.contains { $0.hasPrefix("ready?") })
  }

  @Test func nothingOfAHostileNameReachesTheTerminal() throws {
    let hostile = "\u{1B}[2J#{pane_title}\u{202E}\u{7}\nx"
    let rows = [try Self.row("hub-a", window: hostile, program: hostile, role: hostile)]
    let text = OverviewTable(try Self.overview(rows), width: nil, paint: Paint(false)).lines
      .joined(separator: "\n")
    #expect(!text.contains("\u{1B}") && !text.contains("\u{7}") && !text.contains("\u{202E}"))
    #expect(text.split(separator: "\n").count == 3)
  }

  @Test func theStatusLineTakesFortyColumnsAtMost() throws {
    var rows = try (0..<3).map { try Self.row("hub-\($0)") }
    rows.append(try Self.row("hub-d", state: .dialog, waiting: 2))
    let silent = HostRow(
      host: try Host(validating: "worker-1"), standing: .pinned, key: nil, reach: .silent,
      contact: nil, failure: nil, failedAt: nil, agents: 0)
    #expect(
      try Self.overview(rows, hosts: [silent]).statusLine == "3 ready 1 dialog 2 queued ✗worker-1")
    let many = try (0..<9).map { number in
      HostRow(
        host: try Host(validating: "a-long-name-\(number)"), standing: .pinned, key: nil,
        reach: .silent, contact: nil, failure: nil, failedAt: nil, agents: 0)
    }
    let line = try Self.overview(rows, hosts: many).statusLine
    #expect(DisplayWidth.of(line) <= 40 && line.hasSuffix("…"), "\(line)")
  }

  @Test func tenThousandAgentsAreATableInASecond() throws {
    let rows = try (0..<10_000).map {
      try Self.row("h\($0 % 100)-w\($0)", reach: .listed, waiting: nil)
    }
    let began = ContinuousClock.now
    let lines = OverviewTable(try Self.overview(rows), width: 120, paint: Paint(true)).lines
    #expect(lines.count == 10_002)
    #expect(ContinuousClock.now - began < .seconds(10))
  }
}

@Suite struct ShortNameTests {
  private static func entry(
    _ address: String, _ host: String, window: String, index: Int, pane: String
  ) throws -> AgentEntry {
    AgentEntry(
      address: try Address(validating: address), host: try Host(validating: host),
      target: "dev:\(index)", session: "dev", window: window, pane: 0, paneID: pane, role: "",
      scope: "", command: "cat")
  }

  @Test(arguments: [
    ("cat", ["hub-dev-cat"]), ("dev:cat", ["hub-dev-cat"]),
    ("dev:1", ["far-dev-vim", "hub-dev-cat"]),
    ("%1", ["hub-dev-cat"]), ("dev-cat", ["hub-dev-cat"]), ("vim", ["far-dev-vim", "hub-dev-vim"]),
    ("世界", ["hub-dev-win3"]), ("DEV:Cat", ["hub-dev-cat"]), ("dev:cat.0", ["hub-dev-cat"]),
    ("dev:cat.1", []), ("ca", []), ("", []), ("%9", []), (":", []), ("nobody", []), ("1", []),
    ("split-1", ["hub-dev-split-1"]),
  ])
  func whoCanBeMeant(name: String, addresses: [String]) throws {
    let entries = [
      try Self.entry("hub-dev-cat", "hub", window: "cat", index: 1, pane: "%1"),
      try Self.entry("hub-dev-cat-0", "hub", window: "cat", index: 1, pane: "%1"),
      try Self.entry("hub-dev-vim", "hub", window: "vim", index: 2, pane: "%2"),
      try Self.entry("hub-dev-win3", "hub", window: "世界", index: 3, pane: "%3"),
      try Self.entry("hub-dev-split-1", "hub", window: "split", index: 4, pane: "%4"),
      try Self.entry("far-dev-vim", "far", window: "vim", index: 1, pane: "%1"),
    ]
    let hub = try Host(validating: "hub")
    #expect(ShortName.candidates(name, among: entries, home: hub).map(\.text) == addresses)
  }

  @Test func aRoleMadeFromThePlaceIsMatchedAsItIsShown() throws {
    var entry = try Self.entry("hub-dev-cat", "hub", window: "cat", index: 1, pane: "%1")
    entry.role = "cat agent in dev:1"
    let row = AgentRow(entry, .here, asOf: Timestamp(milliseconds: 0))
    #expect(row.role.isEmpty && row.hasRole("cat agent") && !row.hasRole("vim"))
  }

  @Test func rolesAreMatchedByWholeWords() {
    #expect(AgentRow.role("Code reviewer, Swift", has: "reviewer"))
    #expect(AgentRow.role("Code reviewer, Swift", has: "code REVIEWER"))
    #expect(AgentRow.role("審査 係", has: "審査"))
    #expect(!AgentRow.role("Code reviewer", has: "review"))
    #expect(!AgentRow.role("Code reviewer", has: ""))
    #expect(!AgentRow.role("", has: "x"))
  }
}
