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
      else {
        continue
      }
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
