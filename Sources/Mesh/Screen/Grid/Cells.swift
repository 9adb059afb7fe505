/// The attributes that distinguish typed text from a hint: SGR 1, 2, 7.
package struct CellStyle: OptionSet, Sendable, Hashable {
  package let rawValue: UInt8
  package init(rawValue: UInt8) { self.rawValue = rawValue }

  package static let bold = CellStyle(rawValue: 1)
  /// SGR 2: placeholders and hints are drawn this way.
  package static let dim = CellStyle(rawValue: 2)
  /// SGR 7: a selected item, or the cursor of a program that draws its own.
  package static let reversed = CellStyle(rawValue: 4)
}

/// A colour as a program requested it from the terminal.
package enum CellColour: Sendable, Hashable {
  case standard
  case palette(UInt8)
  case rgb(UInt8, UInt8, UInt8)
}

/// One column of one row.
package struct Cell: Sendable, Equatable {
  /// The column's character: a scalar and the combining ones after it. Empty in the second column
  /// of a wide character.
  package private(set) var text: String
  package let style: CellStyle
  package let foreground: CellColour
  package let background: CellColour
  /// What the text is when one looks for frames and gaps.
  private(set) var role: CellRole

  init(
    _ scalar: Unicode.Scalar?, style: CellStyle = [], foreground: CellColour = .standard,
    background: CellColour = .standard
  ) {
    text = scalar.map { String(Character($0)) } ?? ""
    role = scalar.map(CellRole.init) ?? .text
    (self.style, self.foreground, self.background) = (style, foreground, background)
  }

  /// A column that was never written.
  package static let empty = Cell(" ")

  /// Nothing visible, except perhaps a background. The second half of a
  /// wide character is not blank.
  package var isBlank: Bool { role == .blank }
  /// Part of a frame: a line, a corner, a half block.
  var isFrame: Bool { role == .line || role == .frame }

  /// Adds a combining mark to the character; at most 8 scalars, more are dropped.
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

  /// The cell at a column; blank if it was not drawn or does not exist.
  package func cell(_ column: Int) -> Cell {
    cells.indices.contains(column) ? cells[column] : .empty
  }

  /// The column after the last one that is not blank; 0 for a blank row.
  package var end: Int { (cells.lastIndex { !$0.isBlank } ?? -1) + 1 }

  package var isBlank: Bool { cells.allSatisfy(\.isBlank) }

  /// The text of the columns in the range, blanks included.
  package func text(from start: Int = 0, to stop: Int = Int.max) -> String {
    let from = max(0, start)
    guard from < min(stop, cells.count) else { return "" }
    return cells[from..<min(stop, cells.count)].map(\.text).joined()
  }

  /// How many columns a literal takes, if the row begins with exactly that text.
  /// - Parameter loose: a plain blank also matches a non-breaking one,
  ///   because some versions draw it.
  package func columns(of prefix: String, loose: Bool = false) -> Int? {
    guard !prefix.isEmpty else { return nil }
    var column = 0
    for character in prefix {
      let isLoose = loose && character == "\u{A0}" && cell(column).text == " "
      guard isLoose || cell(column).text == String(character) else { return nil }
      column += 1
      if column < cells.count, cells[column].text.isEmpty { column += 1 }
    }
    return column
  }
}

/// What a character is when one looks for frames and gaps.
enum CellRole: Sendable {
  /// Nothing visible.
  case blank
  /// A horizontal line.
  case line
  /// Another part of a frame: a vertical line, a corner, a half block.
  case frame
  case text

  init(_ scalar: Unicode.Scalar) {
    switch scalar.value {
    case 0x20, 0xA0, 0x2000...0x200A, 0x202F, 0x205F, 0x2800, 0x3000: self = .blank
    case 0x21...0x24FF: self = .text
    case 0x2500, 0x2501, 0x2504, 0x2505, 0x2508, 0x2509, 0x254C, 0x254D, 0x2550, 0x2580, 0x2581,
      0x2584, 0x2594:
      self = .line
    case 0x2571...0x2573: self = .text
    case 0x2502...0x257F, 0x2589...0x2590, 0x2595...0x259F: self = .frame
    default: self = .text
    }
  }
}

enum LineDrawing {
  static func isFrame(_ character: Character) -> Bool {
    guard let scalar = character.unicodeScalars.first else { return false }
    let role = CellRole(scalar)
    return role == .line || role == .frame
  }

  /// What a byte means between SO and SI: there tmux writes the VT100's
  /// line-drawing characters as letters.
  static func alternate(_ scalar: Unicode.Scalar) -> Unicode.Scalar { alternates[scalar] ?? scalar }

  private static let alternates = Dictionary(
    uniqueKeysWithValues: zip("qxlkmjtuvwna".unicodeScalars, "─│┌┐└┘├┤┴┬┼▒".unicodeScalars))
}

