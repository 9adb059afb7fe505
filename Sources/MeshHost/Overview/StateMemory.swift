internal import Mesh

/// Since when each pane has been in its state, as far as observed: `~/.agents/state/seen-states`, one line per
/// pane, `<server>-<pane> <state> <milliseconds>`. If the file is lost, only these times are lost.
struct StateMemory {
  private static let name = "seen-states"
  private static let limit = 1 << 20

  private struct Seen: Equatable {
    var state: PaneState
    var since: Int64
  }

  private let home: AgentsHome
  private let before: [String: Seen]
  private var now: [String: Seen] = [:]

  init(_ home: AgentsHome) {
    self.home = home
    var bytes: [UInt8] = []
    if let state = try? home.directory("state") {
      bytes = (try? state.read(StateMemory.name, limit: StateMemory.limit)) ?? []
    }
    var seen: [String: Seen] = [:]
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
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
    guard now != before, let state = try? home.directory("state") else { return }
    let text = now.sorted { $0.key < $1.key }
      .map { "\($0.key) \($0.value.state.rawValue) \($0.value.since)\n" }.joined()
    try? state.writeAtomically(StateMemory.name, Array(text.utf8), sync: false)
  }
}
