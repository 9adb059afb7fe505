internal import Mesh

/// What a pane was given.
struct Typed: Sendable {
  let text: DeliveredText
  /// A line-based reader received it, not an agent.
  var toReader = false
  /// It said how to answer.
  var hint = false
}

/// The last messages typed into a pane, one per line, `<milliseconds> <mark> <letters> <digest> <taken>
/// <reader> <tail> <program> <from> <hint>`: `~/.agents/state/recent/<server>-<start>-<pane>`. The next delivery does not take
/// their text for a dialog, waits until the recipient is steady if they were not seen taken, learns from them
/// that an agent was in this pane, and whether it was told how to answer. Rewritten in place: a new file per
/// message would cost the file system most.
struct RecentDeliveries: Sendable {
  private static let most = 16
  /// Milliseconds after a message during which its recipient may still be drawing.
  private static let freshness: Int64 = 3000

  private struct Line: Sendable {
    let at: Int64
    let typed: Typed
    let wasTaken: Bool
    /// `-`: not known.
    let program: String
    let from: String

    init(at: Int64, _ typed: Typed, wasTaken: Bool, program: String?, from: Address) {
      (self.at, self.typed, self.wasTaken) = (at, typed, wasTaken)
      (self.program, self.from) = (program ?? "-", from.text)
    }

    init?(_ line: Substring) {
      var parts = line.split(separator: " ")
      guard parts.count >= 2, let at = Int64(parts[0]), parts[1].utf8.count >= 8 else { return nil }
      // Earlier versions stored less.
      while parts.count < 10 { parts.append("-") }
      let text = DeliveredText(
        mark: parts[1], length: Int(parts[2]) ?? 0, digest: parts[3], tail: String(parts[6]))
      typed = Typed(text: text, toReader: parts[5] == "reader", hint: parts[9] == "hint")
      (self.at, wasTaken) = (at, parts[4] == "taken")
      (program, from) = (String(parts[7]), String(parts[8]))
    }

    var written: String {
      let text = typed.text
      let words = [
        "\(at)", text.mark, "\(text.length)", text.digest, wasTaken ? "taken" : "-",
        typed.toReader ? "reader" : "-", text.tail, program, from, typed.hint ? "hint" : "-",
      ]
      return words.map { $0.isEmpty ? "-" : $0 }.joined(separator: " ") + "\n"
    }
  }

  private let home: AgentsHome
  private let pane: PaneKey
  private let program: String?
  private var all: [Line] = []

  /// - Parameter program: what reads the pane's terminal now.
  init(_ home: AgentsHome, _ pane: PaneKey, program: ProcessFacts? = nil) {
    (self.home, self.pane) = (home, pane)
    self.program = program.map { "\($0.pid).\($0.startTime)" }
    guard let directory = try? home.directory("state", "recent"),
      let bytes = try? directory.read(pane.fileName, limit: 16_384)
    else { return }
    all = String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap(Line.init)
  }

  var texts: [DeliveredText] { all.map(\.typed.text) }

  /// The pane has had a recipient other than a line-based reader.
  var knowsAgent: Bool { all.contains { !$0.typed.toReader } }

  /// Whether a message from an address should say how to answer: it is the first one that this program gets
  /// from there, as far as they are kept, and the message before said nothing of it.
  func wantsHint(_ from: Address) -> Bool {
    guard let program else { return false }
    let here = all.filter { $0.program == program }
    return here.last?.typed.hint != true && !here.contains { $0.from == from.text }
  }

  /// The last message was seen leaving the composer.
  var lastWasTaken: Bool { all.last?.wasTaken == true }

  /// Whether a message was typed a moment ago.
  func hasFresh(at now: Timestamp) -> Bool {
    all.contains { (0...Self.freshness).contains(now.milliseconds - $0.at) }
  }

  func add(_ typed: Typed, from: Address, at now: Timestamp, wasTaken: Bool) {
    let line = Line(
      at: now.milliseconds, typed, wasTaken: wasTaken, program: program, from: from)
    let lines = all + [line]
    guard let directory = try? home.directory("state", "recent"),
      let record = try? RecordFile.openLocked(in: directory, pane.fileName, until: .now)
    else { return }
    try? record.replace(Array(lines.suffix(Self.most).map(\.written).joined().utf8))
  }
}
