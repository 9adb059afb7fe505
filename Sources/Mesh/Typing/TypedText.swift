/// What identifies a typed text on a screen.
package struct TypedText: Sendable, Equatable {
  /// The first 8 characters of the id, which the tag contains.
  let mark: String
  /// All letters, and the last of them; also the last ASCII letters, where others are among them.
  let letters: [Character]
  let tail: [Character]
  let plainTail: [Character]
  let echoes: Bool
  /// Too long for the screen beside everything else: once taken, none of it may be visible.
  let isLong: Bool

  /// - Parameters:
  ///   - id: the message's id.
  ///   - end: the text as it was typed, or its last part.
  ///   - echoes: whether the program shows typed text.
  ///   - isLong: whether the text may scroll away as soon as it is taken.
  package init(id: String, end: String, echoes: Bool = true, isLong: Bool = false) {
    self.isLong = isLong
    mark = String(id.prefix(8))
    letters = Letters.of(end)
    tail = letters.suffix(24)
    plainTail = tail.allSatisfy(\.isASCII) ? [] : letters.filter(\.isASCII).suffix(24)
    self.echoes = echoes
  }
}

/// Where a typed text is on a screen: in the composer, alone or not, in the transcript, or nowhere.
struct TypedOnScreen {
  /// How a composer contains the text.
  enum Hold: Sendable, Equatable {
    /// Not at all.
    case none
    /// Only the text; the cursor is right after its end.
    case alone
    /// The text, followed by line ends from an Enter that came too early.
    case newline
    /// The text, and other text that we did not type.
    case mixed
    /// Part of the text; perhaps the program is still drawing it.
    case partly
  }

  private let look: Look
  private let typed: TypedText
  /// The composer held a draft before, and the text was typed after it with `force`.
  private let behindDraft: Bool
  private let composer: ComposerPlace?
  private let cursor: (row: Int, column: Int)
  private(set) var hold = Hold.none

  init(_ look: Look, _ typed: TypedText, behindDraft: Bool = false) {
    (self.look, self.typed, self.behindDraft) = (look, typed, behindDraft)
    let facts = look.facts.bounded
    cursor = (facts.cursorY, facts.cursorX)
    composer = look.reading.composer.flatMap { $0.row <= facts.cursorY ? $0 : nil }
    hold = found
  }

  var isHeld: Bool { hold != .none }

  /// The text's tag is visible anywhere on the screen.
  var isVisible: Bool { markRow != nil }

  /// For text printed on a terminal: its tag or its end is visible.
  var isShown: Bool { isVisible || endIsVisible }

  /// The end of the text is visible, over any number of rows.
  var endIsVisible: Bool {
    guard typed.tail.count >= 8 else { return false }
    return Letters(look.screen, from: (0, 0), to: (look.screen.height - 1, Int.max))
      .end(of: typed.tail) != nil
  }

  private var markRow: Int? {
    Squeezed(look.screen, rows: look.screen.rows.indices).lastRow(of: typed.mark)
  }

  /// The text follows the sign that the program puts before accepted messages. If that sign is also the prompt,
  /// this could be the composer: then it counts only if the composer is seen elsewhere, or the program prompts
  /// again below each message.
  var isInTranscript: Bool {
    guard let profile = look.reading.profile, let row = markRow, row != look.reading.composer?.row
    else { return false }
    let clear = look.reading.composer != nil || profile.composer.repeatsPrompt
    let marks = profile.signs.sent.filter { clear || !profile.composer.prompts.contains($0) }
    return (max(0, row - 2)...row).contains { index in
      let text = look.screen.row(index)
      return marks.contains { mark in
        guard let column = text.columns(of: mark) else { return false }
        return text.text(from: column).hasPrefix("[from")
      }
    }
  }

  /// Between the end of the text and the cursor there is nothing that a program draws under an accepted message. So
  /// the text may still be in a multi-row composer that we do not know, whatever the cursor's row begins with.
  var isRightAbove: Bool {
    let all = Letters(look.screen, from: (0, 0), to: cursor)
    guard let end = all.end(of: typed.tail) else { return false }
    let row = all.places[end - 1].row
    guard row < cursor.row, all.characters.count - end <= 2 else { return false }
    // A composer that repeats its sign has it on every row: a sign after a blank row begins another composer.
    if row + 1 < cursor.row, composer?.row == cursor.row { return false }
    return (row + 1..<cursor.row).allSatisfy { look.screen.row($0).isBlank }
      && all.places[end...].allSatisfy { $0.row == cursor.row }
  }
}

