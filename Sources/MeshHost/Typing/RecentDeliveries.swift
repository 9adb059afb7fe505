internal import Mesh

/// The last messages typed into a pane, one per line, `<milliseconds> <mark> <letters> <digest> <taken>
/// <reader> <tail>`: `~/.agents/state/recent/<server>-<pane>`. The next delivery does not take their text for a
/// dialog, waits until the recipient is steady if they were not seen taken, and learns from them that an agent
/// was in this pane. Rewritten in place: a new file per message would cost the file system most.
struct RecentDeliveries: Sendable {
  private static let most = 16
  /// Milliseconds after a message during which its recipient may still be drawing.
  private static let freshness: Int64 = 3000

  private struct Line: Sendable {
    let at: Int64
    let text: DeliveredText
    let wasTaken: Bool
    /// A line-based reader received it, not an agent.
    let toReader: Bool

    init(at: Int64, _ text: DeliveredText, wasTaken: Bool, toReader: Bool) {
      (self.at, self.text) = (at, text)
      (self.wasTaken, self.toReader) = (wasTaken, toReader)
    }

    /// Earlier versions stored only time and id.
    init?(_ line: Substring) {
      let parts = line.split(separator: " ")
      guard parts.count >= 2, let at = Int64(parts[0]), parts[1].utf8.count >= 8 else { return nil }
      self.at = at
      text = DeliveredText(
        mark: parts[1], length: parts.count > 2 ? Int(parts[2]) ?? 0 : 0,
        digest: parts.count > 3 ? parts[3] : "", tail: parts.count > 6 ? String(parts[6]) : "")
      wasTaken = parts.count > 4 && parts[4] == "taken"
      toReader = parts.count > 5 && parts[5] == "reader"
    }

    var written: String {
      "\(at) \(text.mark) \(text.length) \(text.digest) \(wasTaken ? "taken" : "-")"
        + " \(toReader ? "reader" : "-") \(text.tail)\n"
    }
  }

  private let home: AgentsHome
  private let pane: PaneKey
  private var all: [Line] = []

  init(_ home: AgentsHome, _ pane: PaneKey) {
    (self.home, self.pane) = (home, pane)
    guard let directory = try? home.directory("state", "recent"),
      let bytes = try? directory.read(pane.fileName, limit: 4096)
    else { return }
    all = String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap(Line.init)
  }

  var texts: [DeliveredText] { all.map(\.text) }

  /// The pane has had a recipient other than a line-based reader.
  var knowsAgent: Bool { all.contains { !$0.toReader } }

  /// The last message was seen leaving the composer.
  var lastWasTaken: Bool { all.last?.wasTaken == true }

  /// Whether a message was typed a moment ago.
  func hasFresh(at now: Timestamp) -> Bool {
    all.contains { (0...Self.freshness).contains(now.milliseconds - $0.at) }
  }

  func add(_ text: DeliveredText, at now: Timestamp, wasTaken: Bool, toReader: Bool = false) {
    let lines =
      all + [Line(at: now.milliseconds, text, wasTaken: wasTaken, toReader: toReader)]
    guard let directory = try? home.directory("state", "recent"),
      let record = try? RecordFile.openLocked(in: directory, pane.fileName, until: .now)
    else { return }
    try? record.replace(Array(lines.suffix(Self.most).map(\.written).joined().utf8))
  }
}
