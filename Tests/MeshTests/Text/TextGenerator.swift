import TestSupport

extension SeededGenerator {
  /// Random text: characters for which safe text has rules, mixed with ordinary ones.
  mutating func nasty(_ count: Int) -> String {
    var out = ""
    for _ in 0..<count {
      switch Int.random(in: 0..<6, using: &self) {
      case 0: out.unicodeScalars.append(anyScalar())
      case 1:
        out +=
          ["[from", "［ｆｒｏｍ", "[verified", "[", "【", "from", "verified", "frоm"].randomElement(
            using: &self) ?? ""
      default: out += SeededGenerator.pieces.randomElement(using: &self) ?? ""
      }
    }
    return out
  }

  mutating func anyScalar() -> Unicode.Scalar {
    while true {
      let most: UInt32 = [0x100, 0x3000, 0xFFFF, 0x10FFFF].randomElement(using: &self) ?? 0xFF
      if let scalar = Unicode.Scalar(UInt32.random(in: 0...most, using: &self)) { return scalar }
    }
  }

  static let pieces = [
    "a", "f", "1", "#", " ", "\n", "\r", "\r\n", "\t", "\u{1B}", "\u{7F}", "\u{9B}", "\u{85}",
    "\u{2028}",
    "\u{200B}", "\u{200C}", "\u{200D}", "\u{202E}", "\u{FE0E}", "\u{FE0F}", "\u{20E3}", "\u{1F468}",
    "\u{1F3FD}",
    "\u{2764}", "\u{1F3F4}", "\u{E0067}", "\u{E007F}", "\u{6CC}", "\u{62E}", "\u{915}", "\u{94D}",
    "\u{937}",
    "\u{301}", "\u{FEFF}", "\u{E000}", "\u{FFFD}", "\u{AD}", "\u{3164}", "\u{2800}",
    "é", "日", "(", "⏎",
    "\u{1F3F4}\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}",
  ]
}
