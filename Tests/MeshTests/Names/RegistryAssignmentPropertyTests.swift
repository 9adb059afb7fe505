import Mesh
import TestSupport
import Testing

/// Properties that hold for any panes, windows and names.
@Suite struct RegistryAssignmentPropertyTests {
  private typealias P = RegistryPanes

  /// Panes of a few windows with few names, so that names collide. Pane ids stay with their window.
  private func panes(_ random: inout SeededGenerator) -> [LivePane] {
    let names = ["a", "b", "a-1", "b-0", "日本", "a-b"]
    var out: [LivePane] = []
    for window in 1...8 where Int.random(in: 0..<4, using: &random) > 0 {
      let name = names.randomElement(using: &random) ?? "a"
      let session = ["dev", "dev-a", "Dev"].randomElement(using: &random) ?? "dev"
      let agent = Int.random(in: 0..<6, using: &random) == 0 ? "a" : nil
      for place in 0..<Int.random(in: 1...3, using: &random) {
        let own = Int.random(in: 0..<8, using: &random) == 0 ? "dev-a" : nil
        out.append(
          P.pane(
            window * 10 + place, window: window, name: name, session: session, index: place,
            windowIndex: window, windowAgent: agent, paneAgent: own))
      }
    }
    return out
  }

  private func check(_ made: AddressAssignment, _ panes: [LivePane]) throws {
    let addresses = made.entries.map(\.address)
    #expect(Set(addresses).count == addresses.count && addresses == addresses.sorted())
    let windows = Set(made.entries.filter(\.isWindow).map(\.pane.windowID))
    #expect(windows.isSuperset(of: panes.map(\.windowID)))
    let placed = Set(made.entries.filter { !$0.isWindow }.map(\.pane.paneID))
    #expect(placed == Set(panes.map(\.paneID)))
    for entry in made.entries {
      #expect(made.resolve(entry.address)?.pane == entry.pane)
      #expect(made.resolve(entry.address)?.isOld == false)
    }
    // Whatever address leads to a pane is among its names: a ceiling for one of them counts.
    for base in addresses + made.state.old.keys {
      let counted = (0..<3).flatMap { index in
        [".", "-"].compactMap { try? Address(validating: "\(base)\($0)\(index)") }
      }
      for address in [base] + counted {
        guard let pane = made.resolve(address)?.pane else { continue }
        #expect(made.names(ofPane: pane.paneID, server: pane.server).contains(address))
      }
    }
    // An old address is held by no pane, but still works.
    for address in made.state.old.keys {
      #expect(!addresses.contains(address))
      #expect(made.resolve(address)?.isOld == true)
    }
  }

  @Test(arguments: 0..<20)
  func histories(seed: Int) throws {
    var random = SeededGenerator(seed: UInt64(seed))
    let host = try Host(validating: "hub")
    var state = AddressState()
    for step in 0..<25 {
      let panes = panes(&random)
      let now = Int64(step) * AddressAssignment.oldLife / 6
      let made = AddressAssignment(host: host, panes: panes, previous: state, now: now)
      try check(made, panes)
      let other = AddressAssignment(
        host: host, panes: panes.shuffled(using: &random) + panes.prefix(2), previous: state,
        now: now)
      #expect(other.entries == made.entries && other.state == made.state)
      // The same panes again give the same result.
      let again = AddressAssignment(host: host, panes: panes, previous: made.state, now: now + 1)
      #expect(again.entries == made.entries && again.state == made.state)
      #expect(try AddressState(parsing: made.state.encoded) == made.state)
      state = made.state
    }
  }

  /// While its name stays, a window keeps its address, whichever windows open or close.
  @Test(arguments: 0..<20)
  func holdersAreStable(seed: Int) throws {
    var random = SeededGenerator(seed: UInt64(100 + seed))
    let host = try Host(validating: "hub")
    let steady = P.pane(999, window: 99, name: "a")
    var made = AddressAssignment(
      host: host, panes: [steady] + panes(&random), previous: AddressState(), now: 0)
    let mine = made.entries.filter { $0.pane == steady && $0.isWindow }
    for step in 1..<25 {
      made = AddressAssignment(
        host: host, panes: panes(&random) + [steady], previous: made.state, now: Int64(step) * 1000)
      #expect(made.entries.filter { $0.pane == steady && $0.isWindow } == mine)
    }
  }

  @Test func bounded() throws {
    let host = try Host(validating: String(repeating: "h", count: 63))
    let long = String(repeating: "n", count: 60)
    let panes = (0..<4100).map {
      P.pane($0, window: $0, name: long, session: long, index: 9_999, windowIndex: 9_999)
    }
    var made = AddressAssignment(host: host, panes: panes, previous: AddressState(), now: 0)
    #expect(made.entries.count == 2 * AddressAssignment.mostPanes)
    let encoded = made.state.encoded
    #expect(encoded.count <= AddressState.mostBytes)
    // One window that is renamed each time keeps only a few old addresses.
    for step in 0..<50 {
      made = AddressAssignment(
        host: host, panes: [P.pane(1, window: 1, name: "n\(step)")], previous: made.state,
        now: Int64(step))
    }
    #expect(made.state.old.count == 16)
    let last = AddressAssignment(
      host: host, panes: [P.pane(1, window: 1, name: "last")], previous: made.state, now: .max)
    #expect(last.entries.count == 2)
  }
}
