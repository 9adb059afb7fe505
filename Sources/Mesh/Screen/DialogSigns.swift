/// Signs of a question that a key would answer.
enum DialogSigns {
  /// These count wherever a composer is or should be.
  static let strong = [
    "(y/n)", "[y/n]", "(y/n/", "[y/n/", "(yes/no", "[yes/no", "(y)es", "[y]es", "y/n?", "yes/no?",
    "do you want to", "would you like to", "do you trust", "esc to cancel", "escape to cancel",
    "enter to confirm", "enter to select", "enter to continue", "press any key",
  ]
  /// These count where no composer was found, and on the screens of unknown programs.
  static let weak = [
    "are you sure", "allow once", "always allow", "allow this", "approve", "press enter",
    "hit enter",
    "enter select", "esc close", "esc to close", "esc to go back", "esc back", "esc to exit",
    "esc to dismiss", "to navigate", "jk navigate", "continue?", "proceed?", "overwrite?",
    "password:",
    "passphrase", "(q to quit)", "select an option", "choose an option",
  ]

  /// The glyphs that mark the chosen one of several answers.
  private static let markers: Set<String> = [
    "❯", "›", ">", "»", "▸", "▶", "►", "→", "➜", "●", "◉", "◆", "⏵", "*",
  ]

  /// The first sign in the rows, as it may be shown to people; nil when there is none.
  static func find(_ signs: [String], in screen: Screen, rows: ClosedRange<Int>, without: Set<Int>)
    -> String?
  {
    guard let range = screen.clamped(rows) else { return nil }
    let kept = range.filter { !without.contains($0) }
    let text = Squeezed(screen, rows: kept).lowercased
    if let sign = signs.first(where: { text.contains(Squeezed.literal($0)) }) { return sign }
    return kept.contains { isChosenAnswer(screen.row($0)) }
      ? "a numbered answer under a marker" : nil
  }

  /// `❯ 1. Yes`, in a box or not.
  static func isChosenAnswer(_ row: Row) -> Bool {
    let cells = row.cells.drop { $0.isBlank || LineDrawing.isFrame($0.text) }
    guard let marker = cells.first, markers.contains(marker.text) else { return false }
    let rest = cells.dropFirst().drop(while: \.isBlank).map(\.text)
    let digits = rest.prefix { $0.count == 1 && ("0"..."9").contains($0) }
    guard (1...2).contains(digits.count), rest.count > digits.count else { return false }
    return rest[digits.count] == "." || rest[digits.count] == ")"
  }
}

/// Rows of a screen as one run of text without blanks and frames, so that wrapping and indenting do not matter.
struct Squeezed {
  /// What stands in the rows.
  let characters: [Character]
  /// The row of each character.
  let rows: [Int]

  init(_ screen: Screen, rows indices: some Sequence<Int>) {
    var characters: [Character] = []
    var rows: [Int] = []
    for index in indices {
      for cell in screen.row(index).cells where !cell.isBlank && !LineDrawing.isFrame(cell.text) {
        guard let character = cell.text.first else { continue }
        characters.append(character)
        rows.append(index)
      }
    }
    self.characters = characters
    self.rows = rows
  }

  var text: String { String(characters) }
  var lowercased: String { text.lowercased() }

  /// A sign in the same form.
  static func literal(_ text: String) -> String {
    String(text.filter { !$0.isWhitespace && !LineDrawing.isFrame(String($0)) }).lowercased()
  }

  /// The row in which an ASCII literal begins, from the bottom up; nil when it is not there.
  func lastRow(of literal: String) -> Int? {
    let wanted = Array(literal)
    guard !wanted.isEmpty, characters.count >= wanted.count else { return nil }
    let starts = stride(from: characters.count - wanted.count, through: 0, by: -1)
    return starts.first { characters[$0..<($0 + wanted.count)].elementsEqual(wanted) }.map {
      rows[$0]
    }
  }
}
