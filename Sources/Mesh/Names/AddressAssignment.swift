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
    guard
      let (window, index) = address.windowAndPane(separatedBy: ".")
        ?? address.windowAndPane(separatedBy: "-"), let holder = whole(window)
    else { return nil }
    let place = entries.first {
      !$0.isWindow && $0.pane.paneIndex == index && $0.pane.server == holder.pane.server
        && $0.pane.windowID == holder.pane.windowID && $0.pane.sessionID == holder.pane.sessionID
    }
    return place.map { Resolved(pane: $0.pane, current: $0.address, isOld: holder.isOld) }
  }

  /// Every address that `resolve` leads to a pane by: present and former ones, and those that count its window's panes.
  /// - Parameter id: the pane's, in the server with that instance.
  package func names(ofPane id: String, server: String) -> Set<Address> {
    let own = entries.filter { $0.pane.paneID == id && $0.pane.server == server }
    guard let pane = own.first?.pane else { return [] }
    let answersForWindow = own.contains(where: \.isWindow)
    let neighbours = entries.filter { $0.pane.windowTarget == pane.windowTarget }
    let targets = Set(neighbours.map(\.pane.paneTarget) + [pane.windowTarget])
    let former = state.old.filter { targets.contains($0.value.target) }
    var names = Set(own.map(\.address))
    for (address, old) in former
    where old.target == pane.paneTarget || (answersForWindow && old.target == pane.windowTarget) {
      names.insert(address)
    }
    for base in neighbours.map(\.address) + former.keys {
      for mark in [".", "-"] {
        if let name = try? Address(validating: "\(base)\(mark)\(pane.paneIndex)") {
          names.insert(name)
        }
      }
    }
    return names
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

/// The target of an address: a window (whichever of its panes answers), or one pane.
package struct AddressTarget: Hashable, Sendable {
  package enum Kind: String, Sendable { case window, pane }
  package var kind: Kind
  /// See `LivePane.server`.
  package var server: String
  /// `@2` or `%3`.
  package var id: String
}

/// Who holds which address, and which old addresses still work. `AddressAssignment` reads the state
/// of the last run and returns the next; MeshHost stores it as TOML.
package struct AddressState: Equatable, Sendable {
  package struct Held: Equatable, Sendable {
    package var target: AddressTarget
    /// The pane that answers; for a window, the pane that first held the address.
    package var pane: String
    /// The window that the pane was in.
    package var window: String
    /// Made from the pane's position in its window; false for a window or a pane with its own name.
    package var isPlace: Bool
  }

  package struct Old: Equatable, Sendable {
    package var target: AddressTarget
    /// The pane that answered last, in case its window is gone.
    package var pane: String
    /// Milliseconds since 1970.
    package var expires: Int64
    /// `firm`: no other pane may take this old address until it expires. Addresses by position are
    /// not reserved; the next pane in that position takes them over.
    package var firm: Bool
  }

  package var held: [Address: Held] = [:]
  package var old: [Address: Old] = [:]

  package init() {}
}

extension AddressState {
  /// Enough for 4,096 panes and their old addresses.
  package static let mostBytes = 4_194_304

  /// As TOML: `[held.<address>]`, `[old.<address>]`.
  package var encoded: [UInt8] {
    var document = TOMLDocument()
    for (address, held) in held.sorted(by: { $0.key < $1.key }) {
      var table = AddressState.table("held", address, held.target, pane: held.pane)
      table.set("window", .string(held.window))
      table.set("place", .boolean(held.isPlace))
      document.set(table)
    }
    for (address, old) in old.sorted(by: { $0.key < $1.key }) {
      var table = AddressState.table("old", address, old.target, pane: old.pane)
      table.set("expires", .integer(old.expires))
      table.set("firm", .boolean(old.firm))
      document.set(table)
    }
    return document.encoded
  }

  /// An unreadable file is an error. A caller that starts again with an empty state loses only the
  /// holders and the old addresses.
  package init(parsing bytes: [UInt8]) throws(TOMLError) {
    let document = try TOMLDocument(parsing: bytes, limit: AddressState.mostBytes)
    for table in document.tables where table.path.count == 2 {
      guard let address = try? Address(validating: table.path[1]),
        let target = AddressState.target(table), let pane = table.string("pane")
      else { continue }
      if table.path[0] == "held", let window = table.string("window"),
        let place = table.boolean("place")
      {
        held[address] = Held(target: target, pane: pane, window: window, isPlace: place)
      } else if table.path[0] == "old", let expires = table.integer("expires"),
        let firm = table.boolean("firm")
      {
        old[address] = Old(target: target, pane: pane, expires: expires, firm: firm)
      }
    }
  }

  private static func table(
    _ name: String, _ address: Address, _ target: AddressTarget, pane: String
  ) -> TOMLTable {
    TOMLTable(
      path: [name, address.text],
      [
        "kind": .string(target.kind.rawValue), "server": .string(target.server),
        "id": .string(target.id), "pane": .string(pane),
      ])
  }

  private static func target(_ table: TOMLTable) -> AddressTarget? {
    guard let kind = table.string("kind").flatMap(AddressTarget.Kind.init(rawValue:)),
      let server = table.string("server"), let id = table.string("id")
    else { return nil }
    return AddressTarget(kind: kind, server: server, id: id)
  }
}
