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
