/// What a pane shows: rows of styled cells. `CaptureParser` makes it from tmux's output, and
/// everything in this room reads it.
package struct Screen: Sendable, Equatable {
  /// The rows from the top, as many as the pane has.
  package let rows: [Row]
  /// In columns.
  package let width: Int

  /// The maximum number of columns and of rows that are read.
  package static let limit = 4096

  /// Reads the output of `tmux capture-pane -p -e -N`: UTF-8 text, an LF after each row, SGR
  /// sequences that last across rows. Other sequences are skipped, invalid UTF-8 becomes U+FFFD,
  /// and what is outside the pane is dropped.
  /// - Parameters:
  ///   - bytes: anything: the screen belongs to a program that we do not
  ///     trust. At most 8 MiB are read.
  ///   - width: the pane's columns; 0 or less: as many as the widest row has.
  ///   - height: the pane's rows; 0 or less: as many as there are lines.
  package init(capture bytes: [UInt8], width: Int, height: Int) {
    var parser = CaptureParser(
      width: width > 0 ? min(width, Self.limit) : Self.limit,
      height: height > 0 ? min(height, Self.limit) : Self.limit)
    parser.feed(String(decoding: bytes.prefix(8 << 20), as: UTF8.self))
    var rows = parser.finished()
    if height > 0 {
      rows += Array(repeating: Row(), count: max(0, min(height, Self.limit) - rows.count))
    }
    self.rows = rows
    self.width = width > 0 ? min(width, Self.limit) : rows.map(\.cells.count).max() ?? 0
  }

  init(rows: [Row], width: Int) { (self.rows, self.width) = (rows, width) }

  package var height: Int { rows.count }

  /// The screen for a composer's rules: without the decoration that the program draws on blank
  /// cells, and without the words at the right end of its box.
  func plain(for look: Profile.ComposerLook) -> Screen {
    guard !look.ornaments.isEmpty || look.hasRail else { return self }
    return Screen(
      rows: rows.map { row in
        var row = look.ornaments.isEmpty ? row : row.without(look.ornaments)
        if look.hasRail { row = row.withoutRail(width: width) }
        return row
      }, width: width)
  }

  /// The row at an index; blank outside the screen.
  package func row(_ index: Int) -> Row { rows.indices.contains(index) ? rows[index] : Row() }

  func has(_ index: Int) -> Bool { rows.indices.contains(index) }

  func isRule(_ index: Int) -> Bool { has(index) && rows[index].isRule(width: width) }

  /// The part of the range that is on the screen.
  func clamped(_ range: ClosedRange<Int>) -> ClosedRange<Int>? {
    let low = max(0, range.lowerBound)
    let high = min(height - 1, range.upperBound)
    return low <= high ? low...high : nil
  }
}

/// Turns the text of `capture-pane -e` into rows, for `Screen`. Never fails:
/// unknown sequences are skipped.
struct CaptureParser {
  private let width: Int
  private let height: Int
  private var rows: [Row] = []
  private var cells: [Cell] = []
  private var pen = Pen()
  private var drawing = false

  init(width: Int, height: Int) { (self.width, self.height) = (width, height) }

  mutating func feed(_ text: String) {
    var scalars = text.unicodeScalars[...]
    while rows.count < height, let scalar = scalars.popFirst() {
      switch scalar {
      case "\u{1B}": escape(&scalars)
      case "\n": endRow()
      case "\t": tab()
      case "\u{0E}": drawing = true
      case "\u{0F}": drawing = false
      default: if scalar.value >= 0x20, scalar.value != 0x7F { put(scalar) }
      }
    }
  }

  mutating func finished() -> [Row] {
    if !cells.isEmpty, rows.count < height { endRow() }
    return rows
  }

  private mutating func endRow() {
    rows.append(Row(cells: cells))
    cells = []
  }

  private mutating func tab() {
    repeat { append(" ") } while cells.count % 8 != 0 && cells.count < width
  }

  private mutating func put(_ scalar: Unicode.Scalar) {
    let shown = drawing ? LineDrawing.alternate(scalar) : scalar
    let columns = CellWidth.of(shown)
    if columns == 0 { return combine(shown) }
    append(shown)
    if columns == 2 { append(nil) }
  }

