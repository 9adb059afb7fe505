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
    guard start.row <= stop.row else { return }
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

  mutating func keepASCII() {
    let kept = characters.indices.filter { characters[$0].isASCII }
    (characters, places, dim) = (
      kept.map { characters[$0] }, kept.map { places[$0] }, kept.map { dim[$0] }
    )
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
}

extension Letters {
  /// The index of the first occurrence of a text.
  func start(of wanted: [Character]) -> Int? {
    guard !wanted.isEmpty, wanted.count <= characters.count else { return nil }
    return (0...(characters.count - wanted.count)).first {
      characters[$0] == wanted[0] && characters[$0..<($0 + wanted.count)].elementsEqual(wanted)
    }
  }
}
