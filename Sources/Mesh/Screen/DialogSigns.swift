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
