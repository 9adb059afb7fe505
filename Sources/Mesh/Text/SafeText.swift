/// Why a body is refused instead of being made safe.
package enum TextError: Error, Equatable, Sendable { case notUTF8, tagCharacters, tooLong }

/// Text that is safe for a terminal or an agent: no control character but LF and TAB, nothing
/// invisible, nothing that changes the direction of writing, nothing that looks like our tag. It is
/// made from untrusted text by replacing characters one for one, never by deleting: a deletion
/// could join the two halves of a marker that was split on purpose.
package struct SafeText: Sendable, Equatable {
  /// The maximum size of a body, in bytes.
  package static let limit = 65_536

  /// The safe text. LF separates lines; TAB is kept for recipients with bracketed paste.
  package let text: String

  /// A body of any number of lines. Safe text stays unchanged.
  /// - Parameter bytes: UTF-8, at most `limit` bytes.
  package init(body bytes: [UInt8]) throws(TextError) {
    guard bytes.count <= SafeText.limit else { throw .tooLong }
    let string = String(decoding: bytes, as: UTF8.self)
    // Decoding repairs invalid UTF-8; a repaired text differs from its bytes.
    guard string.utf8.elementsEqual(bytes) else { throw .notUTF8 }
    // The usual case: plain text needs no further checks.
    guard !bytes.allSatisfy(SafeText.isPlain) else {
      text = string
      return
    }
    let scalars = LineEnds.unified(string.unicodeScalars, atMost: bytes.count)
    var replacing = Replacing(scalars)
    replacing.run()
    guard !replacing.sawTagCharacter else { throw .tagCharacters }
    text = SafeText.string(LookAlikes.disarmed(replacing.output))
  }

  /// Printable ASCII except `[`, LF and TAB.
  private static func isPlain(_ byte: UInt8) -> Bool {
    (byte >= 0x20 && byte < 0x7F && byte != UInt8(ascii: "[")) || byte == 0x0A || byte == 0x09
  }

  /// Four blanks for each TAB, for recipients without bracketed paste, where
  /// TAB would complete words.
  package var tabsAsSpaces: String {
    text.utf8.contains(0x09) ? replaced { $0 == 0x09 ? "    " : nil } : text
  }

  /// One line without TAB, for recipients that take only one line.
  /// - Parameter joint: replaces each LF. It comes from us, never from a sender.
  package func oneLine(joinedBy joint: String = " ⏎ ") -> String {
    replaced { $0 == 0x0A ? joint : $0 == 0x09 ? "    " : nil }
  }

  private func replaced(_ other: (UInt8) -> String?) -> String {
    var out: [UInt8] = []
    out.reserveCapacity(text.utf8.count + 64)
    for byte in text.utf8 {
      if let other = other(byte) { out.append(contentsOf: other.utf8) } else { out.append(byte) }
    }
    return String(decoding: out, as: UTF8.self)
  }

  static func string(_ scalars: [Unicode.Scalar]) -> String {
    String(String.UnicodeScalarView(scalars))
  }
}

extension SafeText {
  /// One safe line, for names, roles, scopes and error texts of peers: LF becomes
  /// U+2424, TAB a blank, tag characters U+FFFD. Text longer than `limit`
  /// characters is cut and ends with `…`. Never fails.
  package static func line(_ untrusted: String, limit: Int = 200) -> String {
    let limit = min(max(1, limit), SafeText.limit)
    // Cut before replacing, so that no sequence that was judged as a whole is cut in half.
    var scalars = LineEnds.unified(untrusted.unicodeScalars, atMost: limit + 1)
    if scalars.count > limit { scalars.replaceSubrange((limit - 1)..., with: ["…"]) }
    var replacing = Replacing(scalars)
    replacing.run()
    // First make line feeds visible, then look for look-alikes: a visible line feed could hide
    // inside a word.
    let flat = replacing.output.map { scalar -> Unicode.Scalar in
      switch scalar {
      case "\n": "\u{2424}"
      case "\t": " "
      default: scalar
      }
    }
    return string(LookAlikes.disarmed(flat))
  }

  /// The same for unknown bytes: what is not UTF-8 becomes U+FFFD.
  package static func line(bytes: some Collection<UInt8>, limit: Int = 200) -> String {
    // A character has at most 4 bytes, and only CRLF (2 bytes) becomes shorter.
    let most = (min(max(1, limit), SafeText.limit) + 1) * 4
    return line(String(decoding: bytes.prefix(most), as: UTF8.self), limit: limit)
  }
}

/// CR, CRLF, NEL, LS, PS, VT and FF become LF.
enum LineEnds {
  /// - Parameter most: stop after this many scalars.
  static func unified(_ source: some Sequence<Unicode.Scalar>, atMost most: Int) -> [Unicode.Scalar]
  {
    var out: [Unicode.Scalar] = []
    out.reserveCapacity(most)
    var afterCR = false
    for scalar in source {
      let wasCR = afterCR
      afterCR = scalar == "\r"
      if wasCR, scalar == "\n" { continue }
      guard out.count < most else { break }
      switch scalar {
      case "\r", "\u{0B}", "\u{0C}", "\u{85}", "\u{2028}", "\u{2029}": out.append("\n")
      default: out.append(scalar)
      }
    }
    return out
  }
}
