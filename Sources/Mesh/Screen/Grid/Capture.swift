/// Turns the text of `capture-pane -e` into rows, for `Screen`. Never fails:
/// unknown sequences are skipped.
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
    case 3: style.insert(.italic)
    case 4: setUnderline(code)
    case 7: style.insert(.reversed)
    case 22: style.subtract([.bold, .dim])
    case 23: style.remove(.italic)
    case 24: style.remove(.underlined)
    case 27: style.remove(.reversed)
    case 38: foreground = colour(code, &rest) ?? foreground
    case 48: background = colour(code, &rest) ?? background
    case 58: _ = colour(code, &rest)
    default: setColour(code.first ?? 0)
    }
  }

  private mutating func setUnderline(_ code: [UInt16]) {
    if code.count > 1, code[1] == 0 { style.remove(.underlined) } else { style.insert(.underlined) }
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
