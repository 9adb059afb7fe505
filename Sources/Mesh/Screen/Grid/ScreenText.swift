/// The letters of a text: the part that stays the same when a program wraps, indents and boxes it,
/// and a terminal splits emoji and marks. They are letters, numbers and signs of one scalar each;
/// letters with marks compare equal, composed or not. They are read from a screen, with their
/// places, and compared with texts that we typed.
struct Letters {
  private(set) var characters: [Character] = []
  /// The place of each letter.
  private(set) var places: [(row: Int, column: Int)] = []
  /// Whether each letter is dim, as in hints.
  private(set) var dim: [Bool] = []

  /// - Parameters:
  ///   - start: the first row and column.
  ///   - stop: the last row, and the first column in it that is not read.
  init(_ screen: Screen, from start: (row: Int, column: Int), to stop: (row: Int, column: Int)) {
    guard start.row <= stop.row, start.row < max(1, screen.height) else { return }
    for index in max(0, start.row)...min(max(0, stop.row), max(0, screen.height - 1)) {
      let row = screen.row(index)
      let first = index == start.row ? max(0, start.column) : 0
      let last = index == stop.row ? min(stop.column, row.cells.count) : row.cells.count
      guard first < last else { continue }
      for column in first..<last {
        let cell = row.cells[column]
        for character in cell.text where Letters.isOne(character) {
          characters.append(character)
          places.append((index, column))
          dim.append(cell.style.contains(.dim))
        }
      }
    }
  }

  /// Without characters that terminals draw differently.
  var ascii: Letters {
    let kept = characters.indices.filter { characters[$0].isASCII }
    var letters = self
    letters.characters = kept.map { characters[$0] }
    letters.places = kept.map { places[$0] }
    letters.dim = kept.map { dim[$0] }
    return letters
  }

  static func isOne(_ character: Character) -> Bool {
    guard let scalar = character.unicodeScalars.first else { return false }
    if scalar.isASCII { return scalar.value > 0x20 && scalar.value < 0x7F }
    return CellRole(scalar) == .text && (character.isLetter || character.isNumber)
  }

  static func of(_ text: some StringProtocol) -> [Character] { text.filter(isOne) }

  /// The index after the last occurrence of a text.
  func end(of wanted: [Character]) -> Int? {
    guard !wanted.isEmpty, wanted.count <= characters.count else { return nil }
    for end in stride(from: characters.count, through: wanted.count, by: -1)
    where characters[end - 1] == wanted[wanted.count - 1]
      && characters[(end - wanted.count)..<end].elementsEqual(wanted)
    {
      return end
    }
    return nil
  }

  /// The index of the first occurrence of a text.
  func start(of wanted: [Character]) -> Int? {
    guard !wanted.isEmpty, wanted.count <= characters.count else { return nil }
    return (0...(characters.count - wanted.count)).first {
      characters[$0] == wanted[0] && characters[$0..<($0 + wanted.count)].elementsEqual(wanted)
    }
  }
}

/// Rows of a screen as one run of text without blanks and frames, so that wrapping, indentation and
/// boxes do not matter. UTF-8, ASCII letters in lower case.
struct Squeezed {
  private let bytes: [UInt8]
  /// The row of each byte.
  private let rows: [Int]

  init(_ screen: Screen, rows indices: some Sequence<Int>) {
    var (bytes, rows) = ([UInt8](), [Int]())
    for index in indices {
      for cell in screen.row(index).cells where !cell.isBlank && !cell.isFrame {
        for byte in cell.text.utf8 {
          bytes.append(Self.lower(byte))
          rows.append(index)
        }
      }
    }
    (self.bytes, self.rows) = (bytes, rows)
  }

  /// The first of the signs that occurs in the rows.
  func first(of signs: SignSet) -> String? {
    for start in bytes.indices {
      for entry in signs.entries
      where entry.bytes[0] == bytes[start] && has(entry.bytes, at: start)
        && !isOpenQuestion(entry, at: start)
      {
        return entry.shown
      }
    }
    return nil
  }

  /// The row in which the last occurrence of a literal begins; `nil` if it does not occur.
  func lastRow(of literal: String) -> Int? {
    let wanted = SignSet.squeezed(literal)
    guard !wanted.isEmpty else { return nil }
    return bytes.indices.reversed().first { has(wanted, at: $0) }.map { rows[$0] }
  }

  /// "What do you want to build?" asks for words, not for consent.
  private func isOpenQuestion(_ entry: SignSet.Entry, at start: Int) -> Bool {
    guard entry.asksForConsent else { return false }
    return Self.openers.contains { opener in
      start >= opener.count && has(opener, at: start - opener.count)
    }
  }

  private static let openers = ["what", "how", "where", "which", "when", "why"].map {
    Array($0.utf8)
  }

  private func has(_ wanted: [UInt8], at start: Int) -> Bool {
    guard bytes.count - start >= wanted.count else { return false }
    for offset in wanted.indices where bytes[start + offset] != wanted[offset] { return false }
    return true
  }

  static func lower(_ byte: UInt8) -> UInt8 { byte.isLetter ? byte | 0x20 : byte }
}

/// Literals to search for in squeezed text.
struct SignSet: Sendable {
  struct Entry: Sendable {
    /// The form that is shown to people.
    let shown: String
    let bytes: [UInt8]
    var asksForConsent: Bool { shown == "do you want to" || shown == "would you like to" }
  }

  /// None is empty.
  let entries: [Entry]

  init(_ signs: [String]) {
    entries = signs.map { Entry(shown: $0, bytes: Self.squeezed($0)) }.filter { !$0.bytes.isEmpty }
  }

  /// A literal in squeezed form.
  static func squeezed(_ text: String) -> [UInt8] {
    var out: [UInt8] = []
    for scalar in text.unicodeScalars {
      if CellRole(scalar) == .text { out += String(scalar).utf8.map(Squeezed.lower) }
    }
    return out
  }
}
