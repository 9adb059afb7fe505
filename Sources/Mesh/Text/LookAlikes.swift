/// Disarms text that looks like our tag: a bracket-like character becomes `(` if a word that looks
/// like "from" or "verified" follows, with blanks or invisible characters allowed between. A letter
/// that is missing in our table cannot hide the word: it is enough that half of the letters match
/// and the others are not ASCII. A body can still *describe* a tag: the proof is the verification,
/// not the picture.
enum LookAlikes {
  private static let words = [Array("from".utf8), Array("verified".utf8)]
  /// A word more lines below a bracket than this is not read together with it.
  private static let mostLines = 3

  /// - Parameter scalars: without invisible characters; their replacements count as invisible.
  static func disarmed(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
    var out = scalars
    for index in scalars.indices where isBracket(scalars[index]) {
      if beginsTag(scalars, at: index + 1) { out[index] = "(" }
    }
    return out
  }

  private static func beginsTag(_ scalars: [Unicode.Scalar], at start: Int) -> Bool {
    var (index, lines) = (start, 0)
    while index < scalars.count {
      if words.contains(where: { begins($0, in: scalars, at: index) }) { return true }
      guard isGap(scalars[index]) else { return false }
      if scalars[index] == "\n" { lines += 1 }
      guard lines <= mostLines else { return false }
      index += 1
    }
    return false
  }

  /// Matches a whole word: no letter, digit or underscore follows.
  private static func begins(_ word: [UInt8], in scalars: [Unicode.Scalar], at start: Int) -> Bool {
    var (index, place, matched) = (start, 0, 0)
    while place < word.count {
      if place > 0 { index = skipHidden(scalars, from: index) }
      guard index < scalars.count else { return false }
      let scalar = scalars[index]
      // U+FB01 is one character for "fi".
      if scalar.value == 0xFB01, word[place...].starts(with: "fi".utf8) {
        (place, matched) = (place + 2, matched + 2)
      } else if LookAlikeLetters.letter(scalar) == word[place] {
        (place, matched) = (place + 1, matched + 1)
      } else if scalar.value >= 0x80, isWordPart(scalar) {
        place += 1
      } else {
        return false
      }
      index += 1
    }
    while index < scalars.count, isMark(scalars[index]) { index += 1 }
    return matched * 2 >= word.count && (index == scalars.count || !isWordPart(scalars[index]))
  }

  /// Skips marks on letters and the replacements of invisible characters.
  private static func skipHidden(_ scalars: [Unicode.Scalar], from start: Int) -> Int {
    scalars[start...].firstIndex { !isHidden($0) } ?? scalars.count
  }

  private static func isBracket(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x5B: true
    case 0...0x7F: false
    // Unicode does not class these pieces and corners as brackets.
    case 0x23A1...0x23A3, 0x23B0, 0x23B4, 0x231C, 0x231E: true
    default: scalar.properties.generalCategory == .openPunctuation
    }
  }

  private static func isGap(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x20, 0x09, 0x0A: return true
    case 0x21...0x7E: return false
    case 0x2800, 0x1D159: return true  // blank by shape, not by category
    default: return isHidden(scalar) || scalar.properties.isWhitespace
    }
  }

  private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0...0x7E: false
    case 0xFFFD, 0x2400...0x2424: true  // replacements of invisible characters
    default: isMark(scalar) || scalar.properties.isDefaultIgnorableCodePoint
    }
  }

  private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
    guard scalar.value >= 0x300 else { return false }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .spacingMark: return true
    default: return false
    }
  }

  private static func isWordPart(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .lowercaseLetter, .uppercaseLetter, .titlecaseLetter, .otherLetter, .modifierLetter: true
    case .decimalNumber, .letterNumber, .connectorPunctuation: true
    default: false
    }
  }
}
