/// Where a program takes text.
package struct ComposerPlace: Sendable, Equatable {
  /// The prompt's row, and the column after the prompt, from 0.
  package let row: Int
  package let column: Int
}

/// What was found where the profile expects the composer.
struct ComposerFinding: Equatable {
  enum Content: Equatable {
    /// Prompt, cursor, row and neighbouring rows are those of an empty composer.
    case empty
    case draft
    /// A draft or a mode in which text would be a command.
    case command
    /// There is no composer.
    case none
  }

  let content: Content
  let place: ComposerPlace?
  let evidence: String
}

/// Searches for the composer around the cursor. It relies on what the profile says about prompt,
/// frame and cursor.
struct ComposerSearch {
  let screen: Screen
  let look: Profile.ComposerLook
  let cursorShown: Bool
  let cursor: (x: Int, y: Int)

  /// How many rows a draft is followed upwards at most.
  static let draftRows = 200

  init(_ facts: PaneFacts, _ screen: Screen, _ look: Profile.ComposerLook) {
    self.screen = screen
    self.look = look
    cursorShown = facts.cursorShown
    cursor =
      look.cursor == .drawn
      ? Self.drawnCursor(screen, look) ?? (-1, -1) : (facts.cursorX, facts.cursorY)
  }

  /// The reversed cell in the lowest row that begins with the prompt.
  private static func drawnCursor(_ screen: Screen, _ look: Profile.ComposerLook) -> (Int, Int)? {
    for index in screen.rows.indices.reversed() {
      let row = screen.rows[index]
      guard let column = look.prompts.lazy.compactMap({ row.columns(of: $0) }).first else {
        continue
      }
      let drawn = row.cells.indices.first {
        $0 >= column && row.cells[$0].style.contains(.reversed)
      }
      return drawn.map { ($0, index) }
    }
    return nil
  }

  func find() -> ComposerFinding {
    if let fault = cursorFault { return none(fault) }
    let row = screen.row(cursor.y)
    if let column = promptColumns(cursor.y), isBelow(look.above, cursor.y) {
      let place = ComposerPlace(row: cursor.y, column: column)
      guard isEmpty(row, from: column) else {
        return draft(place, "there is text after the prompt")
      }
      guard cursor.x == column else {
        return draft(place, "the cursor is not right after the prompt")
      }
      return atEmptyRow(place)
    }
    if let place = promptAbove {
      return draft(place, "the cursor is on a later row of a draft")
    }
    if let column = otherGlyph { return command(column) }
    return none("the cursor is not in its composer")
  }

  private var cursorFault: String? {
    guard screen.has(cursor.y), cursor.x >= 0 else { return "the cursor cannot be seen" }
    switch look.cursor {
    case .shown: return cursorShown ? nil : "the cursor is hidden, as in its menus and dialogs"
    case .hidden: return cursorShown ? "the cursor is shown, which its composer does not do" : nil
    case .any, .drawn: return nil
    }
  }

  private func atEmptyRow(_ place: ComposerPlace) -> ComposerFinding {
    if (place.row...lastRow(ofHintAt: place)).contains(where: { isAbove(look.below, $0) }) {
      return ComposerFinding(
        content: .empty, place: place,
        evidence: "the cursor is after the prompt, on an empty row")
    }
    let next = screen.row(place.row + 1)
    let isText = !next.isBlank && !next.isFrameOnly && !next.isRule(width: screen.width)
    return isText && isContinuation(place.row + 1, place.column)
      ? draft(place, "there is text below the cursor")
      : none("the rows below the prompt are not those of an empty composer")
  }

  /// A hint that is longer than the row continues below, in the same dim style.
  private func lastRow(ofHintAt place: ComposerPlace) -> Int {
    let row = screen.row(place.row)
    let isCursor = row.cell(place.column).style.contains(.reversed)
    guard row.isMuted(from: place.column + (isCursor ? 1 : 0)) else { return place.row }
    var last = place.row
    while last < place.row + 8, screen.row(last + 1).isMuted(), !screen.isRule(last + 1) {
      last += 1
    }
    return last
  }

  private func draft(_ place: ComposerPlace, _ evidence: String) -> ComposerFinding {
    let text = screen.row(place.row).text(from: place.column).drop(while: \.isWhitespace)
    let starts = look.commandStarts.contains { text.hasPrefix($0) }
    return ComposerFinding(
      content: starts ? .command : .draft, place: place,
      evidence: starts ? "the composer holds the beginning of a command" : evidence)
  }

  private func command(_ column: Int) -> ComposerFinding {
    ComposerFinding(
      content: .command, place: ComposerPlace(row: cursor.y, column: column),
      evidence: "there is another sign in place of the prompt: text would be a command")
  }

  private func none(_ evidence: String) -> ComposerFinding {
    ComposerFinding(content: .none, place: nil, evidence: evidence)
  }
}

/// The rows of a composer: prompt, draft, frame.
extension ComposerSearch {
  func promptColumns(_ index: Int) -> Int? {
    guard screen.has(index) else { return nil }
    return look.prompts.lazy.compactMap { screen.rows[index].columns(of: $0, loose: true) }.first
  }

  /// Whether everything after the prompt is blank, dim, a known hint, or the program's own cursor
  /// before a hint.
  func isEmpty(_ row: Row, from column: Int) -> Bool {
    let end = withoutRight(row)
    guard column < end else { return true }
    let text = row.text(from: column, to: end).split(separator: " ").joined(separator: " ")
    // A draft may begin with the same words as the hint, but not in the hint's colour.
    let start = row.cell(column).style.contains(.reversed) ? column + 1 : column
    if row.isMuted(from: start, to: end), look.placeholders.contains(where: { $0.matches(text) }) {
      return true
    }
    return row.isHint(from: column, to: end, cursor: column)
  }

