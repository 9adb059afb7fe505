/// Turns the text of `capture-pane -e` into rows. Never fails: what it does not know it skips.
struct CaptureParser {
  private let width: Int
  private let height: Int
  private var rows: [Row] = []
  private var cells: [Cell] = []
  private var pen = Pen()
  private var drawing = false

  init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }

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
      Cell(
        scalar, style: pen.style, foreground: pen.foreground, background: pen.background))
  }

  private mutating func combine(_ mark: Unicode.Scalar) {
    guard let last = cells.lastIndex(where: { !$0.text.isEmpty }) else { return }
    cells[last].combine(mark)
  }

  /// Behind an ESC: SGR changes the pen; other sequences and strings are skipped to their end.
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
