/// One run of `AddressAssignment`: which pane wants which address, which it had,
/// and who gets the free ones.
struct Assigning {
  private let wants: AddressWants
  private let previous: AddressState
  private let now: Int64
  /// The addresses that each target had, by name without `~<number>`.
  private let had: [AddressTarget: [String: [Address]]]

  private(set) var given: [Address: AddressAssignment.Entry] = [:]
  private(set) var collisions: [AddressAssignment.Collision] = []
  private var targets: [Address: AddressTarget] = [:]
  /// Addresses held by servers that are not listed now.
  private let held: [Address: AddressState.Held]
  private var old: [Address: AddressState.Old]
  private var nextNumber: [String: Int] = [:]

  /// Maximum number of old addresses, for one target and in total.
  private static let mostOldOfOne = 16
  private static let mostOld = 4_096

  init(host: Host, rows: [LivePane], previous: AddressState, absent: Set<String>, now: Int64) {
    (self.previous, self.now) = (previous, now)
    held = previous.held.filter { absent.contains($0.value.target.server) }
    old = previous.old.filter { absent.contains($0.value.target.server) && $0.value.expires > now }
    wants = AddressWants(host: host, rows: rows, previous: previous)
    var had: [AddressTarget: [String: [Address]]] = [:]
    for (address, held) in previous.held {
      had[held.target, default: [:]][address.withoutNumber, default: []].append(address)
    }
    for (address, old) in previous.old where old.expires > now {
      had[old.target, default: [:]][address.withoutNumber, default: []].append(address)
    }
    self.had = had
  }

  /// Windows and panes with a name of their own come before positions, even before a position that
  /// already has the address.
  mutating func giveToWindowsAndNames() {
    let left = keep(wants.windows + wants.names)
    retireWindowsAndNames()
    for want in left { give(want) }
  }

  mutating func giveToPlaces() {
    for want in keep(wants.places) { give(want) }
    retirePlaces()
  }

  /// Gives back addresses that were held and are still wanted, and old addresses
  /// whose name is wanted again.
  /// - Returns: the wants that need a new address.
  private mutating func keep(_ wants: [AddressWants.Want]) -> [AddressWants.Want] {
    wants.filter { want in
      let candidates = had[want.target]?[want.base] ?? []
      let free = candidates.filter { isFree($0, for: want.target) }
      let held = free.filter { previous.held[$0] != nil }
      guard let address = (held.isEmpty ? free : held).min() else { return true }
      commit(want, address)
      return false
    }
  }

  private mutating func give(_ want: AddressWants.Want) {
    var number = nextNumber[want.base] ?? 1
    while number <= LivePane.mostIndex {
      let text = number == 1 ? want.base : "\(want.base)~\(number)"
      guard let address = try? Address(validating: text) else { return }
      if targets[address] == want.target { return }
      if isFree(address, for: want.target) { return commit(want, address) }
      number += 1
      nextNumber[want.base] = number
    }
  }

  private func isFree(_ address: Address, for target: AddressTarget) -> Bool {
    guard targets[address] == nil, held[address] == nil else { return false }
    guard let old = old[address], old.firm else { return true }
    return old.target == target
  }

  private mutating func commit(_ want: AddressWants.Want, _ address: Address) {
    given[address] = AddressAssignment.Entry(
      address: address, pane: want.pane, isWindow: !want.isPlace)
    targets[address] = want.target
    old[address] = nil
    if address.text != want.base, let wanted = try? Address(validating: want.base) {
      collisions.append(AddressAssignment.Collision(wanted: wanted, got: address))
    }
  }

  /// Addresses that were held and are no longer wanted stay valid for a day;
  /// old ones until they expire.
  private mutating func retireWindowsAndNames() {
    for (address, held) in previous.held where !held.isPlace && given[address] == nil {
      guard let target = wants.alive(held.target, pane: held.pane) else { continue }
      old[address] = AddressState.Old(target: target, pane: held.pane, expires: end, firm: true)
    }
    for (address, was) in previous.old where was.expires > now && given[address] == nil {
      guard let target = wants.alive(was.target, pane: was.pane) else { continue }
      old[address] = AddressState.Old(
        target: target, pane: was.pane, expires: min(was.expires, end), firm: was.firm)
    }
  }

  /// A pane that moved to another window can still be reached by its former
  /// position, until another pane takes that position. A pane that moved within its
  /// window cannot: positions are counted again.
  private mutating func retirePlaces() {
    for (address, held) in previous.held where held.isPlace && given[address] == nil {
      guard old[address] == nil, let window = wants.window(ofPane: held.target),
        window != held.window
      else { continue }
      old[address] = AddressState.Old(
        target: held.target, pane: held.pane, expires: end, firm: false)
    }
  }

