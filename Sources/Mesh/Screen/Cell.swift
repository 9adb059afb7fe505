/// The attributes of a cell that tell typed text from a hint: SGR 1, 2, 3, 4, 7.
package struct CellStyle: OptionSet, Sendable, Hashable {
  package let rawValue: UInt8
  package init(rawValue: UInt8) { self.rawValue = rawValue }

  package static let bold = CellStyle(rawValue: 1)
  /// SGR 2: how placeholders and hints are drawn.
  package static let dim = CellStyle(rawValue: 2)
  package static let italic = CellStyle(rawValue: 4)
  package static let underlined = CellStyle(rawValue: 8)
  /// SGR 7: a selected item, or the cursor of a program that draws its own.
  package static let reversed = CellStyle(rawValue: 16)
}

/// A colour as the terminal was asked for it.
package enum CellColour: Sendable, Hashable {
  case standard
  case palette(UInt8)
  case rgb(UInt8, UInt8, UInt8)
}

/// One column of one row.
package struct Cell: Sendable, Equatable {
  /// What stands in the column: a scalar with the combining ones after it. Empty in the second column of a wide character.
  package private(set) var text: String
  package let style: CellStyle
  package let foreground: CellColour
  package let background: CellColour
  /// What the text is to somebody who looks for frames and gaps.
  private(set) var role: CellRole

  init(
    _ scalar: Unicode.Scalar?, style: CellStyle = [], foreground: CellColour = .standard,
    background: CellColour = .standard
  ) {
    text = scalar.map { String(Character($0)) } ?? ""
    role = scalar.map(CellRole.init) ?? .text
    self.style = style
    self.foreground = foreground
    self.background = background
  }

  /// A column that nothing was written to.
  package static let empty = Cell(" ")

  /// Nothing to be seen but perhaps a background. The second half of a wide character is not blank.
  package var isBlank: Bool { role == .blank }
  /// Part of a frame: a line, a corner, a half block.
  var isFrame: Bool { role == .line || role == .frame }

  /// Puts a mark on what stands here; at most 8 scalars, more are dropped.
  mutating func combine(_ mark: Unicode.Scalar) {
    guard text.unicodeScalars.count < 8 else { return }
    text.unicodeScalars.append(mark)
    if role == .blank, mark.properties.generalCategory != .format { role = .text }
  }
}

/// One row of a screen. Columns that were not drawn count as blank.
package struct Row: Sendable, Equatable {
  package var cells: [Cell]

  package init(cells: [Cell] = []) { self.cells = cells }

  /// The cell at a column, blank where nothing was drawn or the column does not exist.
  package func cell(_ column: Int) -> Cell {
    cells.indices.contains(column) ? cells[column] : .empty
  }

  /// The column behind the last one that is not blank; 0 for a blank row.
  package var end: Int { (cells.lastIndex { !$0.isBlank } ?? -1) + 1 }

  package var isBlank: Bool { cells.allSatisfy(\.isBlank) }

  /// The text of the columns in the range, with blanks as they stand.
  package func text(from start: Int = 0, to stop: Int = Int.max) -> String {
    let from = max(0, start)
    guard from < min(stop, cells.count) else { return "" }
    return cells[from..<min(stop, cells.count)].map(\.text).joined()
  }

  /// The columns of a literal at the start of the row, when the row begins with exactly that text.
  package func columns(of prefix: String) -> Int? {
    guard !prefix.isEmpty else { return nil }
    var column = 0
    for character in prefix {
      guard cell(column).text == String(character) else { return nil }
      column += 1
      if column < cells.count, cells[column].text.isEmpty { column += 1 }
    }
    return column
  }
}
