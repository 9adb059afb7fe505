/// Where text goes in.
package struct ComposerPlace: Sendable, Equatable {
  /// The prompt's row and the column behind the prompt, from 0.
  package let row: Int
  package let column: Int
}

/// What stands where a profile says that its program takes input.
struct ComposerFinding: Equatable {
  enum Content: Equatable {
    /// Prompt, cursor, row and neighbours are those of an empty composer.
    case empty
    case draft
    /// A draft, or a mode, in which text would be a command.
    case command
    /// No composer.
    case none
  }

  let content: Content
  let place: ComposerPlace?
  let evidence: String
}
