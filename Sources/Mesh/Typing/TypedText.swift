/// One look at a pane, read.
package struct Look: Sendable, Equatable {
  package let facts: PaneFacts
  package let screen: Screen
  package let reading: Reading

  package init(_ facts: PaneFacts, _ screen: Screen, _ reading: Reading) {
    self.facts = facts
    self.screen = screen
    self.reading = reading
  }

  /// Reads facts and screen.
  package init(
    _ facts: PaneFacts, _ screen: Screen, profiles: [Profile], delivered: [DeliveredText] = []
  ) {
    self.init(
      facts, screen, ScreenReader.read(facts, screen, profiles: profiles, delivered: delivered))
  }
}

/// What was typed, as far as it can be found again on a screen.
package struct TypedText: Sendable, Equatable {
  /// The first 8 characters of the id, which stand in the tag.
  let mark: String
  /// All letters, and the last of them; the last ASCII ones too, where others are among them.
  let letters: [Character]
  let tail: [Character]
  let plainTail: [Character]
  let echoes: Bool
  /// Longer than a screen shows beside everything else: after it was taken, none of it may be in sight.
  let isLong: Bool

  /// - Parameters:
  ///   - id: the message's.
  ///   - end: the text as it was typed, or its last part.
  ///   - echoes: whether the program shows what is typed.
  ///   - isLong: whether it may scroll away as soon as it is taken.
  package init(id: String, end: String, echoes: Bool = true, isLong: Bool = false) {
    self.isLong = isLong
    mark = String(id.prefix(8))
    letters = Letters.of(end)
    tail = letters.suffix(24)
    plainTail = tail.allSatisfy(\.isASCII) ? [] : letters.filter(\.isASCII).suffix(24)
    self.echoes = echoes
  }
}

/// Where on a screen a typed text stands: in the composer, alone there or not, in the transcript, or nowhere.
struct TypedOnScreen {
  /// How a composer holds it.
  enum Hold: Sendable, Equatable {
    /// Not at all.
    case none
    /// It, and nothing else: the cursor stands right behind its end.
    case alone
    /// It, and line ends behind it: an Enter that came too early.
    case newline
    /// It, and what we did not type.
    case mixed
    /// Some of it, perhaps not drawn to the end.
    case partly
  }

  let look: Look
  let typed: TypedText
  /// A draft stood in the composer before, and was typed behind with force.
  let behindDraft: Bool
  let hold: Hold

  init(_ look: Look, _ typed: TypedText, behindDraft: Bool = false) {
    self.look = look
    self.typed = typed
    self.behindDraft = behindDraft
    hold = Holding(look, typed, behindDraft).hold
  }

  var isHeld: Bool { hold != .none }

  /// Its tag stands on the screen, wherever.
  var isVisible: Bool { markRow != nil }

  /// Printed on a terminal: its tag or its end is to be seen.
  var isShown: Bool { isVisible || endIsVisible }

  /// The end of the text stands on the screen, over however many rows.
  var endIsVisible: Bool {
    guard typed.tail.count >= 8 else { return false }
    return Letters(look.screen, from: (0, 0), to: (look.screen.height - 1, Int.max))
      .end(of: typed.tail) != nil
  }

  private var markRow: Int? {
    Squeezed(look.screen, rows: look.screen.rows.indices).lastRow(of: typed.mark)
  }

  /// It stands behind what the program puts before messages that it took. Where that is also the prompt, it could be the
  /// composer: then only if the composer is seen elsewhere, or the program prompts anew below each message.
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

  /// Nothing that a program draws under a message it took stands between the end of the text and the cursor. So it may
  /// still be in a composer of rows that we do not know, whatever the cursor's own row begins with.
  var isRightAbove: Bool {
    let cursor = look.facts.bounded
    let all = Letters(look.screen, from: (0, 0), to: (cursor.cursorY, cursor.cursorX))
    guard let end = all.end(of: typed.tail) else { return false }
    let row = all.places[end - 1].row
    guard row < cursor.cursorY, all.characters.count - end <= 2 else { return false }
    // A composer that repeats its sign has it on every row: after a blank row, a sign begins another composer.
    if row + 1 < cursor.cursorY, look.reading.composer?.row == cursor.cursorY { return false }
    return (row + 1..<cursor.cursorY).allSatisfy { look.screen.row($0).isBlank }
      && all.places[end...].allSatisfy { $0.row == cursor.cursorY }
  }
}

