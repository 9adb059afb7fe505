/// How many terminal columns a text takes, without a locale: `wcwidth` knows only ASCII under
/// `LC_ALL=C`. EastAsianWidth W and F and emoji shown as pictures take two; marks and invisible
/// characters take none.
package enum DisplayWidth {
  /// Control characters count as 0: make text safe first.
  package static func of(_ text: String) -> Int { text.unicodeScalars.reduce(0) { $0 + of($1) } }

  package static func of(_ scalar: Unicode.Scalar) -> Int {
    let value = scalar.value
    if (0x20..<0x7f).contains(value) { return 1 }
    switch scalar.properties.generalCategory {
    case .control, .format, .nonspacingMark, .enclosingMark, .lineSeparator, .paragraphSeparator:
      // The soft hyphen is shown.
      return value == 0xad ? 1 : 0
    default: break
    }
    // Hangul vowels and finals join the syllable before them.
    if (0x1160...0x11ff).contains(value) { return 0 }
    if scalar.properties.isEmojiPresentation { return 2 }
    return wide.contains { $0.contains(value) } ? 2 : 1
  }

  private static let wide: [ClosedRange<UInt32>] = [
    0x1100...0x115f, 0x2329...0x232a, 0x2e80...0x303e, 0x3041...0x3247, 0x3250...0x4dbf,
    0x4e00...0xa4c6, 0xa960...0xa97c, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe10...0xfe19,
    0xfe30...0xfe6b, 0xff01...0xff60, 0xffe0...0xffe6, 0x16fe0...0x18cff, 0x1aff0...0x1b2fb,
    0x1f200...0x1f265, 0x1f900...0x1f9ff, 0x20000...0x3fffd,
  ]
}

/// Text in columns of a terminal.
package enum Cells {
  /// Exactly `width` columns: padded with blanks, or cut with `…`.
  package static func fit(_ text: String, to width: Int) -> String {
    let wide = DisplayWidth.of(text)
    guard wide > width else { return text + String(repeating: " ", count: width - wide) }
    return cut(text, to: width)
  }

  /// Cut in the middle, so that both ends of an address stay visible, and padded to exactly `width`
  /// columns.
  package static func cut(_ text: String, to width: Int) -> String {
    guard width > 1 else { return width == 1 ? "…" : "" }
    let tail = min(width / 3, 12)
    let head = take(Array(text), width - 1 - tail)
    let end = String(take(Array(text.reversed()), tail).reversed())
    let cut = head + "…" + end
    return cut + String(repeating: " ", count: max(0, width - DisplayWidth.of(cut)))
  }

  private static func take(_ characters: [Character], _ width: Int) -> String {
    var (text, used) = ("", 0)
    for character in characters {
      let wide = DisplayWidth.of(String(character))
      guard used + wide <= width else { break }
      text.append(character)
      used += wide
    }
    return text
  }
}

extension Int {
  /// `1 line`, `2 lines`.
  package func counted(_ noun: String) -> String { "\(self) \(noun)\(self == 1 ? "" : "s")" }
}
