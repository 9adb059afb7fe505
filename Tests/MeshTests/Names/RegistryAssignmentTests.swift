import Mesh
import Testing

/// Panes as the tests need them.
enum RegistryPanes {
  static func pane(
    _ id: Int, window: Int, name: String, session: String = "dev", index: Int = 0,
    windowIndex: Int = 1,
    server: String = "default 1", windowAgent: String? = nil, paneAgent: String? = nil
  ) -> LivePane {
    LivePane(
      server: server, sessionID: "$1", sessionName: session, windowID: "@\(window)",
      windowName: name,
      windowIndex: windowIndex, paneID: "%\(id)", paneIndex: index, windowAgentName: windowAgent,
      paneAgentName: paneAgent, createdOrder: id)
  }
}

@Suite struct RegistryAssignmentTests {
  private let day = AddressAssignment.oldLife

  private func assign(
    _ panes: [LivePane], after previous: AddressAssignment? = nil, at now: Int64 = 0
  ) throws -> AddressAssignment {
    AddressAssignment(
      host: try Host(validating: "hub"), panes: panes, previous: previous?.state ?? AddressState(),
      now: now)
  }

  /// `address=%id` for each entry.
  private func list(_ assignment: AddressAssignment) -> [String] {
    assignment.entries.map { "\($0.address)=\($0.pane.paneID)" }
  }

  private func meant(_ assignment: AddressAssignment, _ address: String) throws -> String? {
    let found = assignment.resolve(try Address(validating: address))
    return found.map { "\($0.pane.paneID) \($0.current)\($0.isOld ? " old" : "")" }
  }

  private typealias P = RegistryPanes

