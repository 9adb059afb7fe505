/// Replaces, one for one, the characters that must not reach a terminal or an agent. The decision
/// depends on the character before it in the *output* and the one after it in the input, so that a
/// second run changes nothing.
struct Replacing {
  private let input: [Unicode.Scalar]
  private(set) var output: [Unicode.Scalar] = []
  /// Whether there was a Unicode tag character outside a flag: text that models
  /// read and people do not see.
  private(set) var sawTagCharacter = false

  static let replacement: Unicode.Scalar = "\u{FFFD}"

  init(_ input: [Unicode.Scalar]) { self.input = input }

  mutating func run() {
    output.reserveCapacity(input.count)
    var index = 0
    while index < input.count {
      let scalar = input[index]
      if let plain = Replacing.ascii(scalar) {
        output.append(plain)
        index += 1
        continue
      }
      let flag = SubdivisionFlag.length(in: input, at: index)
      if flag > 0 {
        output.append(contentsOf: input[index..<index + flag])
        index += flag
        continue
      }
      output.append(replaced(scalar, next: index + 1 < input.count ? input[index + 1] : nil))
      index += 1
    }
  }

  /// Printable ASCII, LF and TAB stay; the others become their pictures. `nil` if not ASCII.
  private static func ascii(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
    switch scalar.value {
    case 0x20...0x7E, 0x09, 0x0A: scalar
    case 0...0x1F: Unicode.Scalar(0x2400 + scalar.value)
    case 0x7F: "\u{2421}"
    default: nil
    }
  }

  private mutating func replaced(_ scalar: Unicode.Scalar, next: Unicode.Scalar?) -> Unicode.Scalar
  {
    guard Invisible.contains(scalar) else { return scalar }
    switch scalar.value {
    case 0xFE0E, 0xFE0F:
      return Joining.selects(after: output.last, before: next) ? scalar : Self.replacement
    case 0x200C, 0x200D:
      return Joining.joins(scalar, after: output.last, before: next) ? scalar : Self.replacement
    case 0xE0000...0xE007F:
      sawTagCharacter = true
      return Self.replacement
    default: return Self.replacement
    }
  }
}

/// Characters that are invisible by themselves: controls, direction marks, fillers, private use,
/// noncharacters.
enum Invisible {
  static func contains(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    // Shortcut: long ranges of ordinary letters and pictures.
    case 0x20...0x7E, 0xAE...0x34E, 0x350...0x5FF, 0x620...0x6DC, 0x900...0x115E: return false
    case 0x2070...0x3163, 0x3165...0xD7FF, 0x1F000...0x1FFFD: return false
    case 0...0x1F, 0x7F...0x9F: return true
    case 0xE000...0xF8FF, 0xF0000...0x10FFFF: return true
    case 0xFDD0...0xFDEF: return true
    // Arabic, Syriac and Kaithi signs whose category is format, although they are visible.
    case 0x600...0x605, 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD: return false
    case let value where value & 0xFFFE == 0xFFFE: return true
    default:
      let properties = scalar.properties
      return properties.isDefaultIgnorableCodePoint || properties.generalCategory == .format
    }
  }
}

/// England, Scotland, Wales: flags that are written with tag characters (emoji-tag-sequence of UTS
/// #51, the three recommended for general interchange). Any other sequence could carry hidden text.
enum SubdivisionFlag {
  private static let all: [[UInt32]] = ["gbeng", "gbsct", "gbwls"].map { name in
    [0x1F3F4] + name.utf8.map { 0xE0000 + UInt32($0) } + [0xE007F]
  }

  /// - Returns: the number of scalars of the flag that begins at `index`, or 0.
  static func length(in scalars: [Unicode.Scalar], at index: Int) -> Int {
    guard scalars[index].value == 0x1F3F4 else { return 0 }
    let found = all.first { flag in
      scalars.count - index >= flag.count
        && zip(flag, scalars[index...]).allSatisfy { $0 == $1.value }
    }
    return found?.count ?? 0
  }
}