/// How a composer contains the text.
extension TypedOnScreen {
  private var found: Hold {
    let start = composer.map { ($0.row, $0.column) } ?? (max(0, cursor.row - 40), 0)
    // tmux versions differ in the width of joined emoji: there the cursor's column is unreliable.
    let isJoined = look.screen.row(cursor.row).text().unicodeScalars
      .contains { $0 == "\u{200D}" || $0 == "\u{FE0F}" }
    let letters = Letters(
      look.screen, from: start, to: (cursor.row, isJoined ? Int.max : cursor.column))
    if let hold = atTail(letters, typed.tail) ?? atPlainTail(letters) { return hold }
    guard composer != nil else { return .none }
    if isFolded(letters) { return .alone }
    if holdsFold(letters) { return .mixed }
    return letters.end(of: Array(typed.mark)) == nil ? .none : .partly
  }

  private func atPlainTail(_ letters: Letters) -> Hold? {
    typed.plainTail.count < 8 ? nil : atTail(letters.ascii, typed.plainTail)
  }

  private func atTail(_ letters: Letters, _ tail: [Character]) -> Hold? {
    guard let end = letters.end(of: tail) else { return nil }
    let row = letters.places[end - 1].row
    let behind = (end..<letters.characters.count).filter { !letters.dim[$0] }
    guard behind.isEmpty else {
      if composer == nil, row != cursor.row { return Hold.none }
      return isUnfinished(letters) ? .partly : .mixed
    }
    guard row == cursor.row || isWrapped(letters.places[end - 1]) else { return below(row) }
    return isCleanBefore(letters, end) && isCleanBehindCursor ? .alone : .mixed
  }

  /// The cursor is on a later row than the text. After a line that the kernel has taken this is always so.
  private func below(_ row: Int) -> Hold {
    if composer != nil { return .newline }
    let isEditing = look.facts.terminal?.canonical == false && look.facts.cursorShown
    guard isEditing, cursor.column > 0, look.screen.row(cursor.row).isBlank,
      (row + 1..<cursor.row).allSatisfy({ look.screen.row($0).isBlank })
    else { return .none }
    return .newline
  }

  /// The space after the text, or only the cursor, wrapped to the next row.
  private func isWrapped(_ last: (row: Int, column: Int)) -> Bool {
    cursor.row == last.row + 1 && last.column + 6 >= look.screen.width
  }

  /// The program has drawn only the beginning of the text so far.
  private func isUnfinished(_ letters: Letters) -> Bool {
    typed.letters.count > letters.characters.count
      && typed.letters.starts(with: letters.characters)
  }

  /// Nothing precedes the tag in the composer.
  private func isCleanBefore(_ letters: Letters, _ end: Int) -> Bool {
    guard composer != nil, !behindDraft,
      let mark = letters.end(of: Array("[verified" + typed.mark)), mark <= end
    else { return true }
    return letters.characters.starts(with: Array("[from")) || holdsFold(letters)
  }

  /// Dim text after the cursor is a hint.
  private var isCleanBehindCursor: Bool {
    let rest = Letters(look.screen, from: cursor, to: (cursor.row, Int.max))
    let kept = rest.characters.indices.filter { !rest.dim[$0] }
    // The right side of a box, if the program draws it with a letter.
    return composer == nil || kept.isEmpty || kept.count == 1 && rest.characters[kept[0]] == "|"
  }

  // MARK: - Folds

  private var folds: [Glob] { look.reading.profile?.signs.folds ?? [] }

  private func holdsFold(_ letters: Letters) -> Bool {
    let text = String(letters.characters)
    return folds.contains { Glob("*\(squeezed($0))*").matches(text) }
  }

  /// One or more folds, with only ends of our text around them.
  private func isFolded(_ letters: Letters) -> Bool {
    let text = String(letters.characters)
    let endsInFold = folds.contains { Glob("*\(squeezed($0))").matches(text) }
    let begins =
      behindDraft || text.hasPrefix("[from")
      || folds.contains { Glob("\(squeezed($0))*").matches(text) }
    return endsInFold && begins
  }

  private func squeezed(_ fold: Glob) -> String { fold.pattern.filter { $0 != " " } }
}
