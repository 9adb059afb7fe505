/// Where on a screen a typed text stands: in the composer, in the transcript, or nowhere.
struct TypedOnScreen {
  let look: Look
  let typed: TypedText
  private let cursor: (x: Int, y: Int)

  init(_ look: Look, _ typed: TypedText) {
    self.look = look
    self.typed = typed
    let facts = look.facts.bounded
    cursor = (facts.cursorX, facts.cursorY)
  }

  /// What of a text stays the same when a program wraps, indents and boxes it and a terminal takes emoji and marks apart:
  /// letters, numbers and signs that are one scalar each. Letters with marks compare equal composed or not.
  static func squeezed(_ text: String) -> String {
    text.filter { character in
      guard let scalar = character.unicodeScalars.first else { return false }
      if scalar.isASCII { return scalar.value > 0x20 && scalar.value < 0x7F }
      return CellRole(scalar) == .text && (character.isLetter || character.isNumber)
    }
  }

  /// The composer holds it: the cursor stands right behind its end, or the composer's rows hold its tag or a fold.
  var isHeld: Bool { endsAtCursor || isInComposer }

  private var endsAtCursor: Bool {
    guard !typed.tail.isEmpty else { return false }
    let screen = look.screen
    let row = screen.row(cursor.y)
    // Versions of tmux differ in the columns of joined emoji: there the cursor's column says little.
    let isJoined = row.text().unicodeScalars.contains { $0 == "\u{200D}" || $0 == "\u{FE0F}" }
    let last = isJoined ? row.text() : row.text(to: cursor.x)
    let wrapped = cursor.x == 0 && screen.row(cursor.y - 1).end >= screen.width
    guard !Self.squeezed(last).isEmpty || wrapped else { return false }
    let above = (max(0, cursor.y - 40)..<max(0, cursor.y)).map { screen.row($0).text() }.joined()
    return Self.squeezed(above + last).hasSuffix(String(typed.tail))
  }

  private var isInComposer: Bool {
    guard let place = look.reading.composer, place.row <= cursor.y else { return false }
    let text = (place.row...cursor.y).map { look.screen.row($0).text() }.joined()
    let folds = look.reading.profile?.signs.folds ?? []
    let shown = text.split(separator: " ").joined(separator: " ")
    if folds.contains(where: { Glob("*\($0.pattern)*").matches(shown) }) { return true }
    return Self.squeezed(text).contains(typed.mark)
  }

  /// Its tag stands on the screen, wherever.
  var isVisible: Bool { markRow != nil }

  /// The end of the text stands on the screen, over however many rows.
  var endIsVisible: Bool {
    guard typed.tail.count >= 8 else { return false }
    let all = look.screen.rows.map { $0.text() }.joined()
    return Self.squeezed(all).contains(String(typed.tail))
  }

  private var markRow: Int? {
    Squeezed(look.screen, rows: look.screen.rows.indices).lastRow(of: typed.mark)
  }

  /// It stands behind what the program puts before messages that it took. Where that is also the prompt, it could be the
  /// composer: then only if the composer is seen elsewhere, or the program prompts anew below each message.
  var isInTranscript: Bool {
    guard let profile = look.reading.profile, let row = markRow, row != look.reading.composer?.row
    else { return false }
    let clear =
      look.reading.beneathHuman != .dialog
      && (look.reading.composer != nil || profile.composer.repeatsPrompt)
    let marks = profile.signs.sent.filter { clear || !profile.composer.prompts.contains($0) }
    return (max(0, row - 2)...row).contains { index in
      let text = look.screen.row(index)
      return marks.contains { mark in
        guard let column = text.columns(of: mark) else { return false }
        return text.text(from: column).hasPrefix("[from")
      }
    }
  }
}