  private mutating func append(_ scalar: Unicode.Scalar?) {
    guard cells.count < width else { return }
    cells.append(
      Cell(scalar, style: pen.style, foreground: pen.foreground, background: pen.background))
  }

  private mutating func combine(_ mark: Unicode.Scalar) {
    guard let last = cells.lastIndex(where: { !$0.text.isEmpty }) else { return }
    cells[last].combine(mark)
  }

  /// Reads on after an ESC: SGR changes the pen; other sequences and strings
  /// are skipped to their end.
  private mutating func escape(_ rest: inout Substring.UnicodeScalarView) {
    guard let kind = rest.popFirst() else { return }
    switch kind {
    case "[": control(&rest)
    case "]", "P", "X", "^", "_": skipString(&rest)
    case "(", ")", "*", "+", "#", "%", " ": _ = rest.popFirst()
    default: break
    }
  }

  private mutating func control(_ rest: inout Substring.UnicodeScalarView) {
    var parameters = ""
    while let scalar = rest.popFirst() {
      if (0x40...0x7E).contains(scalar.value) {
        if scalar == "m", parameters.utf8.count <= 256 { pen.apply(parameters) }
        return
      }
      guard (0x20...0x3F).contains(scalar.value) else { return }
      parameters.unicodeScalars.append(scalar)
    }
  }

  private mutating func skipString(_ rest: inout Substring.UnicodeScalarView) {
    while let scalar = rest.popFirst() {
      if scalar == "\u{7}" { return }
      if scalar == "\u{1B}" {
        if rest.first == "\\" { _ = rest.popFirst() }
        return
      }
    }
  }
}

/// The style that SGR sequences have set. It lasts until they change it, across rows.
struct Pen {
  var style: CellStyle = []
  var foreground = CellColour.standard
  var background = CellColour.standard

  /// - Parameter parameters: the text between `ESC [` and `m`: numbers, separated
  ///   by `;`, with `:` inside one.
  mutating func apply(_ parameters: String) {
    let fields = parameters.split(separator: ";", omittingEmptySubsequences: false)
    var codes = fields.map { field in
      field.split(separator: ":", omittingEmptySubsequences: false).map { UInt16($0) ?? 0 }
    }[...]
    while let code = codes.popFirst() { apply(code, &codes) }
  }

  private mutating func apply(_ code: [UInt16], _ rest: inout ArraySlice<[UInt16]>) {
    switch code.first ?? 0 {
    case 0: self = Pen()
    case 1: style.insert(.bold)
    case 2: style.insert(.dim)
    case 7: style.insert(.reversed)
    case 22: style.subtract([.bold, .dim])
    case 27: style.remove(.reversed)
    case 38: foreground = colour(code, &rest) ?? foreground
    case 48: background = colour(code, &rest) ?? background
    case 58: _ = colour(code, &rest)
    default: setColour(code.first ?? 0)
    }
  }

  private mutating func setColour(_ code: UInt16) {
    switch code {
    case 30...37: foreground = .palette(UInt8(code - 30))
    case 39: foreground = .standard
    case 40...47: background = .palette(UInt8(code - 40))
    case 49: background = .standard
    case 90...97: foreground = .palette(UInt8(code - 82))
    case 100...107: background = .palette(UInt8(code - 92))
    default: break
    }
  }

  /// `38;5;n`, `38;2;r;g;b`, and both with colons, where an empty colour space may follow the 2.
  private func colour(_ code: [UInt16], _ rest: inout ArraySlice<[UInt16]>) -> CellColour? {
    var values = code.dropFirst()
    if values.isEmpty {
      let kind = rest.popFirst()?.first ?? 0
      values = [kind]
      for _ in 0..<(kind == 5 ? 1 : kind == 2 ? 3 : 0) {
        values.append(rest.popFirst()?.first ?? 0)
      }
    }
    let bytes = values.dropFirst().map { UInt8(clamping: $0) }
    if values.first == 5, let index = bytes.first { return .palette(index) }
    guard values.first == 2, bytes.count >= 3 else { return nil }
    return .rgb(bytes[bytes.count - 3], bytes[bytes.count - 2], bytes[bytes.count - 1])
  }
}
