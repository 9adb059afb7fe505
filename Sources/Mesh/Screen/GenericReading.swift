/// Reads the screen of a program without a profile. It is `ready` only if the cursor is directly
/// after a prompt-like sign at the start of its row, or in an empty box at the bottom, and nothing
/// near it is a question, a list or a half-typed text.
struct GenericReading {
  let facts: PaneFacts
  let screen: Screen
  private let ours: Set<Int>

  init(_ facts: PaneFacts, _ screen: Screen, _ delivered: [DeliveredText]) {
    (self.facts, self.screen) = (facts, screen)
    ours = DeliveredRows(delivered, screen, facts).find(nil)
  }

  func read() -> Finding {
    guard let spot = GenericComposer(facts, screen).find() else { return withoutComposer() }
    var finding = reading(of: spot)
    finding.composer = spot.place
    return finding
  }

  private func withoutComposer() -> Finding {
    let all = 0...max(0, screen.height - 1)
    if let sign = DialogSigns.find([DialogSigns.all], in: screen, rows: all, without: ours) {
      return Finding(.dialog, "a question may be open: \(sign)")
    }
    return Finding(.unknown, "the cursor does not stand behind a prompt")
  }

  private func reading(of spot: GenericComposer.Spot) -> Finding {
    let row = spot.place.row
    if let working { return Finding(.busyRefusing, working) }
    if let sign = question(row) { return Finding(.dialog, "a question may be open: \(sign)") }
    if let draft = spot.draft { return Finding(.draft, draft) }
    let hint = screen.row(row).text(from: spot.place.column).drop { !$0.isLetter }.lowercased()
    if let field = Squeezed(screen, rows: row...row).first(of: Self.fields)
      ?? Self.filters.first(where: hint.hasPrefix)
    {
      return Finding(.unknown, "its hint asks for something certain: \(field)")
    }
    if let fault = neighbours(row, spot) { return Finding(.unknown, fault) }
    return Finding(.ready, spot.evidence)
  }

  // MARK: - Questions

  /// Below the composer any question counts; above it only the last thing said.
  private func question(_ row: Int) -> String? {
    if let below = screen.clamped((row + 1)...max(row + 1, screen.height - 1)),
      let sign = DialogSigns.find(
        [DialogSigns.all], in: screen, rows: below, without: ours.union(hintRows))
    {
      return sign
    }
    let above = QuestionAbove(screen: screen, ours: ours, signs: [DialogSigns.all])
    return above.find(above: row)
  }

  /// Rows below the composer that name its own keys, such as the one that cancels or sends.
  private var hintRows: Set<Int> {
    Set(
      screen.rows.indices.filter { index in
        let text = Squeezed(screen, rows: index...index)
        return text.first(of: Self.ownKeys) != nil && text.first(of: DialogSigns.strong) == nil
      })
  }

  private static let ownKeys = SignSet([
    "enter to send", "enter to submit", "enter send", "ctrl+", "ctrl-", "^c", "shift+",
    "for shortcuts", "for help",
    "for commands", "alt+",
  ])

  // MARK: - Work

  private var working: String? {
    let last = screen.height - 1
    guard let near = screen.clamped((facts.cursorY - 8)...max(facts.cursorY, last)) else {
      return nil
    }
    let text = Squeezed(screen, rows: near.filter { !ours.contains($0) })
    if let sign = text.first(of: Self.busy) { return "it works: \(sign)" }
    let spins = near.contains { !ours.contains($0) && isSpinner(screen.row($0)) }
    return spins ? "it works: something spins" : nil
  }

  private static let busy = SignSet([
    "esc to interrupt", "esc to stop", "esc to abort", "esc interrupt", "ctrl+c to stop",
    "ctrl+c to interrupt",
    "ctrl-c to stop", "ctrl-c to interrupt", "to interrupt)",
  ])

  /// `⠋ Thinking…`, `✻ Working (3s, esc to cancel)`
  private func isSpinner(_ row: Row) -> Bool {
    let text = row.text().drop { $0.isWhitespace || LineDrawing.isFrame($0) }
    guard let first = text.unicodeScalars.first else { return false }
    let turns =
      (0x2801...0x28FF).contains(first.value) || "◐◓◑◒✻✽✶✳✢⣾⣽".unicodeScalars.contains(first)
    return turns && text.dropFirst().first?.isWhitespace == true
      && (text.contains("…") || text.contains("..."))
  }

  // MARK: - Neighbours

  private func neighbours(_ row: Int, _ spot: GenericComposer.Spot) -> String? {
    let above = spot.isBox ? row - 2 : row - 1
    if !isFrame(above), let fault = asking(screen.row(above)) { return fault }
    if !isFrame(row + 1), !isHint(row + 1) { return "text stands right below the prompt" }
    let near = screen.clamped((row - 8)...(row + 8)) ?? 0...0
    let chosen = near.contains { index in
      let at = screen.row(index)
      let isBar = at.isBar(width: screen.width) || index == screen.height - 1
      return at.hasSelection && !ours.contains(index) && !isBar
    }
    return chosen || hasPaintedItem(above: row) ? "a chosen item stands near the prompt" : nil
  }

