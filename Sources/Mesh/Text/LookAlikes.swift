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

/// A table of characters that a reader takes for a letter of "from" or "verified". Upper case
/// counts like lower case. It was made from Unicode's compatibility decompositions and letter
/// names, and from the look-alikes of Cyrillic, Greek, Armenian, Cherokee, Coptic and Lisu in its
/// confusables (UTS #39).
enum LookAlikeLetters {
  /// - Returns: the lower-case ASCII letter that the scalar looks like, if it is one of `fromvied`.
  static func letter(_ scalar: Unicode.Scalar) -> UInt8? {
    let value = regular(scalar.value)
    if value < 0x80 { return ascii(UInt8(value)) }
    return table[value]
  }

  /// Alphabets that repeat another one in its order: fullwidth, mathematical, enclosed.
  private static func regular(_ value: UInt32) -> UInt32 {
    let upper = UInt32(UInt8(ascii: "A"))
    switch value {
    case 0xFF01...0xFF5E: return value - 0xFEE0
    case 0x1D400...0x1D6A3: return letterOfStyle((value - 0x1D400) % 52)
    case 0x1D6A4: return 0x131  // mathematical dotless i
    case 0x1D6A8...0x1D7C9: return greekOfStyle((value - 0x1D6A8) % 58)
    case 0x1D7CE...0x1D7FF: return (value - 0x1D7CE) % 10 + UInt32(UInt8(ascii: "0"))
    case 0x249C...0x24B5: return value - 0x249C + upper  // parenthesized
    case 0x24B6...0x24E9: return (value - 0x24B6) % 26 + upper  // circled
    case 0x1F110...0x1F129: return value - 0x1F110 + upper  // parenthesized
    case 0x1F130...0x1F149: return value - 0x1F130 + upper  // squared
    case 0x1F150...0x1F169: return value - 0x1F150 + upper  // negative circled
    case 0x1F170...0x1F189: return value - 0x1F170 + upper  // negative squared
    case 0x1F1E6...0x1F1FF: return value - 0x1F1E6 + upper  // regional indicators
    default: return value
    }
  }

  /// Each mathematical style has A to Z and a to z.
  private static func letterOfStyle(_ index: UInt32) -> UInt32 {
    index % 26 + UInt32(UInt8(ascii: "A"))
  }

  /// Each mathematical style has 25 Greek capitals, nabla, 25 small letters, and seven variants.
  private static func greekOfStyle(_ index: UInt32) -> UInt32 {
    switch index {
    case 0...24: 0x391 + index
    case 26...50: 0x3B1 + index - 26
    case 52: 0x3F5  // epsilon symbol
    default: 0x2207  // nabla: not like any of our letters
    }
  }

  private static func ascii(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0"): return UInt8(ascii: "o")
    case UInt8(ascii: "1"), UInt8(ascii: "l"), UInt8(ascii: "L"), UInt8(ascii: "|"):
      return UInt8(ascii: "i")
    default:
      let small = byte | 0x20
      return letters.contains(small) && byte >= 0x41 ? small : nil
    }
  }

  private static let letters = Array("fromvied".utf8)

  private static let table: [UInt32: UInt8] = {
    var table: [UInt32: UInt8] = [:]
    for (letter, likes) in rows {
      for scalar in likes.unicodeScalars { table[scalar.value] = letter }
    }
    return table
  }()

  private static let rows: [(letter: UInt8, likes: String)] = [
    (UInt8(ascii: "f"), "ſᖴƑƒϜϝҒғքᵮᶂᶠḞḟẛẜẝℱꓝꜰꞘꞙꟳꬵ𝈓"),
    (UInt8(ascii: "r"), "ᖇŔŕŖŗŘřȐȑȒȓɌɍɼɽɾʀʳΓЃГгѓҐґᎡᏒᴦᴿᵣᵲᵳᶉṘṙṚṛṜṝṞṟℛℜℝⱤⲄⲅꓣꞦꞧꭆꭇꭈꭉꮁ𝼖"),
    (
      UInt8(ascii: "o"),
      "ºÒÓÔÕÖØòóôõöøŌōŎŏŐőƟƠơǑǒǪǫǬǭǾǿȌȍȎȏȪȫȬȭȮȯȰȱΌΟοσόОоѲѳӦӧӨөՕօ०০੦"
        + "૦௦౦೦൦๐໐ᴏᴼᵒṌṍṎṏṐṑṒṓỌọỎỏỐốỒồỔổỖỗỘộỚớỜờỞởỠỡỢợὀὁὂὃὄὅὸₒℴⱺⲞⲟꓳꝊꝋꝌꝍ𝼛"
    ),
    (UInt8(ascii: "m"), "ᗰɱΜϺϻМмӍӎᎷᴍᴹᵐᵯᶆḾḿṀṁṂṃₘℳⅯⅿⱮⲘⲙꓟꬺ"),
    (UInt8(ascii: "v"), "ƲʋΰνυϋύѴѵѶѷᏙᴠᵛᵥᶌṼṽṾṿὐὑὒὓὔὕὖὗὺⅤⅴ∨⋁ⱱⱴⱽⲩꓦꝞꝟ"),
    (
      UInt8(ascii: "i"),
      "ÌÍÎÏìíîïĨĩĪīĬĭĮįİıƖƗǀǏǐȈȉȊȋɨɩɪͺΊΐΙΪίιϊІЇіїӀӏᎥᴵᵢᶖḬḭḮḯỈỉỊịἰἱἲἳ" + "ἴἵἶἷὶῐῑῒῖῗⁱℐℑℹⅈⅠⅰ∣Ⲓⲓꓲ𝼚"
    ),
    (
      UInt8(ascii: "e"),
      "ÈÉÊËèéêëĒēĔĕĖėĘęĚěȄȅȆȇȨȩɆɇɛΈΕέεϵЀЁЄЕеѐёєҽҾҿӖӗᎬᴇᴱᵉᶒḔḕḖḗḘḙḚḛḜḝ"
        + "ẸẹẺẻẼẽẾếỀềỂểỄễỆệἐἑἒἓἔἕὲₑℇ℮ℯℰⅇ⋿ⱸⲈⲉꓰꬴ"
    ),
    (UInt8(ascii: "d"), "ÐðĎďĐđƊƋƌǅǲȡɖɗԀԁժᎠᑯᴅᴰᵈᵭᶁᶑḊḋḌḍḎḏḐḑḒḓⅅⅆⅮⅾꓓꟇꟈ"),
  ]
}