  @Test func windowsAndPlaces() throws {
    let made = try assign([
      P.pane(1, window: 1, name: "build"), P.pane(2, window: 1, name: "build", index: 1),
      P.pane(3, window: 2, name: "日本", windowIndex: 4),
      P.pane(4, window: 3, name: "x", session: "scratch"),
    ])
    #expect(
      list(made) == [
        "hub-dev-build=%1", "hub-dev-build-0=%1", "hub-dev-build-1=%2", "hub-dev-win2=%3",
        "hub-dev-win2-0=%3",
      ])
    #expect(try meant(made, "hub-dev-build.1") == "%2 hub-dev-build-1")
    #expect(try meant(made, "hub-dev-build.7") == nil)
    #expect(made.collisions.isEmpty)
  }

  /// Windows without an ASCII letter, with `renumber-windows on`: the first is closed, and the
  /// others move up.
  @Test func anAddressWithoutAsciiLettersNeverPassesToAnotherWindow() throws {
    let names = ["빌드", "테스트", "배포"]
    func pane(_ number: Int, at index: Int) -> LivePane {
      P.pane(number, window: number, name: names[number - 1], windowIndex: index)
    }
    let first = try assign([pane(1, at: 1), pane(2, at: 2), pane(3, at: 3)])
    let addresses = try (1...3).map { number in
      try #require(first.entries.first { $0.isWindow && $0.pane.paneID == "%\(number)" }).address
    }
    #expect(Set(addresses).count == 3)
    var after = try assign([pane(2, at: 1), pane(3, at: 2)], after: first, at: 1)
    for _ in 0..<3 {
      #expect(after.resolve(addresses[0]) == nil)
      for number in [2, 3] {
        #expect(after.resolve(addresses[number - 1])?.pane.paneID == "%\(number)")
      }
      after = try assign([pane(2, at: 1), pane(3, at: 2)], after: after, at: 10 * day)
    }
    // A new window in the first one's position.
    let new = P.pane(4, window: 4, name: "새것", windowIndex: 1)
    let last = try assign([new, pane(2, at: 2), pane(3, at: 3)], after: after, at: 11 * day)
    #expect(last.resolve(addresses[0]) == nil)
  }

  /// A prompt that renames the window at every command; two windows that swap their names.
  @Test func swappedNamesNeverLeadToTheOtherWindow() throws {
    func panes(_ one: String, _ two: String) -> [LivePane] {
      [P.pane(1, window: 1, name: one), P.pane(2, window: 2, name: two)]
    }
    var state = try assign(panes("one", "two"))
    for round in 1...200 {
      let names = round.isMultiple(of: 2) ? ("one", "two") : ("two", "one")
      state = try assign(panes(names.0, names.1), after: state, at: Int64(round))
      #expect(try meant(state, "hub-dev-one")?.hasPrefix("%1 ") == true)
      #expect(try meant(state, "hub-dev-two")?.hasPrefix("%2 ") == true)
    }
    for round in 1...5_000 {
      state = try assign(
        panes("git \(round)", "make \(round)"), after: state, at: 200 + Int64(round))
    }
    #expect(state.state.old.count <= 32 && state.state.held.count <= 8)
  }

  /// Names with equal first forty characters: the second window keeps its number
  /// when the first one closes.
  @Test func aNumberedAddressNeverBecomesTheFirstOnes() throws {
    let prefix = String(repeating: "worktree-", count: 6)
    let (one, two) = (
      P.pane(1, window: 1, name: prefix + "a"), P.pane(2, window: 2, name: prefix + "b")
    )
    let both = try assign([one, two])
    let first = try #require(both.entries.first { $0.isWindow && $0.pane.paneID == "%1" }).address
    let second = try #require(both.entries.first { $0.isWindow && $0.pane.paneID == "%2" }).address
    #expect(second.text == first.text + "~2")
    let after = try assign([two], after: both, at: 1)
    #expect(after.resolve(first) == nil)
    #expect(after.resolve(second)?.pane.paneID == "%2")
    let later = try assign([two], after: after, at: 30 * day)
    #expect(later.resolve(first) == nil && later.resolve(second)?.pane.paneID == "%2")
  }

  @Test(arguments: [
    ("scratch", true), ("tmp", true), ("temp", true), ("test", true), ("test-x", true),
    ("_x", true),
    ("tests", false), ("testing", false), ("scratch2", false), ("dev", false),
  ])
  func skippedSessions(name: String, skipped: Bool) throws {
    #expect(try assign([P.pane(1, window: 1, name: "a", session: name)]).entries.isEmpty == skipped)
  }

  @Test func agentNames() throws {
    let made = try assign([
      P.pane(1, window: 1, name: "w", windowAgent: "The Boss"),
      P.pane(2, window: 1, name: "w", index: 1, windowAgent: "The Boss", paneAgent: "helper"),
      P.pane(3, window: 2, name: "v", windowAgent: "!!!"),
    ])
    #expect(
      list(made) == [
        "hub-dev-v=%3", "hub-dev-v-0=%3", "hub-helper=%2", "hub-the-boss=%1", "hub-the-boss-0=%1",
        "hub-the-boss-1=%2",
      ])
  }

  @Test func newcomersAreNumbered() throws {
    let first = try assign([P.pane(5, window: 5, name: "b")])
    // `dev` + `b`, and an older pane that later wants the same address.
    let second = try assign(
      [
        P.pane(5, window: 5, name: "b"), P.pane(2, window: 2, name: "B"),
        P.pane(7, window: 7, name: "b"),
      ],
      after: first)
    #expect(
      list(second).filter { !$0.contains("-0") } == [
        "hub-dev-b=%5", "hub-dev-b~2=%2", "hub-dev-b~3=%7",
      ])
    #expect(
      second.collisions.map(\.got.text) == [
        "hub-dev-b-0~2", "hub-dev-b-0~3", "hub-dev-b~2", "hub-dev-b~3",
      ])
    // The number stays when the first one closes.
    let third = try assign([P.pane(2, window: 2, name: "B")], after: second)
    #expect(list(third) == ["hub-dev-b-0~2=%2", "hub-dev-b~2=%2"])
    #expect(try meant(second, "hub-dev-b~3.0") == "%7 hub-dev-b-0~3")
  }

  @Test func theOlderOneIsFirst() throws {
    // By age, not by the spelling of the id: `%10` sorts before `%9`.
    let made = try assign([P.pane(10, window: 10, name: "b"), P.pane(9, window: 9, name: "b")])
    #expect(list(made).contains("hub-dev-b=%9") && list(made).contains("hub-dev-b~2=%10"))
  }

  @Test func joinsMeet() throws {
    let made = try assign([
      P.pane(1, window: 1, name: "c", session: "a-b"),
      P.pane(2, window: 2, name: "b-c", session: "a"),
    ])
    #expect(list(made).contains("hub-a-b-c=%1") && list(made).contains("hub-a-b-c~2=%2"))
  }

  @Test func windowComesBeforePlace() throws {
    let split = [P.pane(1, window: 1, name: "x"), P.pane(2, window: 1, name: "x", index: 1)]
    let before = try assign(split)
    #expect(try meant(before, "hub-dev-x-1") == "%2 hub-dev-x-1")
    let after = try assign(split + [P.pane(3, window: 2, name: "x-1")], after: before)
    #expect(try meant(after, "hub-dev-x-1") == "%3 hub-dev-x-1")
    #expect(try meant(after, "hub-dev-x.1") == "%2 hub-dev-x-1~2")
  }

  @Test func holderOfAWindow() throws {
    let one = P.pane(1, window: 1, name: "w")
    let first = try assign([one])
    // A pane that was split off before it now has the lower index; the
    // first pane keeps the address.
    var moved = one
    moved.paneIndex = 1
    let second = try assign([moved, P.pane(2, window: 1, name: "w")], after: first)
    #expect(try meant(second, "hub-dev-w") == "%1 hub-dev-w")
    let third = try assign(
      [P.pane(2, window: 1, name: "w"), P.pane(3, window: 1, name: "w", index: 1)], after: second)
    #expect(try meant(third, "hub-dev-w") == "%2 hub-dev-w")
  }

  @Test func renamedAnswersForADay() throws {
    let first = try assign([
      P.pane(1, window: 1, name: "old"), P.pane(2, window: 1, name: "old", index: 1),
    ])
    let renamed = [P.pane(1, window: 1, name: "new"), P.pane(2, window: 1, name: "new", index: 1)]
    let second = try assign(renamed, after: first, at: 1000)
    #expect(try meant(second, "hub-dev-new") == "%1 hub-dev-new")
    #expect(try meant(second, "hub-dev-old") == "%1 hub-dev-new old")
    #expect(try meant(second, "hub-dev-old.1") == "%2 hub-dev-new-1 old")
    #expect(try meant(second, "hub-dev-old-1") == "%2 hub-dev-new-1 old")
    // No other pane gets the address meanwhile.
    let third = try assign(renamed + [P.pane(3, window: 3, name: "old")], after: second, at: 2000)
    #expect(try meant(third, "hub-dev-old") == "%1 hub-dev-new old")
    #expect(try meant(third, "hub-dev-old~2") == "%3 hub-dev-old~2")
    // The expiry is not extended by each run.
    let fourth = try assign(renamed, after: third, at: day + 999)
    #expect(try meant(fourth, "hub-dev-old") != nil)
    let fifth = try assign(renamed, after: fourth, at: day + 1000)
    #expect(try meant(fifth, "hub-dev-old") == nil && fifth.state.old.isEmpty)
  }

  @Test func theNameComesBack() throws {
    let first = try assign([P.pane(1, window: 1, name: "bash")])
    let second = try assign([P.pane(1, window: 1, name: "vim")], after: first)
    let both = [P.pane(1, window: 1, name: "bash"), P.pane(2, window: 2, name: "bash")]
    let third = try assign(both, after: second)
    #expect(try meant(third, "hub-dev-bash") == "%1 hub-dev-bash")
    #expect(try meant(third, "hub-dev-vim") == "%1 hub-dev-bash old")
  }

  @Test func movedJoinedBroken() throws {
    let panes = [
      P.pane(1, window: 1, name: "a"), P.pane(2, window: 2, name: "b"),
      P.pane(3, window: 2, name: "b", index: 1),
    ]
    let first = try assign(panes)
    // Window 1's pane joins window 2; window 2's second pane becomes a window of its own.
    let second = try assign(
      [
        P.pane(2, window: 2, name: "b"), P.pane(1, window: 2, name: "b", index: 2),
        P.pane(3, window: 3, name: "c"),
      ],
      after: first)
    #expect(try meant(second, "hub-dev-a") == "%1 hub-dev-b-2 old")
    #expect(try meant(second, "hub-dev-b-1") == "%3 hub-dev-c old")
    // A new pane in the old position takes the address over.
    let third = try assign(
      [
        P.pane(2, window: 2, name: "b"), P.pane(4, window: 2, name: "b", index: 1),
        P.pane(3, window: 3, name: "c"),
      ],
      after: second)
    #expect(try meant(third, "hub-dev-b-1") == "%4 hub-dev-b-1")
    // A window that moved to another session.
    let fourth = try assign([P.pane(3, window: 3, name: "c", session: "ops")], after: third)
    #expect(try meant(fourth, "hub-dev-c") == "%3 hub-ops-c old")
  }

  @Test func linkedIntoTwoSessions() throws {
    let made = try assign([
      P.pane(1, window: 1, name: "w"), P.pane(1, window: 1, name: "w", session: "ops"),
    ])
    #expect(list(made) == ["hub-dev-w=%1", "hub-dev-w-0=%1", "hub-ops-w=%1", "hub-ops-w-0=%1"])
  }

  @Test func anotherLifeOfTheServer() throws {
    let first = try assign([P.pane(1, window: 1, name: "a"), P.pane(2, window: 2, name: "b")])
    let renamed = try assign(
      [P.pane(1, window: 1, name: "x"), P.pane(2, window: 2, name: "b")], after: first)
    let second = try assign(
      [P.pane(1, window: 1, name: "b", server: "default 2")], after: renamed)
    // The new server's ids mean other panes: nothing is held, no old address works.
    #expect(list(second) == ["hub-dev-b=%1", "hub-dev-b-0=%1"])
    #expect(second.state.old.isEmpty)
  }

  @Test func twoServers() throws {
    let made = try assign([
      P.pane(1, window: 1, name: "w"), P.pane(1, window: 1, name: "w", server: "other 9"),
    ])
    #expect(made.entries.count == 4 && made.collisions.count == 2)
  }

  @Test func hostileIndexesAndNames() throws {
    let made = try assign([
      P.pane(1, window: 1, name: "w", index: -1), P.pane(2, window: 2, name: "w", index: .max),
      P.pane(3, window: 3, name: "w", windowIndex: .min),
      P.pane(4, window: 4, name: "|;$(id)\n\u{1B}[0m"),
      P.pane(5, window: 5, name: String(repeating: "x", count: 10_000), session: "日本"),
    ])
    #expect(
      list(made).filter { !$0.contains("-0=") } == [
        "hub-dev-id-0m=%4", "hub-ses1-\(String(repeating: "x", count: 40))=%5",
      ])
  }

  @Test func stateReadsBack() throws {
    let first = try assign([
      P.pane(1, window: 1, name: "a", server: "sock et\"\n 1"), P.pane(2, window: 2, name: "b"),
    ])
    let second = try assign(
      [P.pane(1, window: 1, name: "c", server: "sock et\"\n 1"), P.pane(2, window: 2, name: "b")],
      after: first)
    #expect(!second.state.old.isEmpty)
    #expect(try AddressState(parsing: second.state.encoded) == second.state)
    #expect(try AddressState(parsing: []) == AddressState())
    #expect(throws: TOMLError.self) { try AddressState(parsing: Array("[held".utf8)) }
    let odd = try AddressState(
      parsing: Array("[held.A]\nkind = 1\n[old.hub-x]\nkind = \"pane\"\n".utf8))
    #expect(odd == AddressState())
  }
}