/// Finds out how a composer holds a text.
private struct Holding {
  let look: Look
  let typed: TypedText
  let behindDraft: Bool
  let place: ComposerPlace?
  let cursor: (row: Int, column: Int)

  init(_ look: Look, _ typed: TypedText, _ behindDraft: Bool) {
    (self.look, self.typed, self.behindDraft) = (look, typed, behindDraft)
    let facts = look.facts.bounded
    cursor = (facts.cursorY, facts.cursorX)
    place = look.reading.composer.flatMap { $0.row <= facts.cursorY ? $0 : nil }
  }

  var hold: TypedOnScreen.Hold {
    let start = place.map { ($0.row, $0.column) } ?? (max(0, cursor.row - 40), 0)
    // Versions of tmux differ in the columns of joined emoji: there the cursor's column says little.
    let isJoined = look.screen.row(cursor.row).text().unicodeScalars
      .contains { $0 == "\u{200D}" || $0 == "\u{FE0F}" }
    let letters = Letters(
      look.screen, from: start, to: (cursor.row, isJoined ? Int.max : cursor.column))
    if let hold = atTail(letters, typed.tail) ?? atPlainTail(letters) { return hold }
    guard place != nil else { return .none }
    if isFolded(letters) { return .alone }
    if holdsFold(letters) { return .mixed }
    return letters.end(of: Array(typed.mark)) == nil ? .none : .partly
  }

  private func atPlainTail(_ letters: Letters) -> TypedOnScreen.Hold? {
    typed.plainTail.count < 8 ? nil : atTail(letters.ascii, typed.plainTail)
  }

  private func atTail(_ letters: Letters, _ tail: [Character]) -> TypedOnScreen.Hold? {
    guard let end = letters.end(of: tail) else { return nil }
    let row = letters.places[end - 1].row
    let behind = (end..<letters.characters.count).filter { !letters.dim[$0] }
    guard behind.isEmpty else {
      if place == nil, row != cursor.row { return TypedOnScreen.Hold.none }
      return isUnfinished(letters) ? .partly : .mixed
    }
    guard row == cursor.row || isWrapped(letters.places[end - 1]) else { return below(row) }
    return isCleanBefore(letters, end) && isCleanBehindCursor ? .alone : .mixed
  }

  /// The cursor stands on a later row than the text. Below a line that the kernel took it always does.
  private func below(_ row: Int) -> TypedOnScreen.Hold {
    if place != nil { return .newline }
    let isEditing = look.facts.terminal?.canonical == false && look.facts.cursorShown
    guard isEditing, cursor.column > 0, look.screen.row(cursor.row).isBlank,
      (row + 1..<cursor.row).allSatisfy({ look.screen.row($0).isBlank })
    else { return .none }
    return .newline
  }

  /// The space behind the text, or the cursor alone, went to the next row.
  private func isWrapped(_ last: (row: Int, column: Int)) -> Bool {
    cursor.row == last.row + 1 && last.column + 6 >= look.screen.width
  }

  /// The program has drawn the beginning of the text alone so far.
  private func isUnfinished(_ letters: Letters) -> Bool {
    typed.letters.count > letters.characters.count
      && typed.letters.starts(with: letters.characters)
  }

  /// Before the tag nothing stands in the composer.
  private func isCleanBefore(_ letters: Letters, _ end: Int) -> Bool {
    guard place != nil, !behindDraft,
      let mark = letters.end(of: Array("[verified" + typed.mark)), mark <= end
    else { return true }
    return letters.characters.starts(with: Array("[from")) || holdsFold(letters)
  }

  /// Dim text there is a hint.
  private var isCleanBehindCursor: Bool {
    let rest = Letters(look.screen, from: cursor, to: (cursor.row, Int.max))
    let kept = rest.characters.indices.filter { !rest.dim[$0] }
    // The other side of a box, where a program draws it with a letter.
    return place == nil || kept.isEmpty || kept.count == 1 && rest.characters[kept[0]] == "|"
  }

  // MARK: - Folds

  private var folds: [Glob] { look.reading.profile?.signs.folds ?? [] }

  private func holdsFold(_ letters: Letters) -> Bool {
    let text = String(letters.characters)
    return folds.contains { Glob("*\(squeezed($0))*").matches(text) }
  }

  /// One fold or several, with nothing but ends of our text around them.
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

extension Letters {
  /// Without what terminals draw differently.
  fileprivate var ascii: Letters {
    var copy = self
    copy.keepASCII()
    return copy
  }
}
