/// Finds the place on an unknown program's screen where a message could go.
struct GenericComposer {
  struct Spot {
    let place: ComposerPlace
    /// Why the text there seems half-typed.
    var draft: String?
    let evidence: String
    /// In a box without a prompt.
    var isBox = false
  }

  private let facts: PaneFacts
  private let screen: Screen

  init(_ facts: PaneFacts, _ screen: Screen) { (self.facts, self.screen) = (facts, screen) }

  func find() -> Spot? { atGlyph ?? withoutCursor ?? betweenRules ?? behindBar ?? inBox }

  /// Glyphs that composers begin with. Not `$`, `#`, `%`: those are shell prompts.
  private static let glyphs: Set<String> = [
    "❯", "›", ">", "»", "▸", "▶", "❭", "⟩", "➜", "→", "➤", "≫", "⮞", "▷", "▹", "⏵", "❱", "⟫",
  ]
  private static let people: Set<String> = [
    "you", "user", "me", "human", "ask", "chat", "message", "prompt",
  ]

  /// `you>`: agents prompt with it, interpreters do not.
  static func isPersonsTurn(_ prompt: String) -> Bool {
    prompt.hasSuffix(">") && people.contains(prompt.dropLast().lowercased())
  }

  /// The column of the glyph that a row begins with, after at most two blanks or parts of a frame,
  /// or after one word.
  private func glyphColumn(_ row: Row) -> Int? {
    guard let first = row.cells.firstIndex(where: { !$0.isBlank && !$0.isFrame }), first <= 4 else {
      return nil
    }
    if Self.glyphs.contains(row.cell(first).text) {
      return row.cell(first + 1).isBlank ? first : nil
    }
    if let scalar = row.cell(first).text.unicodeScalars.first,
      scalar.properties.isEmojiPresentation,
      !"❓❔🔑🔒🔐".unicodeScalars.contains(scalar), row.cell(first + 2).isBlank
    {
      return first + 1
    }
    let text = row.text(from: first)
    let word = text.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" }
    guard (1...20).contains(word.count), first == 0, word.first?.isLetter == true else {
      return nil
    }
    let rest = text.dropFirst(word.count)
    let glyph = rest.first == " " ? rest.dropFirst().first : rest.first
    let isTurn = glyph == ":" && ["you", "me", "human"].contains(word.lowercased())
    guard let glyph, Self.glyphs.contains(String(glyph)) || isTurn else { return nil }
    // Interpreters prompt with `mysql> `, agents with `you> `.
    guard glyph != ">" || Self.people.contains(word.lowercased()) else { return nil }
    let column = first + word.count + (rest.first == " " ? 1 : 0)
    return row.cell(column + 1).isBlank ? column : nil
  }

  private var atGlyph: Spot? {
    let row = screen.row(facts.cursorY)
    guard let column = glyphColumn(row), facts.cursorX > column else { return nil }
    let place = ComposerPlace(row: facts.cursorY, column: column + 2)
    var spot = Spot(place: place, evidence: "the cursor is after a prompt, on an empty row")
    if !row.isHint(from: place.column, to: inner(row), cursor: place.column) {
      spot.draft = "there is text after the prompt"
    } else if facts.cursorX != place.column {
      spot.draft = "the cursor is not right after the prompt"
    } else if !facts.cursorShown, !row.cell(place.column).style.contains(.reversed) {
      return nil
    }
    return spot
  }

  /// The column after the row's own text, before the right side of its box.
  private func inner(_ row: Row) -> Int {
    row.end > 0 && row.cell(row.end - 1).isFrame ? row.end - 1 : row.end
  }

  /// The terminal's cursor is hidden and elsewhere. Then the place is the lowest
  /// row with a prompt and a reversed cell as the program's own cursor, or with a
  /// prompt between two lines and a hint or the hidden cursor right behind it.
  private var withoutCursor: Spot? {
    guard !facts.cursorShown else { return nil }
    for index in lowestRows(13) {
      let row = screen.row(index)
      guard let column = glyphColumn(row) else { continue }
      let place = ComposerPlace(row: index, column: column + 2)
      let stop = inner(row)
      let own = (place.column..<max(place.column, stop)).first {
        row.cell($0).style.contains(.reversed)
      }
      let isRuled = screen.isRule(index - 1) && screen.isRule(index + 1)
      guard own != nil || (isRuled && place.column < stop) || isParked(place) else { continue }
      let isHint = row.isHint(from: place.column, to: stop, cursor: place.column)
      let isEmpty = isHint && (own == nil || own == place.column)
      return Spot(
        place: place, draft: isEmpty ? nil : "there is text after the prompt",
        evidence: "there is a prompt with nothing after it, and the cursor is hidden")
    }
    return nil
  }

