import Mesh
import TestSupport
import Testing

/// A random table of processes in which we know the pane that each process acts for.
private struct ProcessWorld {
  struct Process {
    var parent: Int
    var terminal: UInt64
    var listens = false
    /// The pane whose agent this process acts for; `nil` if none.
    var speaksFor: Int?
  }

  var processes: [Process] = []
  var panes: [SpeakerPlace.PaneProcess] = []
  var servers: [Int32] = []

  static func pid(_ index: Int) -> Int32 { Int32(index + 2) }

  mutating func add(_ process: Process) -> Int {
    processes.append(process)
    return processes.count - 1
  }

  init(_ random: inout some RandomNumberGenerator) {
    for _ in 0..<Int.random(in: 1...3, using: &random) {
      let server = add(Process(parent: -1, terminal: 0, listens: true))
      servers.append(Self.pid(server))
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let terminal = UInt64(1000 + processes.count)
        let pane = add(Process(parent: server, terminal: terminal, speaksFor: panes.count))
        panes.append(.init(pid: Self.pid(pane), terminal: terminal))
      }
    }
    for _ in 0..<Int.random(in: 5...60, using: &random) { grow(&random) }
  }

  private mutating func grow(_ random: inout some RandomNumberGenerator) {
    let parent = Int.random(in: 0..<processes.count, using: &random)
    var child = Process(
      parent: parent, terminal: processes[parent].terminal, speaksFor: processes[parent].speaksFor)
    switch Int.random(in: 0..<10, using: &random) {
    case 0...4: break
    // A tool that was started in its own session.
    case 5, 6: child.terminal = 0
    // A terminal that does not belong to a pane: script, or an agent's own.
    case 7: child.terminal = UInt64(900_000 + processes.count)
    // Its parent has ended, so only its terminal can tell, or nothing.
    case 8: child.parent = -1
    // A daemon, which acts for any client that asks.
    default: (child.terminal, child.listens, child.speaksFor) = (0, true, nil)
    }
    if isBelowADaemon(child.parent), child.terminal == 0 || child.terminal >= 900_000 {
      child.speaksFor = Int.random(in: 0..<panes.count, using: &random)
    }
    _ = add(child)
  }

  func isBelowADaemon(_ index: Int) -> Bool {
    ancestry(index).contains {
      processes[$0].listens && !servers.contains(Self.pid($0))
    }
  }

  func ancestry(_ index: Int) -> [Int] {
    index < 0 ? [] : [index] + ancestry(processes[index].parent)
  }

  func place(_ index: Int) -> SpeakerPlace {
    SpeakerPlace(
      ancestry(index).map {
        .init(pid: Self.pid($0), terminal: processes[$0].terminal, began: UInt64($0))
      }, panes: panes, servers: servers, mayServe: { processes[Int($0) - 2].listens })
  }
}

@Suite struct SpeakerPlaceTests {
  /// The result is the correct pane or none, never another.
  @Test func neverAnotherPane() {
    var random = SeededGenerator(seed: 20_261_128)
    var named = 0
    var withheld = 0
    for _ in 0..<1000 {
      let world = ProcessWorld(&random)
      for index in world.processes.indices {
        let truth = world.processes[index].speaksFor
        switch world.place(index) {
        case .pane(let pane):
          named += 1
          #expect(pane == truth, "\(world.ancestry(index).map { world.processes[$0] })")
        case .served: withheld += 1
        case .serverChild, .none: break
        }
      }
    }
    #expect(named > 10_000 && withheld > 5_000, "\(named), \(withheld)")
  }

  /// No name is lost: without daemons, every process whose ancestors lead to its
  /// pane gets that pane's name.
  @Test func withoutDaemonsEveryLineNamesItsPane() {
    var random = SeededGenerator(seed: 11)
    for _ in 0..<200 {
      var world = ProcessWorld(&random)
      for index in world.processes.indices { world.processes[index].listens = false }
      for index in world.processes.indices {
        let reached = world.ancestry(index).lazy
          .compactMap { line in world.panes.firstIndex { $0.pid == ProcessWorld.pid(line) } }.first
        if let reached, world.processes[index].terminal == 0 {
          #expect(world.place(index) == .pane(reached))
        }
      }
    }
  }

  private func line(_ processes: (Int32, UInt64, UInt64)...) -> [SpeakerPlace.Ancestor] {
    processes.map { .init(pid: $0.0, terminal: $0.1, began: $0.2) }
  }
  private let pane = SpeakerPlace.PaneProcess(pid: 10, terminal: 7)

  @Test func aServiceAboveThePaneDoesNotMatter() {
    // systemd, sshd and the like are ancestors of tmux itself.
    let place = SpeakerPlace(
      line((12, 0, 5), (10, 7, 4), (5, 0, 3), (3, 0, 1)), panes: [pane], servers: [5],
      mayServe: { $0 == 3 || $0 == 5 })
    #expect(place == .pane(0))
  }

  @Test func anAgentThatListensOnItsTerminalIsItsPanes() {
    let place = SpeakerPlace(
      line((12, 0, 5), (11, 7, 4), (10, 7, 3)), panes: [pane], servers: [], mayServe: { $0 == 11 })
    #expect(place == .pane(0))
  }

  @Test func aPidThatWasGivenAwayIsNobodysParent() {
    let place = SpeakerPlace(
      line((12, 0, 5), (10, 7, 9)), panes: [pane], servers: [], mayServe: { _ in false })
    #expect(place == .none)
  }

  @Test func whatCannotBeSeenMayServe() {
    let place = SpeakerPlace(
      line((12, 0, 5), (11, 0, 4), (10, 7, 3)), panes: [pane], servers: [],
      mayServe: { $0 != 12 })
    #expect(place == .served(by: 11))
  }
}