  private var end: Int64 {
    let (end, overflow) = now.addingReportingOverflow(AddressAssignment.oldLife)
    return overflow ? .max : end
  }

  func state() -> AddressState {
    var state = AddressState()
    state.held = held
    for (address, entry) in given {
      state.held[address] = AddressState.Held(
        target: targets[address] ?? entry.pane.paneTarget, pane: entry.pane.paneID,
        window: entry.pane.windowID, isPlace: !entry.isWindow)
    }
    let latestFirst = old.sorted { ($1.value.expires, $0.key) < ($0.value.expires, $1.key) }
    var counts: [AddressTarget: Int] = [:]
    for (address, old) in latestFirst where state.old.count < Self.mostOld {
      counts[old.target, default: 0] += 1
      guard counts[old.target, default: 0] <= Self.mostOldOfOne else { continue }
      state.old[address] = old
    }
    return state
  }
}

extension Address {
  /// Without `~2`.
  fileprivate var withoutNumber: String {
    text.firstIndex(of: "~").map { String(text[..<$0]) } ?? text
  }
}

/// What each live pane wants to be called, and which former holders still live.
struct AddressWants {
  struct Want {
    /// The address, before `~<number>` is added for collisions.
    let base: String
    let target: AddressTarget
    /// The pane that answers.
    let pane: LivePane
    /// Made from the pane's position in its window; false for a window or a pane with its own name.
    let isPlace: Bool
  }

  /// No duplicates in any list; the oldest first.
  let windows: [Want]
  let names: [Want]
  let places: [Want]
  private let windowOfPane: [AddressTarget: String]
  private let liveWindows: Set<AddressTarget>

  /// - Parameter rows: sorted by `LivePane.precedes`.
  init(host: Host, rows: [LivePane], previous: AddressState) {
    let holders = AddressWants.holders(rows, previous)
    liveWindows = Set(rows.map(\.windowTarget))
    windowOfPane = Dictionary(rows.map { ($0.paneTarget, $0.windowID) }) { first, _ in first }
    let holding = rows.filter { holders[$0.windowTarget] == $0.paneID }
    windows = AddressWants.distinct(
      holding.map {
        Want(base: $0.windowBase(host), target: $0.windowTarget, pane: $0, isPlace: false)
      })
    names = AddressWants.distinct(
      rows.compactMap { row in
        row.namedBase(host).map {
          Want(base: $0, target: row.paneTarget, pane: row, isPlace: false)
        }
      })
    places = AddressWants.distinct(
      rows.map {
        Want(
          base: "\($0.windowBase(host))-\($0.paneIndex)", target: $0.paneTarget, pane: $0,
          isPlace: true)
      })
  }

  func window(ofPane pane: AddressTarget) -> String? { windowOfPane[pane] }

  /// The target if it is alive. If a window is gone, the pane that held it, if
  /// that pane lives elsewhere.
  func alive(_ target: AddressTarget, pane: String) -> AddressTarget? {
    if liveWindows.contains(target) || windowOfPane[target] != nil { return target }
    let holder = AddressTarget(kind: .pane, server: target.server, id: pane)
    return windowOfPane[holder] == nil ? nil : holder
  }

  /// For each window the pane that held it, if it is still in the window; otherwise the pane with
  /// the lowest index.
  private static func holders(
    _ rows: [LivePane], _ previous: AddressState
  ) -> [AddressTarget: String] {
    var before: [AddressTarget: (address: Address, pane: String)] = [:]
    for (address, held) in previous.held where held.target.kind == .window {
      if let other = before[held.target], other.address < address { continue }
      before[held.target] = (address, held.pane)
    }
    return Dictionary(grouping: rows, by: \.windowTarget).mapValues { panes in
      let lowest = panes.min { ($0.paneIndex, $0.paneID) < ($1.paneIndex, $1.paneID) }
      let held = panes.first.flatMap { before[$0.windowTarget] }
      return panes.first { $0.paneID == held?.pane }?.paneID ?? lowest?.paneID ?? ""
    }
  }

  private static func distinct(_ wants: [Want]) -> [Want] {
    struct Key: Hashable {
      let base: String
      let target: AddressTarget
    }
    var seen: Set<Key> = []
    return wants.filter { seen.insert(Key(base: $0.base, target: $0.target)).inserted }
  }
}
