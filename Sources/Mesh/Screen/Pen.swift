/// What SGR sequences have set so far: it lasts until they say otherwise, across rows.
struct Pen {
  var style: CellStyle = []
  var foreground = CellColour.standard
  var background = CellColour.standard

  /// - Parameter parameters: what stands between `ESC [` and `m`: numbers, `;` between them, `:` inside one.
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

  /// `38;5;n`, `38;2;r;g;b`, and the same with colons, where an empty colour space may stand behind the 2.
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
