/// Words of a shell line that a person pastes.
package enum ShellWord {
  /// The text as one word: in quotes, unless a shell takes all of it as it is.
  package static func quoted(_ text: String) -> String {
    guard text.isEmpty || !isPlain(text, "/._-~:@%") else { return text }
    return inQuotes(text)
  }

  /// Whether the text has no characters but letters, digits and these marks.
  package static func isPlain(_ text: String, _ marks: String) -> Bool {
    text.utf8.allSatisfy { $0.isLetter || $0.isDigit || marks.utf8.contains($0) }
  }

  static func inQuotes(_ text: String) -> String {
    "'" + text.replacing("'", with: "'\\''") + "'"
  }
}
