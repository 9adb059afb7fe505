/// How many columns a character takes. Good enough for a composer; the terminal decides.
func columns(of character: Character) -> Int {
  guard let first = character.unicodeScalars.first else { return 0 }
  switch first.value {
  case 0..<0x20: return 1
  case 0x20..<0x300: return 1
  case 0x300...0x36F, 0x200B...0x200F, 0xFE00...0xFE0F: return 0
  case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
    0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
    return 2
  default: return 1
  }
}

/// Text wrapped into rows, with each character's position.
struct Wrapped {
  var rows: [String] = [""]
  /// Row and column of every character, and of the position after the last.
  var places: [(row: Int, column: Int)] = []

  /// - Parameter words: break at blanks if possible, else anywhere.
  init(_ text: [Character], width: Int, words: Bool) {
    let width = max(width, 4)
    places.reserveCapacity(text.count + 1)
    var column = 0
    for (index, character) in text.enumerated() {
      if character == "\n" {
        places.append((rows.count - 1, column))
        rows.append("")
        column = 0
        continue
      }
      let needed = columns(of: character)
      if column + needed > width
        || (words && column > 0 && Wrapped.startsLongWord(text, index, width - column, width))
      {
        rows.append("")
        column = 0
      }
      places.append((rows.count - 1, column))
      rows[rows.count - 1].append(character == "\t" ? " " : character)
      column += needed
    }
    if column >= width {
      rows.append("")
      column = 0
    }
    places.append((rows.count - 1, column))
  }

  /// Whether a word starts here that does not fit in `room`, but would fit in a row of its own.
  private static func startsLongWord(
    _ text: [Character], _ index: Int, _ room: Int, _ width: Int
  ) -> Bool {
    guard text[index] != " ", index > 0, text[index - 1] == " " else { return false }
    var needed = 0
    for character in text[index...] {
      if character == " " || character == "\n" { break }
      needed += columns(of: character)
      if needed > width { return false }
    }
    return needed > room
  }
}
