/// Signs of a question that a key would answer. Upper and lower case (ASCII),
/// blanks and frames are ignored.
enum DialogSigns {
  /// These count wherever there is or should be a composer.
  static let strong = SignSet(strongest)
  /// These also count where no composer was found, and for unknown programs.
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
    "esc dismiss", "esc to go back", "enter submit", "enter confirm",
  ]

  /// The glyphs that mark the chosen answer.
  private static let markers: Set<String> = [
    "❯", "›", ">", "»", "▸", "▶", "►", "→", "➜", "●", "◉", "◆", "⏵", "*",
  ]

  /// The first sign in the rows, in a form to show to people; `nil` if there is none.
  /// - Parameters:
  ///   - without: rows to ignore.
  ///   - menus: a numbered answer with a marker only counts if another answer is next to it.
  static func find(
    _ signs: [SignSet], in screen: Screen, rows: ClosedRange<Int>, without: Set<Int> = [],
    menus: Bool = false
  ) -> String? {
    guard let range = screen.clamped(rows) else { return nil }
    let kept = range.filter { !without.contains($0) }
    let text = Squeezed(screen, rows: kept)
    if let sign = signs.lazy.compactMap({ text.first(of: $0) }).first { return sign }
    if let menu = Choice.menu(kept, in: screen, without: without) { return menu }
    return !menus && kept.contains { isChosenAnswer(screen.row($0)) }
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

/// A question above a composer. Some programs keep the composer drawn there, but
/// Enter would answer the question.
///
/// A conversation can also be above a live, empty composer, with numbered points and with
/// questions. Only the last thing said can be an open question; a menu has a chosen answer and
/// others next to it that are not chosen.
struct QuestionAbove {
  let screen: Screen
  /// Rows with messages that we delivered.
  let ours: Set<Int>
  /// Additional signs of a question in the last thing said.
  var signs: [SignSet] = []
  /// The program reports that no question is open: numbered points are prose, unless they are
  /// answers, or words about keys follow.
  var listsAreProse = false

  /// How many rows above the composer are searched; enough for a question with answers and hints.
  private static let reach = 14
  /// Signs that only a question has. Not "do you want to": agents end their answers with it.
  private static let hints = SignSet([
    "(y/n)", "[y/n]", "(y/n/", "[y/n/", "(yes/no", "[yes/no", "(y)es", "[y]es", "esc to cancel",
    "escape to cancel", "enter to confirm", "enter to select",
  ])
  /// Words that name the keys for the question above them.
  private static let keys = SignSet([
    "enter", "esc ", "escape", "press", "tab to", "↑", "↓", "space to", "ctrl+", "ctrl-",
  ])

  /// - Parameter row: the composer's row.
  func find(above row: Int) -> String? {
    let runs = runs(above: row)
    guard let last = runs.first else { return nil }
    if let sign = sign(in: last) { return "\(sign), above the composer" }
    let tellsKeys = Squeezed(screen, rows: last).first(of: Self.keys) != nil
    let goesOn = tellsKeys || last.contains { Choice(screen.row($0))?.isNumbered == true }
    let near = goesOn ? runs.prefix(2).flatMap(\.self) : last
    let isProse = listsAreProse && !tellsKeys
    if let menu = Choice.menu(near, in: screen, without: ours, listsAreProse: isProse) {
      return "\(menu), above the composer"
    }
    guard tellsKeys, runs.count > 1 else { return nil }
    return sign(in: runs[1]).map { "\($0), above the composer" }
  }

  private func sign(in rows: [Int]) -> String? {
    if rows.contains(where: { Choice.isKeyed(screen.row($0)) }) {
      return "keys that answer stand in a row"
    }
    let text = Squeezed(screen, rows: rows)
    if let sign = signs.lazy.compactMap({ text.first(of: $0) }).first { return sign }
    let isAnswered = rows.last.map { Choice.endsWithAnswer(screen.row($0)) } ?? false
    return isAnswered ? nil : text.first(of: Self.hints)
  }

  /// The two nearest runs of written rows. Frames, blank rows and our own messages separate runs.
  private func runs(above row: Int) -> [[Int]] {
    var runs: [[Int]] = [[]]
    for index in stride(from: row - 1, through: max(0, row - Self.reach), by: -1) {
      let isText =
        !ours.contains(index) && screen.row(index).cells.contains { !$0.isBlank && !$0.isFrame }
      if isText {
        runs[runs.count - 1].append(index)
      } else if runs.last?.isEmpty == false {
        if runs.count == 2 { break }
        runs.append([])
      }
    }
    return runs.filter { !$0.isEmpty }.map { $0.reversed() }
  }
}
