/// How a text is typed into one recipient: what is pasted, in which pieces, and when Enter follows.
package struct TypingPlan: Sendable, Equatable {
  /// As its profile says, or as suits a program without one.
  package var style = Profile.Typing()
  /// Keep newlines; otherwise they become `joint`.
  package var multiline = false
  /// The most bytes of a line with its newline, where the terminal reads lines.
  package var lineLimit: Int?

  /// What a newline becomes where only one line is typed.
  package static let joint = " ⏎ "

  package init() {}

  /// The text to paste, piece by piece.
  /// - Parameter text: safe text, its lines separated by LF.
  /// - Throws: `lineTooLong` when the terminal would cut the line.
  package func pieces(of text: String) throws(Refusal) -> [String] {
    var whole = multiline ? text : Self.oneLine(text)
    if style.trailingSpace, whole.last != " " { whole += " " }
    if let lineLimit, whole.utf8.count >= lineLimit { throw .lineTooLong }
    return cut(whole)
  }

  private static func oneLine(_ text: String) -> String {
    var body = text[...]
    while body.last == "\n" { body.removeLast() }
    return body.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: joint)
  }

  private func cut(_ text: String) -> [String] {
    let (most, lines) = (style.chunkCharacters, style.chunkNewlines)
    guard most > 0 || lines > 0 else { return [text] }
    var pieces: [String] = []
    var piece = ""
    var (units, newlines) = (0, 0)
    for character in text {
      let size = character.utf16.count
      let breaks = character == "\n" ? 1 : 0
      let isFull =
        most > 0 && units + size > most || lines > 0 && newlines + breaks > lines
      if !piece.isEmpty, isFull {
        pieces.append(piece)
        (piece, units, newlines) = ("", 0, 0)
      }
      piece.append(character)
      units += size
      newlines += breaks
    }
    return piece.isEmpty ? pieces : pieces + [piece]
  }
}

extension TypingPlan {
  /// For an agent whose screen and process agree.
  init(_ profile: Profile, _ facts: PaneFacts) {
    style = profile.typing
    multiline = style.brackets && facts.bracketPaste != false
    limit(facts)
  }

  /// One line, for an unknown or a line-based program.
  static func line(_ facts: PaneFacts, raw: Bool) -> TypingPlan {
    var plan = TypingPlan()
    plan.style.brackets = raw
    if raw { (plan.style.enterDelay, plan.style.settle) = (150, 500) }
    plan.limit(facts)
    return plan
  }

  private mutating func limit(_ facts: PaneFacts) {
    guard facts.terminal?.canonical == true else { return }
    lineLimit = facts.lineLimit
    multiline = false
  }
}
