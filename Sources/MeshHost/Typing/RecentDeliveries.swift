internal import Mesh

/// The last messages that were typed into a pane, `<milliseconds> <id>` a line: `~/.agents/state/recent/<server>-<pane>`.
/// The next one waits until their recipient is steady again, and does not take their text for a dialog.
/// Rewritten in place: a new file for every message is what costs a file system most.
struct RecentDeliveries: Sendable {
  private static let most = 16
  /// How long after a message its recipient may still be in motion, in milliseconds.
  private static let freshness: Int64 = 3000

  let home: AgentsHome
  private let pane: PaneKey
  private(set) var all: [(at: Int64, id: String)] = []

  init(_ home: AgentsHome, _ pane: PaneKey) {
    (self.home, self.pane) = (home, pane)
    guard let directory = try? home.directory("state", "recent"),
      let bytes = try? directory.read(pane.fileName, limit: 4096)
    else { return }
    all = String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { line in
      let parts = line.split(separator: " ")
      guard parts.count == 2, let at = Int64(parts[0]),
        let id = try? MessageID(validating: parts[1])
      else { return nil }
      return (at, id.text)
    }
  }

  var ids: [String] { all.map(\.id) }

  /// Whether one came a moment ago.
  func hasFresh(at now: Timestamp) -> Bool {
    all.contains { (0...Self.freshness).contains(now.milliseconds - $0.at) }
  }

  func add(_ id: MessageID, at now: Timestamp) {
    let lines = (all + [(now.milliseconds, id.text)]).suffix(Self.most)
      .map { "\($0.at) \($0.id)\n" }.joined()
    guard let directory = try? home.directory("state", "recent"),
      let record = try? RecordFile.openLocked(in: directory, pane.fileName, until: .now)
    else { return }
    try? record.replace(Array(lines.utf8))
  }
}
