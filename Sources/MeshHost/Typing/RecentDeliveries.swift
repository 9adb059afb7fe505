internal import Mesh

/// The last messages that were typed into a pane, `<milliseconds> <id> <letters> <digest>` a line:
/// `~/.agents/state/recent/<server>-<pane>`. The next one waits until their recipient is steady again, and does not take
/// their text for a dialog. Rewritten in place: a new file for every message is what costs a file system most.
struct RecentDeliveries: Sendable {
  private static let most = 16
  /// How long after a message its recipient may still be in motion, in milliseconds.
  private static let freshness: Int64 = 3000

  let home: AgentsHome
  private let pane: PaneKey
  private var all: [(at: Int64, text: DeliveredText)] = []

  init(_ home: AgentsHome, _ pane: PaneKey) {
    (self.home, self.pane) = (home, pane)
    guard let directory = try? home.directory("state", "recent"),
      let bytes = try? directory.read(pane.fileName, limit: 4096)
    else { return }
    all = String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { line in
      let parts = line.split(separator: " ")
      guard (2...4).contains(parts.count), let at = Int64(parts[0]), parts[1].utf8.count >= 8 else {
        return nil
      }
      // Earlier versions kept the id alone.
      let length = parts.count == 4 ? Int(parts[2]) ?? 0 : 0
      return (
        at, DeliveredText(mark: parts[1], length: length, digest: parts.count == 4 ? parts[3] : "")
      )
    }
  }

  var texts: [DeliveredText] { all.map(\.text) }

  /// Whether one came a moment ago.
  func hasFresh(at now: Timestamp) -> Bool {
    all.contains { (0...Self.freshness).contains(now.milliseconds - $0.at) }
  }

  func add(_ text: DeliveredText, at now: Timestamp) {
    let lines = (all + [(now.milliseconds, text)]).suffix(Self.most)
      .map { "\($0.at) \($0.text.mark) \($0.text.length) \($0.text.digest)\n" }.joined()
    guard let directory = try? home.directory("state", "recent"),
      let record = try? RecordFile.openLocked(in: directory, pane.fileName, until: .now)
    else { return }
    try? record.replace(Array(lines.utf8))
  }
}