extension Row {
  /// Whether this is a line across the screen, perhaps with words in it:
  /// `──────`, `─── History 1/1 ───`, `╭────╮`.
  func isRule(width: Int) -> Bool {
    guard let first = cells.firstIndex(where: { !$0.isBlank }), first <= 2, cells[first].isFrame,
      end >= width - 3
    else { return false }
    // If a label is too long for the line, the label and the end of the line are cut.
    if !cell(end - 1).isFrame {
      return cell(end - 1).text == "…" && first == 0
        && (0..<4).allSatisfy { cell($0).role == .line }
    }
    let lines = cells.count { $0.role == .line }
    if lines >= 4, lines * 3 >= end - first { return true }
    // In a narrow pane a label may take nearly the whole line; then the rest of the
    // line must be at both ends.
    let begins = [first, first + 1].contains { cell($0).role == .line }
    let ends = [end - 1, end - 2].contains { cell($0).role == .line }
    return lines >= 3 && begins && ends
  }

  /// Whether every letter has a background colour: an item of a list, not a highlighted word.
  var isPainted: Bool {
    let text = cells.filter { !$0.isBlank && !$0.isFrame && !$0.text.isEmpty }
    return text.count >= 2 && text.allSatisfy { $0.background != .standard }
  }

  /// Whether the row is reversed from one side of the screen to the other: a
  /// status bar, not a chosen item.
  func isBar(width: Int) -> Bool {
    cells.count >= width - 2 && cells.count { $0.style.contains(.reversed) } >= width - 2
  }

  /// Whether there are only blanks and parts of a frame.
  var isFrameOnly: Bool { cells.allSatisfy { $0.isBlank || $0.isFrame } }

  /// Whether there is reversed text, as for a selected item. One reversed letter is a cursor,
  /// reversed blanks are a scroll bar.
  var hasSelection: Bool {
    var run = 0
    for cell in cells {
      run = cell.style.contains(.reversed) && !cell.isBlank ? run + 1 : 0
      if run == 2 { return true }
    }
    return false
  }
}

extension Row {
  /// Replaces these characters by blanks if they are coloured: text that people type has no colour.
  func without(_ ornaments: Set<String>) -> Row {
    Row(
      cells: cells.map { cell in
        let isOrnament = cell.foreground != .standard && ornaments.contains(cell.text)
        return isOrnament ? Cell(" ", style: cell.style, background: cell.background) : cell
      })
  }

  /// Removes the words at the right end of a row that begins with a bar, if a gap of at least eight
  /// blanks is before them.
  func withoutRail(width: Int) -> Row {
    guard let bar = cells.firstIndex(where: { !$0.isBlank }), cells[bar].isFrame else {
      return self
    }
    let stop = cell(end - 1).isFrame ? end - 1 : end
    guard stop > bar + 1, stop >= width - 6 else { return self }
    let last = (bar + 1..<stop).last { !cell($0).isBlank } ?? bar
    guard last > bar, last >= stop - 4 else { return self }
    var start = last
    while start > bar + 1, !cell(start - 1).isBlank || !cell(start - 2).isBlank { start -= 1 }
    guard (start - 8..<start).allSatisfy({ $0 > bar && cell($0).isBlank }) else { return self }
    var row = self
    for column in start...last { row.cells[column] = .empty }
    return row
  }

  /// Whether every written cell in the columns is dim or grey, as hints are drawn.
  /// False for blank columns.
  func isMuted(from start: Int = 0, to stop: Int = Int.max) -> Bool {
    let written = cells.indices.filter {
      $0 >= start && $0 < stop && !cells[$0].isBlank && !cells[$0].text.isEmpty
    }
    return !written.isEmpty && written.allSatisfy { cells[$0].isMuted }
  }
}

extension Cell {
  /// Dim, or a grey between the text colours of dark and of light backgrounds.
  var isMuted: Bool {
    if style.contains(.dim) { return true }
    switch foreground {
    case .standard: return false
    case .palette(let index): return index == 8 || (238...250).contains(index)
    case .rgb(let red, let green, let blue):
      let (low, high) = (min(red, green, blue), max(red, green, blue))
      return high - low <= 48 && (64...190).contains(high)
    }
  }
}

/// How many columns a scalar takes, close to what tmux computes: East Asian wide
/// and fullwidth characters and emoji take two, marks and joiners none. A
/// difference only shifts the rest of that row.
enum CellWidth {
  static func of(_ scalar: Unicode.Scalar) -> Int {
    let value = scalar.value
    if value < 0x300 { return value == 0xAD ? 0 : 1 }
    if takesNone(scalar) { return 0 }
    if wide.contains(where: { $0.contains(value) }) { return 2 }
    return value < 0x1F000 && scalar.properties.isEmojiPresentation ? 2 : 1
  }

  private static func takesNone(_ scalar: Unicode.Scalar) -> Bool {
    if (0x1160...0x11FF).contains(scalar.value) { return true }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return true
    default: return false
    }
  }

  private static let wide: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2329...0x232A, 0x2E80...0x303E, 0x3041...0x4DBF, 0x4E00...0xA4CF,
    0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F,
    0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x17000...0x18CFF, 0x1B000...0x1B2FF, 0x1F300...0x1F64F,
    0x1F680...0x1F6FF, 0x1F900...0x1F9FF, 0x1FA70...0x1FAFF, 0x20000...0x3FFFD,
  ]
}
