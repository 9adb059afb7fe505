/// The characters that frames are made of.
enum LineDrawing {
  static func isHorizontal(_ text: String) -> Bool { horizontals.contains(text) }
  /// Any part of a frame: a line, a corner, a half block.
  static func isFrame(_ text: String) -> Bool {
    horizontals.contains(text) || verticals.contains(text) || corners.contains(text)
  }

  private static let horizontals: Set<String> = [
    "─", "━", "═", "╌", "╍", "┄", "┅", "┈", "┉", "▔", "▁", "▀", "▄",
  ]
  private static let verticals: Set<String> = ["│", "┃", "║", "╎", "╏", "▌", "▐", "▏", "▕"]
  private static let corners: Set<String> = [
    "╭", "╮", "╰", "╯", "┌", "┐", "└", "┘", "┏", "┓", "┗", "┛", "╔", "╗", "╚", "╝", "├", "┤", "┬",
    "┴", "┼", "╹", "╻", "╺", "╸", "▗", "▖", "▝", "▘", "▛", "▜", "▙", "▟",
  ]

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
    guard let first = cells.firstIndex(where: { !$0.isBlank }), first <= 2, end >= width - 3,
      LineDrawing.isFrame(cells[first].text), LineDrawing.isFrame(cell(end - 1).text)
    else { return false }
    let lines = cells.count { LineDrawing.isHorizontal($0.text) }
    return lines >= 4 && lines * 3 >= end - first
  }

  /// Nothing but blanks and parts of a frame.
  var isFrameOnly: Bool { cells.allSatisfy { $0.isBlank || LineDrawing.isFrame($0.text) } }

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
