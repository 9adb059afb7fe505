@_spi(_Unicode) internal import Swift

/// Why a name may not be a file's in somebody's inbox. The texts of the cases are constants: never the name.
package enum FileNameError: Error, Equatable, Sendable {
  /// Empty, above 255 bytes, or nothing but blanks.
  case length
  /// `.`, `..`, or with a `/`: a name is one component.
  case path
  /// A leading dot hides a file, a leading dash makes it an option.
  case start
  /// A control, invisible or direction-changing character, or one that no text has.
  case character
  /// Not in Unicode's composed form (NFC): it could look like another name and be a different one.
  case form
}

/// A file's name as it may stand in an inbox: one visible component that is neither hidden nor an option.
/// Names that other systems reserve, such as `CON`, are names like others here.
package struct FileName: Hashable, Sendable, CustomStringConvertible {
  /// The most bytes of a name; what file systems take.
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

  /// The name that a path ends in, in composed form: what a sender proposes.
  package init(lastOf path: String) throws(FileNameError) {
    let last = path.split(separator: "/", omittingEmptySubsequences: true).last ?? ""
    var composed = String.UnicodeScalarView()
    composed.append(contentsOf: String(last)._nfc)
    try self.init(validating: String(composed))
  }

  package var description: String { text }

  /// The name for a file whose own is taken: `name (2).ext`, shortened where it would grow too long.
  /// - Parameter number: from 2 on.
  package func numbered(_ number: Int) -> FileName? {
    let mark = " (\(number))"
    let ending = self.ending
    let room = FileName.limit - mark.utf8.count - ending.utf8.count
    var stem = text.dropLast(ending.count)
    while stem.utf8.count > room, !stem.isEmpty { stem = stem.dropLast() }
    guard !stem.isEmpty else { return nil }
    return try? FileName(validating: "\(stem)\(mark)\(ending)")
  }

  /// `.ext` of at most 16 bytes, or nothing.
  private var ending: Substring {
    guard let dot = text.lastIndex(of: "."), dot > text.startIndex,
      text[dot...].utf8.count <= 17, text[dot...].utf8.count > 1
    else { return "" }
    return text[dot...]
  }

  /// What the safe text of a terminal would leave as it is, on one line.
  private static func isVisible(_ text: String) -> Bool {
    let shown = SafeText.line(text, limit: FileName.limit + 1)
    // The line form disarms what looks like our tag; a name with a bracket is still a name.
    return zip(shown.unicodeScalars, text.unicodeScalars).allSatisfy { pair in
      pair.0 == pair.1 || pair.0 == "("
    } && shown.unicodeScalars.count == text.unicodeScalars.count
      && !text.unicodeScalars.contains { isForeign($0) }
  }

  private static func isForeign(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: true
    // Joiners that the safe text left where a script needs them.
    case .format: scalar != "\u{200C}" && scalar != "\u{200D}"
    default: scalar == "\u{FFFD}"
    }
  }
}