  /// The column where the row's own text ends, before the right side of the box.
  func withoutRight(_ row: Row) -> Int {
    guard let right = look.right, let last = right.last(where: { !$0.isWhitespace }),
      row.end > 0, row.cell(row.end - 1).text == String(last)
    else { return row.end }
    return row.end - 1
  }

  /// The prompt's row, when the cursor is in a later row of the draft.
  var promptAbove: ComposerPlace? {
    let first = max(0, cursor.y - Self.draftRows)
    guard first < cursor.y else { return nil }
    for index in (first..<cursor.y).reversed() {
      if let column = promptColumns(index), isBelow(look.above, index) {
        let between = (index + 1)...cursor.y
        guard between.allSatisfy({ isContinuation($0, column) }) else { return nil }
        return ComposerPlace(row: index, column: column)
      }
      if screen.isRule(index) { return scrolledDraft(below: index) }
    }
    return nil
  }

  /// A long draft has scrolled its prompt out of sight, and the rule above says so: `── ↑ 186 more
  /// ──`.
  private func scrolledDraft(below rule: Int) -> ComposerPlace? {
    guard look.above == [.rule], let width = look.prompts.map(\.count).min(),
      screen.row(rule).cells.contains(where: { $0.text == "↑" }),
      (rule + 1...cursor.y).allSatisfy({ isContinuation($0, width) })
    else { return nil }
    return ComposerPlace(row: rule + 1, column: width)
  }

  func isContinuation(_ index: Int, _ column: Int) -> Bool {
    if look.repeatsPrompt { return promptColumns(index) != nil }
    if screen.isRule(index) { return false }
    return (0..<column).allSatisfy { position in
      let cell = screen.row(index).cell(position)
      return cell.isBlank || cell.isFrame
    }
  }

  /// The columns of the prompt when another character replaces its glyph and the frame is intact.
  var otherGlyph: Int? {
    guard isBelow(look.above, cursor.y), isAbove(look.below, cursor.y) else { return nil }
    let row = screen.row(cursor.y)
    for prompt in look.prompts where cursor.x >= prompt.count {
      let pairs = prompt.enumerated().filter { position, character in
        let cell = row.cell(position)
        return cell.text != String(character) && !(cell.isBlank && character.isWhitespace)
      }
      if pairs.count == 1, let (position, character) = pairs.first, !character.isWhitespace,
        !row.cell(position).isBlank, !row.cell(position).isFrame
      {
        return prompt.count
      }
    }
    return nil
  }
}

extension Row {
  /// Whether the columns contain only blanks and dim text. The cursor's letter may be reversed if
  /// dim text follows.
  func isHint(from start: Int, to stop: Int, cursor: Int) -> Bool {
    guard start < stop else { return true }
    let dim = (start..<stop).filter { !cell($0).isBlank && cell($0).style.contains(.dim) }
    return (start..<stop).allSatisfy { column in
      let here = cell(column)
      if here.isBlank || here.style.contains(.dim) { return true }
      if here.text.isEmpty { return dim.contains(column - 1) }
      return column == cursor && here.style.contains(.reversed) && dim.contains { $0 > column }
    }
  }
}

/// The rows around a composer.
extension ComposerSearch {
  /// Whether the rows above an index match the frame, outwards.
  func isBelow(_ frame: [Profile.FrameRow], _ index: Int) -> Bool { fits(frame, index, -1) }
  /// Whether the rows below an index match the frame, outwards.
  func isAbove(_ frame: [Profile.FrameRow], _ index: Int) -> Bool { fits(frame, index, 1) }

  private func fits(_ frame: [Profile.FrameRow], _ index: Int, _ step: Int) -> Bool {
    var at = index + step
    for kind in frame {
      let row = screen.row(at)
      let fits: Bool
      switch kind {
      case .rule: fits = screen.isRule(at)
      case .blank: fits = row.isBlank
      case .bars: fits = screen.has(at) && row.isFrameOnly && !row.isBlank
      case .words: fits = screen.has(at) && !row.isBlank && !screen.isRule(at)
      case .quiet: fits = isQuiet(at)
      case .hints: fits = !screen.isRule(at) && (!row.isBlank || isBlank(from: at, step))
      case .blanks:
        while screen.has(at), screen.row(at).isBlank { at += step }
        continue
      case .text:
        let limit = at + 8 * step
        while at != limit, isPlainText(at) { at += step }
        continue
      }
      guard fits else { return false }
      at += step
    }
    return true
  }

  /// Blank, or words that are not part of a question.
  private func isQuiet(_ index: Int) -> Bool {
    if screen.row(index).isBlank { return true }
    return screen.has(index) && !screen.isRule(index)
      && !DialogSigns.isChosenAnswer(screen.row(index))
      && DialogSigns.find([DialogSigns.all], in: screen, rows: index...index) == nil
  }

  /// Whether everything in this direction is blank.
  private func isBlank(from index: Int, _ step: Int) -> Bool {
    let rest =
      step > 0 ? screen.rows.dropFirst(max(0, index)) : screen.rows.prefix(max(0, index + 1))
    return rest.allSatisfy(\.isBlank)
  }

  private func isPlainText(_ index: Int) -> Bool {
    screen.has(index) && !screen.row(index).isBlank && !screen.isRule(index)
      && promptColumns(index) == nil
  }
}
