/// Signs of a question that a key would answer. ASCII case, blanks and frames do not count.
enum DialogSigns {
  /// These count wherever a composer is or should be.
  static let strong = SignSet(strongest)
  /// These too, where no composer was found, and on the screens of unknown programs.
  static let all = SignSet(strongest + weaker)

  private static let strongest = [
    "(y/n)", "[y/n]", "(y/n/", "[y/n/", "(yes/no", "[yes/no", "(y)es", "[y]es", "y/n?", "yes/no?",
    "do you want to", "would you like to", "do you trust", "esc to cancel", "escape to cancel",
    "enter to confirm", "enter to select", "enter to continue", "press any key",
  ]
  private static let weaker = [
    "are you sure", "allow once", "always allow", "allow this", "press enter", "hit enter",
    "enter select", "esc close", "esc to close", "esc to go back", "esc back", "esc to exit",
    "esc to dismiss", "to navigate", "continue?", "proceed?", "overwrite?", "password:",
    "passphrase", "select an option", "choose an option",
  ]

  /// The glyphs that mark the chosen one of several answers.
  private static let markers: Set<String> = [
    "❯", "›", ">", "»", "▸", "▶", "►", "→", "➜", "●", "◉", "◆", "⏵", "*",
  ]

  /// The first sign in the rows, as it may be shown to people; nil when there is none.
  /// - Parameter without: rows that do not count.
  static func find(
    _ signs: [SignSet], in screen: Screen, rows: ClosedRange<Int>, without: Set<Int> = []
  ) -> String? {
    guard let range = screen.clamped(rows) else { return nil }
    let kept = range.filter { !without.contains($0) }
    let text = Squeezed(screen, rows: kept)
    if let sign = signs.lazy.compactMap({ text.first(of: $0) }).first { return sign }
    return kept.contains { isChosenAnswer(screen.row($0)) }
      ? "a numbered answer under a marker" : nil
  }

  /// `❯ 1. Yes`, in a box or not.
  static func isChosenAnswer(_ row: Row) -> Bool {
    let cells = row.cells.drop { $0.isBlank || $0.isFrame }
    guard let marker = cells.first, markers.contains(marker.text) else { return false }
    let rest = cells.dropFirst().drop(while: \.isBlank).prefix(3).map(\.text)
    let digits = rest.prefix { $0.count == 1 && ("0"..."9").contains($0) }
    guard (1...2).contains(digits.count), rest.count > digits.count else { return false }
    return rest[digits.count] == "." || rest[digits.count] == ")"
  }
}

/// A question under which the composer stays drawn: some programs leave it there, and Enter would answer the question.
enum QuestionAbove {
  /// Rows above the composer that are looked at: a question with its answers and hints fits.
  private static let reach = 14
  /// Hints that only a question has. Not "do you want to": agents end their answers so.
  private static let hints = SignSet([
    "(y/n)", "[y/n]", "(y/n/", "[y/n/", "(yes/no", "[yes/no", "(y)es", "[y]es", "esc to cancel",
    "escape to cancel", "enter to confirm", "enter to select",
  ])

  /// - Parameter row: the composer's.
  /// - Parameter ours: rows that hold our own messages.
  static func find(above row: Int, in screen: Screen, without ours: Set<Int>) -> String? {
    let runs = runs(above: row, screen)
    let kept = runs.joined().filter { !ours.contains($0) }
    if kept.contains(where: { DialogSigns.isChosenAnswer(screen.row($0)) }) {
      return "a numbered answer under a marker, above the composer"
    }
    let last = (runs.first ?? []).filter { !ours.contains($0) }
    return Squeezed(screen, rows: last).first(of: hints).map { "\($0), above the composer" }
  }

  /// The two runs of written rows that are nearest; frames and blank rows lie between.
  private static func runs(above row: Int, _ screen: Screen) -> [[Int]] {
    var runs: [[Int]] = [[]]
    for index in stride(from: row - 1, through: max(0, row - reach), by: -1) {
      let isText = screen.row(index).cells.contains { !$0.isBlank && !$0.isFrame }
      if isText {
        runs[runs.count - 1].append(index)
      } else if runs.last?.isEmpty == false {
        if runs.count == 2 { break }
        runs.append([])
      }
    }
    return runs.map { $0.reversed() }
  }
}

/// Rows of a screen as one run of text without blanks and frames, so that wrapping, indenting and boxes do not matter.
/// UTF-8, ASCII letters lower case.
struct Squeezed {
  private let bytes: [UInt8]
  /// The row of each byte.
  private let rows: [Int]

  init(_ screen: Screen, rows indices: some Sequence<Int>) {
    var bytes: [UInt8] = []
    var rows: [Int] = []
    for index in indices {
      for cell in screen.row(index).cells where !cell.isBlank && !cell.isFrame {
        for byte in cell.text.utf8 {
          bytes.append(Self.lower(byte))
          rows.append(index)
        }
      }
    }
    self.bytes = bytes
    self.rows = rows
  }

  /// The first of the signs that stands in the rows.
  func first(of signs: SignSet) -> String? {
    for start in bytes.indices {
      for entry in signs.starting(with: bytes[start]) where has(entry.bytes, at: start) {
        return entry.shown
      }
    }
    return nil
  }

  /// The row in which a literal begins, from the bottom up; nil when it is not there.
  func lastRow(of literal: String) -> Int? {
    let wanted = SignSet.squeezed(literal)
    guard !wanted.isEmpty else { return nil }
    return bytes.indices.reversed().first { has(wanted, at: $0) }.map { rows[$0] }
  }

  private func has(_ wanted: [UInt8], at start: Int) -> Bool {
    guard bytes.count - start >= wanted.count else { return false }
    for offset in wanted.indices where bytes[start + offset] != wanted[offset] { return false }
    return true
  }

  static func lower(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte + 32 : byte
  }
}

/// Literals to look for in squeezed text.
struct SignSet: Sendable {
  struct Entry: Sendable {
    /// As it is shown to people.
    let shown: String
    let bytes: [UInt8]
  }

  private let byFirst: [UInt8: [Entry]]

  init(_ signs: [String]) {
    let entries = signs.map { Entry(shown: $0, bytes: Self.squeezed($0)) }
    byFirst = Dictionary(grouping: entries.filter { !$0.bytes.isEmpty }) { $0.bytes[0] }
  }

  func starting(with byte: UInt8) -> [Entry] { byFirst[byte] ?? [] }

  /// A literal in the form of squeezed text.
  static func squeezed(_ text: String) -> [UInt8] {
    var out: [UInt8] = []
    for scalar in text.unicodeScalars {
      let role = CellRole(scalar)
      if role == .text { out += String(scalar).utf8.map(Squeezed.lower) }
    }
    return out
  }
}
