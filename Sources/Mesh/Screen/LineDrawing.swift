/// What a character is to somebody who looks for frames and gaps.
enum CellRole: Sendable {
  /// Nothing to be seen.
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
    case 0x2502...0x257F, 0x258C, 0x258F, 0x2590, 0x2595...0x259F: self = .frame
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

  /// What a byte means between SO and SI, where tmux writes the line-drawing set of the VT100 as letters.
  static func alternate(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    switch scalar {
    case "q": "─"
    case "x": "│"
    case "l": "┌"
    case "k": "┐"
    case "m": "└"
    case "j": "┘"
    case "t": "├"
    case "u": "┤"
    case "v": "┴"
    case "w": "┬"
    case "n": "┼"
    case "a": "▒"
    default: scalar
    }
  }
}

extension Row {
  /// A line across the screen, perhaps with words in it: `──────`, `─── History 1/1 ───`, `╭────╮`.
  func isRule(width: Int) -> Bool {
    guard let first = cells.firstIndex(where: { !$0.isBlank }), first <= 2, cells[first].isFrame,
      end >= width - 3, cell(end - 1).isFrame
    else { return false }
    let lines = cells.count { $0.role == .line }
    return lines >= 4 && lines * 3 >= end - first
  }

  /// Nothing but blanks and parts of a frame.
  var isFrameOnly: Bool { cells.allSatisfy { $0.isBlank || $0.isFrame } }

  /// Reversed text, as a selected item is drawn. One reversed letter is somebody's cursor, reversed blanks a scroll bar.
  var hasSelection: Bool {
    var run = 0
    for cell in cells {
      run = cell.style.contains(.reversed) && !cell.isBlank ? run + 1 : 0
      if run == 2 { return true }
    }
    return false
  }
}
