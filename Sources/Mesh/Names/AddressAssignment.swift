/// Addresses for all live panes. A pane keeps an address that it still wants. The rest are assigned
/// by age: windows first, then panes by their position. Pure: the same panes, state and time give
/// the same addresses, in whatever order tmux lists the panes.
package struct AddressAssignment: Sendable {
  package struct Entry: Equatable, Sendable {
    package let address: Address
    package let pane: LivePane
    /// The address of a window or of a pane with its own `@agent-name`, not
    /// of a position in a window.
    package let isWindow: Bool
  }

  /// A wanted address that was already taken.
  package struct Collision: Equatable, Sendable {
    package let wanted: Address
    package let got: Address
  }

  /// How long an old address still works, in milliseconds.
  package static let oldLife: Int64 = 24 * 3600 * 1000
  /// Panes beyond this number are ignored.
  package static let mostPanes = 4_096

  /// By address.
  package let entries: [Entry]
  package let collisions: [Collision]
  package let state: AddressState
  private let places: [Address: Int]

  /// - Parameter absent: servers that are running but could not be listed now;
  ///   their addresses stay reserved.
  /// - Parameter now: milliseconds since 1970.
  package init(
    host: Host, panes: [LivePane], previous: AddressState, absent: Set<String> = [], now: Int64
  ) {
    let rows = Set(panes.filter(\.isAddressed)).sorted(by: LivePane.precedes).prefix(Self.mostPanes)
    var work = Assigning(
      host: host, rows: Array(rows), previous: previous, absent: absent, now: now)
    work.giveToWindowsAndNames()
    work.giveToPlaces()
    entries = work.given.values.sorted { $0.address < $1.address }
    collisions = work.collisions.sorted { $0.got < $1.got }
    state = work.state()
    places = Dictionary(uniqueKeysWithValues: zip(entries.map(\.address), entries.indices))
  }

  /// The pane that an address leads to.
  package struct Resolved: Equatable, Sendable {
    package let pane: LivePane
    /// Its present address.
    package let current: Address
    /// The address used is a former one; the sender should be told.
    package let isOld: Bool
  }

  /// Finds present and old addresses, and `<window>.<i>` and `<window>-<i>` of both.
  package func resolve(_ address: Address) -> Resolved? {
    if let found = whole(address) { return found }
    guard let (window, index) = address.windowAndPane ?? address.windowAndDashedPane,
      let holder = whole(window)
    else { return nil }
    let place = entries.first {
      !$0.isWindow && $0.pane.paneIndex == index && $0.pane.server == holder.pane.server
        && $0.pane.windowID == holder.pane.windowID && $0.pane.sessionID == holder.pane.sessionID
    }
    return place.map { Resolved(pane: $0.pane, current: $0.address, isOld: holder.isOld) }
  }

  private func whole(_ address: Address) -> Resolved? {
    if let place = places[address] {
      return Resolved(pane: entries[place].pane, current: address, isOld: false)
    }
    guard let old = state.old[address] else { return nil }
    let meant = entries.filter {
      switch old.target.kind {
      case .window: $0.isWindow && $0.pane.windowTarget == old.target
      case .pane: $0.pane.paneTarget == old.target
      }
    }
    let best = meant.first(where: \.isWindow) ?? meant.first
    return best.map { Resolved(pane: $0.pane, current: $0.address, isOld: true) }
  }
}

extension Address {
  /// `<window>` and `<i>` of `<window>-<i>`.
  fileprivate var windowAndDashedPane: (window: Address, pane: Int)? {
    guard let dash = text.lastIndex(of: "-"), let pane = Int(text[text.index(after: dash)...]),
      let window = try? Address(validating: text[..<dash])
    else { return nil }
    return (window, pane)
  }
}
