/// How a text is typed into one recipient: what is pasted, in which pieces, and when Enter follows.
package struct TypingPlan: Sendable, Equatable {
  /// `paste-buffer -p`: tmux adds brackets if the program asked for them. If false, tabs should be blanks.
  package var bracketed = false
  /// Keep newlines; otherwise they become `joint`.
  package var multiline = false
  /// The most UTF-16 units and newlines of one piece; each piece is its own paste. 0: no limit.
  package var pieceCharacters = 0
  package var pieceNewlines = 0
  /// Milliseconds between the last piece and Enter.
  package var enterDelay = 0
  /// Milliseconds after Enter when text that is still in the composer gets one more Enter.
  package var settle = 150
  /// Whether to add a space after the text.
  package var trailingSpace = false
  /// Whether the program shows typed text; if not, the best outcome is `typed`.
  package var echoes = true
  /// The most bytes of a line with its newline, where the terminal reads lines.
  package var lineLimit: Int?
  /// Keys would reach every synchronised pane, so Enter is `\r` pasted into this pane only.
  package var enterAsPaste = false
  /// tmux's own search for the id is not sufficient: take a look before Enter.
  package var needsOwnEyes = false

  /// What a newline becomes where only one line is typed.
  package static let joint = " ⏎ "

  package init() {}

  /// The text to paste, piece by piece.
  /// - Parameter text: safe text, its lines separated by LF.
  /// - Throws: `lineTooLong` when the terminal would cut the line.
  package func pieces(of text: String) throws(Refusal) -> [String] {
    var whole = multiline ? text : Self.oneLine(text)
    if trailingSpace, whole.last != " " { whole += " " }
    if let lineLimit, whole.utf8.count >= lineLimit { throw .lineTooLong }
    return cut(whole)
  }

  private static func oneLine(_ text: String) -> String {
    var body = text[...]
    while body.last == "\n" { body.removeLast() }
    return body.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: joint)
  }

  private func cut(_ text: String) -> [String] {
    guard pieceCharacters > 0 || pieceNewlines > 0 else { return [text] }
    let most = pieceCharacters > 0 ? pieceCharacters : Int.max
    let lines = pieceNewlines > 0 ? pieceNewlines : Int.max
    var pieces: [String] = []
    var piece = ""
    var (units, newlines) = (0, 0)
    for character in text {
      let size = character.utf16.count
      let breaks = character == "\n" ? 1 : 0
      if !piece.isEmpty, units + size > most || newlines + breaks > lines {
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
    let typing = profile.typing
    bracketed = typing.brackets
    multiline = typing.brackets && facts.bracketPaste != false
    pieceCharacters = typing.chunkCharacters
    pieceNewlines = typing.chunkNewlines
    enterDelay = typing.enterDelay
    settle = typing.settle
    trailingSpace = typing.trailingSpace
    echoes = typing.echoes
    needsOwnEyes = !typing.echoes || !profile.signs.folds.isEmpty
    limit(facts)
  }

  /// One line, for an unknown or a line-based program.
  static func line(_ facts: PaneFacts, raw: Bool) -> TypingPlan {
    var plan = TypingPlan()
    plan.bracketed = raw
    plan.enterDelay = raw ? 150 : 0
    plan.settle = raw ? 500 : 150
    plan.needsOwnEyes = raw
    plan.limit(facts)
    return plan
  }

  private mutating func limit(_ facts: PaneFacts) {
    enterAsPaste = facts.synchronized
    guard facts.terminal?.canonical == true else { return }
    lineLimit = facts.lineLimit
    multiline = false
  }
}