  /// The last written row, and those above it.
  private func lowestRows(_ count: Int) -> ReversedCollection<Range<Int>> {
    let end = (screen.rows.lastIndex { !$0.isBlank } ?? 0) + 1
    return (max(0, end - count)..<end).reversed()
  }

  /// The hidden cursor is right after the prompt, with a line above it and a line below blank rows.
  private func isParked(_ place: ComposerPlace) -> Bool {
    let below = (place.row + 1...place.row + 4).first { !screen.row($0).isBlank }
    return facts.cursorY == place.row && facts.cursorX == place.column
      && screen.isRule(place.row - 1) && below.map(screen.isRule) == true
  }

  /// A row behind a bar at the left, with the bar above and below it, and the cursor at its start.
  private var behindBar: Spot? {
    let (index, start) = (facts.cursorY, facts.cursorX)
    guard facts.cursorShown, let bar = bareBar(index), (bar + 2...bar + 4).contains(start),
      bareBar(index - 1) == bar, bareBar(index + 1) == bar
    else { return nil }
    return Spot(
      place: ComposerPlace(row: index, column: start),
      evidence: "the cursor is after a bar, on an empty row", isBox: true)
  }

  /// The column of the bar that a row begins with, if there are only hints behind it.
  private func bareBar(_ index: Int) -> Int? {
    let row = screen.row(index)
    guard let bar = row.cells.firstIndex(where: { !$0.isBlank }), bar <= 4,
      row.cell(bar).role == .frame,
      row.end == bar + 1
        || row.isMuted(from: bar + 1) && !row.cells[(bar + 1)...].contains(where: \.isFrame)
    else { return nil }
    return bar
  }

  /// A blank row between two lines, with a cursor at its start.
  private var betweenRules: Spot? {
    for index in lowestRows(9) {
      let row = screen.row(index)
      guard screen.isRule(index - 1), screen.isRule(index + 1), !row.isFrameOnly || row.isBlank,
        let start = (0...2).first(where: { isCursor(index, $0) })
      else { continue }
      if row.cells.contains(where: \.isFrame) { continue }
      let rest = (start..<max(start, row.end)).filter { !row.cell($0).isBlank }
      let isEmpty =
        rest.allSatisfy { row.cell($0).isMuted } && (0..<start).allSatisfy { row.cell($0).isBlank }
      return Spot(
        place: ComposerPlace(row: index, column: start),
        draft: isEmpty ? nil : "there is text between the lines",
        evidence: "a cursor is between two lines, on an empty row", isBox: true)
    }
    return nil
  }

  /// A box without a prompt: the lowest one, nearly as wide as the screen, and empty except for a
  /// hint and the program's own cursor.
  private var inBox: Spot? {
    for index in lowestRows(9) {
      guard let box = box(at: index) else { continue }
      let place = ComposerPlace(row: index, column: box.cursor)
      return Spot(
        place: place, draft: box.isEmpty ? nil : "there is text in the box",
        evidence: "there is an empty box at the bottom", isBox: true)
    }
    return nil
  }

  /// A row between the sides of a box that contains a cursor: the terminal's or a reversed cell.
  private func box(at index: Int) -> (cursor: Int, isEmpty: Bool)? {
    let row = screen.row(index)
    guard let left = row.cells.firstIndex(where: { !$0.isBlank }), row.cell(left).isFrame,
      left <= 4, row.end - left >= screen.width * 3 / 5, row.cell(row.end - 1).isFrame,
      !row.isFrameOnly || isCursor(index)
    else { return nil }
    guard screen.row(index - 1).isFrameOnly, !screen.row(index - 1).isBlank else { return nil }
    var start = left + 1
    while start < left + 4, row.cell(start).isFrame || row.cell(start).isBlank,
      !isCursor(index, start)
    { start += 1 }
    guard isCursor(index, start) else { return nil }
    let stop = row.end - 1
    let rest = (start + 1..<max(start + 1, stop)).filter { !row.cell($0).isBlank }
    let isHint = rest.allSatisfy { row.cell($0).isMuted || row.cell($0).text.isEmpty }
    let first = row.cell(start)
    let isEmpty =
      isHint
      && (first.isBlank || first.isMuted || (first.style.contains(.reversed) && !rest.isEmpty))
    return (start, isEmpty && isClosed(below: index))
  }

  private func isCursor(_ index: Int) -> Bool { facts.cursorShown && facts.cursorY == index }

  private func isCursor(_ index: Int, _ column: Int) -> Bool {
    if facts.cursorShown { return facts.cursorY == index && facts.cursorX == column }
    return screen.row(index).cell(column).style.contains(.reversed)
  }

  /// Whether there are only the box's sides down to its lower edge.
  private func isClosed(below index: Int) -> Bool {
    for next in index + 1..<min(screen.height, index + 8) {
      guard screen.row(next).isFrameOnly, !screen.row(next).isBlank else { return false }
      if screen.isRule(next) { return true }
    }
    return false
  }
}
