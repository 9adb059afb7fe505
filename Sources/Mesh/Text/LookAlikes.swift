/// Takes the bracket from what looks like our tag: a bracket-like character that is followed, after at most
/// three blanks or invisible ones, by a word that looks like "from" or "verified", becomes `(`.
/// A body can still *describe* a tag: the proof is the verification, not the picture.
enum LookAlikes {
  private static let from = Array("from".utf8)
  private static let verified = Array("verified".utf8)
  private static let mostBlanks = 3

  /// - Parameter scalars: already without invisible characters; what replaced them counts as invisible.
  static func disarmed(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
    var out = scalars
    for index in scalars.indices where isBracket(scalars[index]) {
      if beginsTag(scalars, at: index + 1) { out[index] = "(" }
    }
    return out
  }

  private static func beginsTag(_ scalars: [Unicode.Scalar], at start: Int) -> Bool {
    for index in start..<min(start + mostBlanks + 1, max(start, scalars.count)) {
      switch LookAlikeLetters.letter(scalars[index]) {
      case UInt8(ascii: "f"): if begins(from, in: scalars, at: index) { return true }
      case UInt8(ascii: "v"): if begins(verified, in: scalars, at: index) { return true }
      default: break
      }
      guard isGap(scalars[index]) else { return false }
    }
    return false
  }

  /// The word, whole: what comes behind it is no further letter, digit or underscore.
  private static func begins(_ word: [UInt8], in scalars: [Unicode.Scalar], at start: Int) -> Bool {
    var (index, matched) = (start, 0)
    while matched < word.count {
      guard index < scalars.count else { return false }
      if matched > 0 { index = skipHidden(scalars, from: index) }
      guard index < scalars.count else { return false }
      // "fi" has a letter of its own.
      if scalars[index].value == 0xFB01, word[matched...].starts(with: "fi".utf8) {
        matched += 2
      } else if LookAlikeLetters.letter(scalars[index]) == word[matched] {
        matched += 1
      } else {
        return false
      }
      index += 1
    }
    while index < scalars.count, isMark(scalars[index]) { index += 1 }
    return index == scalars.count || !isWordPart(scalars[index])
  }

  /// Marks on a letter, and what stands for invisible ones: at most three between two letters.
  private static func skipHidden(_ scalars: [Unicode.Scalar], from start: Int) -> Int {
    var index = start
    while index < scalars.count, index < start + mostBlanks, isHidden(scalars[index]) { index += 1 }
    return index
  }

  private static func isBracket(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    // [ with its wide and vertical forms; quill; pieces and corners.
    case 0x5B, 0xFF3B, 0xFE47, 0x2045, 0x23A1...0x23A3, 0x2308, 0x230A, 0x231C, 0x231E: true
    // Mathematical and tortoise shell.
    case 0x2772, 0x27E6, 0x27EC, 0x298B, 0x298D, 0x298F, 0x2997: true
    // Half brackets, brackets with a stroke; Tibetan, Ogham.
    case 0x2E22, 0x2E24, 0x2E26, 0x2E55, 0x2E57, 0x0F3A, 0x169B: true
    // CJK, with their vertical, small and half-width forms.
    case 0x3008, 0x300A, 0x300C, 0x300E, 0x3010, 0x3014, 0x3016, 0x3018, 0x301A: true
    case 0xFE17, 0xFE39, 0xFE3B, 0xFE3D, 0xFE3F, 0xFE41, 0xFE43, 0xFE5D, 0xFF62: true
    default: false
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
    case 0xFFFD, 0x2400...0x2424: true  // what replaced an invisible one
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
