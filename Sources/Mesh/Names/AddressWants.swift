/// What the live panes want to be called, and who of those that held something still lives.
struct AddressWants {
  struct Want {
    /// The address before collisions are resolved.
    let base: String
    let target: AddressTarget
    /// The pane that answers.
    let pane: LivePane
    /// A pane's place in its window; otherwise a window, or a pane with a name of its own.
    let isPlace: Bool
  }

  /// Each list without repetition, the oldest first.
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

  /// The target if it lives; for a window that is gone the pane that held it, if that lives elsewhere.
  func alive(_ target: AddressTarget, pane: String) -> AddressTarget? {
    if liveWindows.contains(target) || windowOfPane[target] != nil { return target }
    let holder = AddressTarget(kind: .pane, server: target.server, id: pane)
    return windowOfPane[holder] == nil ? nil : holder
  }

  /// For each window the pane that held it, while it is in the window; else the lowest index.
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
