@_spi(_Unicode) internal import Swift

/// Why a name is refused for a file in an inbox. The texts are constants
/// and never contain the name.
package enum FileNameError: Error, Equatable, Sendable {
  /// Empty, above 255 bytes, or only blanks.
  case length
  /// `.`, `..`, or contains a `/`: a name is one component.
  case path
  /// A leading dot hides a file; a leading dash makes it an option.
  case start
  /// A control, invisible or direction-changing character, or one that does not occur in text.
  case character
  /// Not in Unicode's composed form (NFC): it could look like another name and still be different.
  case form
}

/// A file name that is allowed in an inbox: one visible component that is neither hidden nor an
/// option. Names that only other systems reserve, such as `CON`, are allowed.
package struct FileName: Hashable, Sendable, CustomStringConvertible {
  /// The maximum length of a name in bytes, as file systems allow.
  package static let limit = 255

  package let text: String

  package init(validating text: String) throws(FileNameError) {
    guard (1...FileName.limit).contains(text.utf8.count) else { throw .length }
    guard text != ".", text != "..", !text.utf8.contains(UInt8(ascii: "/")) else { throw .path }
    guard let first = text.utf8.first, first != UInt8(ascii: "."), first != UInt8(ascii: "-") else {
      throw .start
    }
    guard FileName.isVisible(text) else { throw .character }
    guard text.unicodeScalars.contains(where: { !$0.properties.isWhitespace }) else {
      throw .length
    }
    guard text._nfc.elementsEqual(text.unicodeScalars) else { throw .form }
    self.text = text
  }

  /// The last component of a path, in composed form: the name that a sender proposes.
  package init(lastOf path: String) throws(FileNameError) {
    let last = path.split(separator: "/", omittingEmptySubsequences: true).last ?? ""
    var composed = String.UnicodeScalarView()
    composed.append(contentsOf: String(last)._nfc)
    try self.init(validating: String(composed))
  }

  package var description: String { text }

  /// The name when the proposed one is taken: `name (2).ext`, shortened if it would be too long.
  /// - Parameter number: 2 or more.
  package func numbered(_ number: Int) -> FileName? {
    let mark = " (\(number))"
    let ending = self.ending
    let room = FileName.limit - mark.utf8.count - ending.utf8.count
    var stem = text.dropLast(ending.count)
    while stem.utf8.count > room, !stem.isEmpty { stem = stem.dropLast() }
    guard !stem.isEmpty else { return nil }
    return try? FileName(validating: "\(stem)\(mark)\(ending)")
  }

  /// `.ext` of at most 16 bytes, or empty.
  private var ending: Substring {
    guard let dot = text.lastIndex(of: "."), dot > text.startIndex,
      text[dot...].utf8.count <= 17, text[dot...].utf8.count > 1
    else { return "" }
    return text[dot...]
  }

  /// Whether the safe text of one line leaves the name unchanged.
  private static func isVisible(_ text: String) -> Bool {
    let shown = SafeText.line(text, limit: FileName.limit + 1)
    // The safe line replaces a bracket that looks like our tag; in a name, brackets are allowed.
    return zip(shown.unicodeScalars, text.unicodeScalars).allSatisfy { pair in
      pair.0 == pair.1 || pair.0 == "("
    } && shown.unicodeScalars.count == text.unicodeScalars.count
      && !text.unicodeScalars.contains { isForeign($0) }
  }

  private static func isForeign(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: true
    // The safe text keeps joiners only in scripts that need them.
    case .format: scalar != "\u{200C}" && scalar != "\u{200D}"
    default: scalar == "\u{FFFD}"
    }
  }
}