  /// Whether there is a list above the prompt with one highlighted row next to one that is not.
  private func hasPaintedItem(above row: Int) -> Bool {
    for index in max(1, row - 10)..<max(1, row) where !ours.contains(index) {
      let (one, other) = (screen.row(index - 1), screen.row(index))
      if one.isBlank || other.isBlank || one.isFrameOnly || other.isFrameOnly { continue }
      if one.isPainted != other.isPainted { return true }
    }
    return false
  }

  /// A row directly above the prompt that asks for something specific, not for a message.
  private func asking(_ row: Row) -> String? {
    let text = row.text().split(separator: " ").joined(separator: " ")
    guard let last = text.last else { return nil }
    // `12/340` above its prompt is how a filter shows its number of matches.
    let count = text.split(separator: " ")[0].split(separator: "/")
    if count.count == 2, count.allSatisfy({ Int($0) != nil }) { return "a list is being filtered" }
    if Choice(row)?.isNumbered == true { return "a list stands right above the prompt" }
    let first = text.drop { !$0.isLetter }.prefix { $0.isLetter }.lowercased()
    let asks = "?:？：".contains(last) || Self.wishes.contains(first)
    return asks ? "something is asked right above the prompt" : nil
  }

  /// Words in the hint of a field that is not a composer.
  private static let fields = SignSet([
    "password", "api key", "token", "email", "user name", "file name", "branch name",
    "commit message",
  ])
  private static let filters = ["search", "filter", "find", "rename"]

  private static let wishes: Set<String> = [
    "enter", "choose", "select", "pick", "provide", "specify", "which", "what", "name", "rename",
    "search", "filter",
    "find", "confirm", "rate", "input", "paste", "set", "new", "add", "insert", "your", "please",
    "write", "give",
    "token", "password", "passphrase", "key", "code", "login", "user", "username", "email", "path",
    "url",
  ]

  private func isFrame(_ index: Int) -> Bool {
    screen.row(index).isFrameOnly || screen.isRule(index)
  }

  /// A hint below the prompt: dim or grey, a status bar, or a row that names keys.
  private func isHint(_ index: Int) -> Bool {
    let row = screen.row(index)
    if row.isMuted() || row.isBar(width: screen.width) { return true }
    return Squeezed(screen, rows: index...index).first(of: Self.ownKeys) != nil
  }
}

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

  init(_ facts: PaneFacts, _ screen: Screen) {
    self.facts = facts
    self.screen = screen
  }

  func find() -> Spot? { atGlyph ?? withoutCursor ?? betweenRules ?? inBox }

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
    var spot = Spot(place: place, evidence: "the cursor stands behind a prompt, on an empty row")
    if !row.isHint(from: place.column, to: inner(row), cursor: place.column) {
      spot.draft = "text stands behind the prompt"
    } else if facts.cursorX != place.column {
      spot.draft = "the cursor does not stand right behind the prompt"
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
  /// prompt and a hint between two lines.
  private var withoutCursor: Spot? {
    guard !facts.cursorShown else { return nil }
    let last = screen.rows.lastIndex { !$0.isBlank } ?? 0
    for index in stride(from: last, through: max(0, last - 12), by: -1) {
      let row = screen.rows[index]
      guard let column = glyphColumn(row) else { continue }
      let place = ComposerPlace(row: index, column: column + 2)
      let stop = inner(row)
      let own = (place.column..<max(place.column, stop)).first {
        row.cell($0).style.contains(.reversed)
      }
      let isRuled = screen.isRule(index - 1) && screen.isRule(index + 1)
      guard own != nil || (isRuled && place.column < stop) else { continue }
      let isHint = row.isHint(from: place.column, to: stop, cursor: place.column)
      let isEmpty = isHint && (own == nil || own == place.column)
      return Spot(
        place: place, draft: isEmpty ? nil : "text stands behind the prompt",
        evidence: "a prompt stands there and nothing behind it, the cursor is hidden")
    }
    return nil
  }

  /// A blank row between two lines, with a cursor at its start.
  private var betweenRules: Spot? {
    let last = screen.rows.lastIndex { !$0.isBlank } ?? 0
    for index in stride(from: last, through: max(0, last - 8), by: -1) {
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
        draft: isEmpty ? nil : "text stands between the lines",
        evidence: "a cursor stands between two lines, on an empty row", isBox: true)
    }
    return nil
  }

  /// A box without a prompt: the lowest one, nearly as wide as the screen, and empty except for a
  /// hint and the program's own cursor.
  private var inBox: Spot? {
    let last = screen.rows.lastIndex { !$0.isBlank } ?? 0
    for index in stride(from: last, through: max(0, last - 8), by: -1) {
      guard let box = box(at: index) else { continue }
      let place = ComposerPlace(row: index, column: box.cursor)
      return Spot(
        place: place, draft: box.isEmpty ? nil : "text stands in the box",
        evidence: "an empty box stands at the bottom", isBox: true)
    }
    return nil
  }

  /// A row between the sides of a box that contains a cursor: the terminal's or a reversed cell.
  private func box(at index: Int) -> (cursor: Int, isEmpty: Bool)? {
    let row = screen.rows[index]
    guard let left = row.cells.firstIndex(where: { !$0.isBlank }), row.cell(left).isFrame,
      left <= 4,
      row.end - left >= screen.width * 3 / 5, row.cell(row.end - 1).isFrame,
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
