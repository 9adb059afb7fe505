/// Signs of a question that a key would answer. Upper and lower case (ASCII),
/// blanks and frames are ignored. A terminal that reads a password, and tmux's copy mode, need no
/// sign on the screen: `ScreenReader` knows them first.
enum DialogSigns {
  /// These count wherever there is or should be a composer.
  static let strong = SignSet(strongest)
  /// These also count where no composer was found, and for unknown programs.
  static let all = SignSet(strongest + weaker)

  /// Signs that only a question has. Not "do you want to": agents end their answers with it.
  static let certain = SignSet(plain)

  private static let plain = [
    "(y/n)", "[y/n]", "(y/n/", "[y/n/", "(yes/no", "[yes/no", "(y)es", "[y]es", "esc to cancel",
    "escape to cancel", "enter to confirm", "enter to select",
  ]
  private static let strongest =
    plain + [
      "y/n?", "yes/no?", "do you want to", "would you like to", "do you trust",
      "enter to continue", "press any key",
    ]
  private static let weaker = [
    "are you sure", "allow once", "always allow", "allow this", "press enter", "hit enter",
    "enter select", "esc close", "esc to close", "esc to go back", "esc back", "esc to exit",
    "esc to dismiss", "to navigate", "continue?", "proceed?", "overwrite?", "password:",
    "passphrase", "select an option", "choose an option",
    "esc dismiss", "enter submit", "enter confirm",
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
      return "a row names keys that answer"
    }
    let text = Squeezed(screen, rows: rows)
    if let sign = signs.lazy.compactMap({ text.first(of: $0) }).first { return sign }
    let isAnswered = rows.last.map { Choice.endsWithAnswer(screen.row($0)) } ?? false
    return isAnswered ? nil : text.first(of: DialogSigns.certain)
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

/// One of several answers: `❯ 1. Yes`, `  2. No`, `❯ Allow`, `○ 3) Later`, in a box or not.
struct Choice {
  let column: Int
  let mark: String?
  let number: Int?
  /// The first word, in lower case.
  let word: String

  var isNumbered: Bool { number != nil }
  /// A numbered point that does not begin as an answer does.
  let isPoint: Bool

  /// Without `*`, which conversations use for lists. They use `●` too, so `●` only counts together
  /// with an empty circle.
  private static let marks: Set<String> = [
    "❯", "›", ">", "»", "▸", "▶", "►", "→", "➜", "⏵", "◉", "◆", "●",
  ]
  private static let open: Set<String> = ["○", "◯", "◇", "◌"]
  private static let answers: Set<String> = [
    "yes", "no", "allow", "deny", "accept", "reject", "approve", "decline", "cancel", "confirm",
    "skip",
    "don't", "never", "always", "continue", "abort", "quit", "retry", "keep", "discard", "trust",
  ]

  init?(_ row: Row) {
    var at = row.cells.firstIndex { !$0.isBlank && !$0.isFrame } ?? row.cells.count
    guard at < row.cells.count else { return nil }
    let first = row.cells[at].text
    mark = Self.marks.contains(first) || Self.open.contains(first) ? first : nil
    if mark != nil {
      at = row.cells[(at + 1)...].firstIndex { !$0.isBlank } ?? row.cells.count
      guard at < row.cells.count else { return nil }
    }
    column = at
    let text = row.text(from: at)
    let digits = text.prefix(3).prefix { "0123456789".contains($0) }
    let next = text.dropFirst(digits.count).first
    number = (1...2).contains(digits.count) && (next == "." || next == ")") ? Int(digits) : nil
    word = Self.firstWord(text[...])
    let point = text.dropFirst(digits.count + 1).drop(while: \.isWhitespace)
    isPoint = number != nil && !Self.answers.contains(Self.firstWord(point))
  }

  private static func firstWord(_ text: Substring) -> String {
    text.prefix(16).prefix { $0.isLetter || $0 == "'" }.lowercased()
  }

  /// Whether this answer, which is not chosen, belongs to the same menu as a chosen one.
  private func isBeside(_ chosen: Choice) -> Bool {
    guard column == chosen.column else { return false }
    let isCircle = chosen.mark == "●" || chosen.mark == "◉" || chosen.mark == "◆"
    if chosen.mark == "●", mark == nil { return false }
    guard mark == nil || isCircle && Self.open.contains(mark ?? "") else { return false }
    if let one = chosen.number, let other = number { return abs(one - other) == 1 }
    return Self.answers.contains(word) && Self.answers.contains(chosen.word)
  }

  /// A chosen answer with another one within four rows.
  /// - Parameter listsAreProse: numbered points are no answers.
  static func menu(
    _ rows: some Sequence<Int>, in screen: Screen, without ours: Set<Int>,
    listsAreProse: Bool = false
  ) -> String? {
    for index in rows where !ours.contains(index) {
      guard let chosen = Choice(screen.row(index)), let mark = chosen.mark, !open.contains(mark)
      else { continue }
      for other in index - 4...index + 4 where other != index && !ours.contains(other) {
        if let choice = Choice(screen.row(other)), choice.isBeside(chosen),
          !(listsAreProse && chosen.isPoint && choice.isPoint)
        {
          return "an answer is chosen among several"
        }
      }
    }
    return nil
  }

  /// `1: Bad    2: Fine   3: Good   0: Dismiss`: a row of keys, each of which answers.
  static func isKeyed(_ row: Row) -> Bool {
    let text = row.text()
    let pieces = text.split(separator: " ", omittingEmptySubsequences: true)
    let keys = pieces.enumerated().filter { position, piece in
      let bare = piece.drop { $0 == "[" || $0 == "(" }
      let isKey = bare.first.map { $0.isNumber && $0.isASCII } ?? false
      let rest = bare.dropFirst()
      let closes =
        rest == ":" || (bare.count < piece.count && (rest == "]" || rest == ")" || rest == "]:"))
      return isKey && closes && position + 1 < pieces.count
        && (pieces[position + 1].first?.isLetter ?? false)
    }
    return keys.count >= 2 && text.contains("  ")
  }

  /// `… (y/n) y`: a question that was answered in its own row.
  static func endsWithAnswer(_ row: Row) -> Bool {
    let words = row.text().lowercased().split { $0 == " " || $0 == "\u{A0}" || $0 == "│" }
    guard words.count > 1, let last = words.last, ["y", "n", "yes", "no"].contains(last) else {
      return false
    }
    let before = words[words.count - 2]
    return before.contains("y/n") || before.contains("yes/no") || before.hasSuffix(":")
      || before.hasSuffix("?")
  }
}
