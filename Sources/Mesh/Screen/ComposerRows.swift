/// The rows of a composer: prompt, draft, frame.
extension ComposerSearch {
  func promptColumns(_ index: Int) -> Int? {
    guard screen.has(index) else { return nil }
    return look.prompts.lazy.compactMap { screen.rows[index].columns(of: $0) }.first
  }

  /// Whether everything behind the prompt is blank, dim, a known hint, or the program's own cursor before a hint.
  func isEmpty(_ row: Row, from column: Int) -> Bool {
    let end = withoutRight(row)
    guard column < end else { return true }
    let text = row.text(from: column, to: end).split(separator: " ").joined(separator: " ")
    if look.placeholders.contains(where: { $0.matches(text) }) { return true }
    return row.isHint(from: column, to: end, cursor: column)
  }

  /// The column where the row's own text ends, without the other side of the box.
  func withoutRight(_ row: Row) -> Int {
    guard let right = look.right, let last = right.last(where: { !$0.isWhitespace }),
      row.end > 0, row.cell(row.end - 1).text == String(last)
    else { return row.end }
    return row.end - 1
  }

  /// The prompt's row of a draft whose later row has the cursor.
  var promptAbove: ComposerPlace? {
    let first = max(0, cursor.y - Self.draftRows)
    guard first < cursor.y else { return nil }
    for index in (first..<cursor.y).reversed() {
      if let column = promptColumns(index), isBelow(look.above, index) {
        let between = (index + 1)...cursor.y
        guard between.allSatisfy({ isContinuation($0, column) }) else { return nil }
        return ComposerPlace(row: index, column: column)
      }
      if screen.isRule(index) { return nil }
    }
    return nil
  }

  func isContinuation(_ index: Int, _ column: Int) -> Bool {
    if look.repeatsPrompt { return promptColumns(index) != nil }
    if screen.isRule(index) { return false }
    return (0..<column).allSatisfy { position in
      let cell = screen.row(index).cell(position)
      return cell.isBlank || cell.isFrame
    }
  }

  /// The columns of a prompt of which another character took the glyph's place, in an intact frame.
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
  /// Whether the columns hold nothing but blanks and dim text; at the cursor a reversed letter may stand, if dim text follows.
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
