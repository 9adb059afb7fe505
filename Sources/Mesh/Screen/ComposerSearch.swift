/// Looks for the composer around the cursor.
struct ComposerSearch {
  let screen: Screen
  let look: Profile.ComposerLook
  let cursorShown: Bool
  let cursor: (x: Int, y: Int)

  /// The most rows a draft is followed upward.
  static let draftRows = 200

  init(_ facts: PaneFacts, _ screen: Screen, _ look: Profile.ComposerLook) {
    self.screen = screen
    self.look = look
    cursorShown = facts.cursorShown
    cursor =
      look.cursor == .drawn
      ? Self.drawnCursor(screen, look) ?? (-1, -1) : (facts.cursorX, facts.cursorY)
  }

  /// The reversed cell of the lowest row that begins with the prompt.
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
      guard isEmpty(row, from: column) else { return draft(place, "text stands behind the prompt") }
      guard cursor.x == column else {
        return draft(place, "the cursor does not stand right behind the prompt")
      }
      return atEmptyRow(place)
    }
    if let place = promptAbove {
      return draft(place, "the cursor stands on a later row of a draft")
    }
    if let column = otherGlyph { return command(column) }
    return none("the cursor does not stand in its composer")
  }

  private var cursorFault: String? {
    guard screen.has(cursor.y), cursor.x >= 0 else { return "no cursor is to be seen" }
    switch look.cursor {
    case .shown: return cursorShown ? nil : "the cursor is hidden, as in its menus and dialogs"
    case .hidden: return cursorShown ? "the cursor is shown, which its composer does not do" : nil
    case .any, .drawn: return nil
    }
  }

  private func atEmptyRow(_ place: ComposerPlace) -> ComposerFinding {
    if isAbove(look.below, place.row) {
      return ComposerFinding(
        content: .empty, place: place,
        evidence: "the cursor stands behind the prompt, on an empty row")
    }
    let next = screen.row(place.row + 1)
    let isText = !next.isBlank && !next.isFrameOnly && !next.isRule(width: screen.width)
    return isText && isContinuation(place.row + 1, place.column)
      ? draft(place, "text stands below the cursor")
      : none("the rows below the prompt are not those of an empty composer")
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
      evidence: "another sign stands in place of the prompt: text would be a command")
  }

  private func none(_ evidence: String) -> ComposerFinding {
    ComposerFinding(content: .none, place: nil, evidence: evidence)
  }
}