/// Where joiners and variation selectors are part of the writing: in emoji sequences, and between
/// letters of scripts that join. Anywhere else they are invisible and can hide something.
enum Joining {
  /// U+FE0E or U+FE0F after an emoji, or inside a keycap (`1 U+FE0F U+20E3`).
  static func selects(after previous: Unicode.Scalar?, before next: Unicode.Scalar?) -> Bool {
    guard let previous, previous.properties.isEmoji else { return false }
    return previous.isASCII ? next == "\u{20E3}" : true
  }

  /// U+200C or U+200D between two letters of joining scripts; U+200D also between two emoji.
  static func joins(
    _ scalar: Unicode.Scalar, after previous: Unicode.Scalar?, before next: Unicode.Scalar?
  ) -> Bool {
    guard let previous, let next else { return false }
    if isJoiningLetter(previous), isJoiningLetter(next) { return true }
    return scalar == "\u{200D}" && endsEmoji(previous) && isPicture(next)
  }

  private static func endsEmoji(_ scalar: Unicode.Scalar) -> Bool {
    // The output has a selector only after an emoji, and a tag only at the end of a flag.
    scalar == "\u{FE0F}" || scalar.value == 0xE007F || isPicture(scalar)
  }

  private static func isPicture(_ scalar: Unicode.Scalar) -> Bool {
    !scalar.isASCII && scalar.properties.isEmoji
  }

  /// A letter, or a sign on one: Indic joiners come after a virama.
  private static func isJoiningLetter(_ scalar: Unicode.Scalar) -> Bool {
    guard scripts.contains(where: { $0.contains(scalar.value) }), !Invisible.contains(scalar) else {
      return false
    }
    switch scalar.properties.generalCategory {
    case .otherLetter, .modifierLetter, .lowercaseLetter, .uppercaseLetter: return true
    case .nonspacingMark, .spacingMark: return true
    default: return false
    }
  }

  /// Blocks of the scripts whose letters join (Arabic and its relatives, Mongolian) or form
  /// conjuncts (Indic and its descendants). They are listed by block because the standard library
  /// does not know scripts.
  private static let scripts: [ClosedRange<UInt32>] = [
    0x0600...0x06FF,  // Arabic
    0x0700...0x077F,  // Syriac, Arabic Supplement
    0x07C0...0x07FF,  // N'Ko
    0x0840...0x08FF,  // Mandaic, Syriac Supplement, Arabic Extended
    0x0900...0x0DFF,  // Devanagari to Sinhala
    0x0F00...0x109F,  // Tibetan, Myanmar
    0x1780...0x18AF,  // Khmer, Mongolian
    0x1A20...0x1AAF,  // Tai Tham
    0x1B00...0x1C4F,  // Balinese to Lepcha
    0x1CD0...0x1CFF,  // Vedic signs
    0xA840...0xA8FF,  // Phags-pa, Saurashtra, Devanagari Extended
    0xA900...0xA9FF,  // Kayah Li, Rejang, Javanese, Myanmar Extended-B
    0xAA00...0xAA7F,  // Cham, Myanmar Extended-A
    0xAAE0...0xAAFF,  // Meetei Mayek Extensions
    0xABC0...0xABFF,  // Meetei Mayek
    0xFB50...0xFDCF,  // Arabic Presentation Forms-A
    0xFE70...0xFEFC,  // Arabic Presentation Forms-B
    0x10AC0...0x10AFF,  // Manichaean
    0x10B80...0x10BAF,  // Psalter Pahlavi
    0x10D00...0x10D3F,  // Hanifi Rohingya
    0x10EC0...0x10EFF,  // Arabic Extended-C
    0x10F30...0x10FDF,  // Sogdian, Chorasmian
    0x11000...0x11FFF,  // Brahmi and its descendants
    0x1E900...0x1E95F,  // Adlam
  ]
}
