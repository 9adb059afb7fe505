/// What a pane receives: the tag, the safe text and what may be done with it. Made from an `Opened`, which it consumes.
package struct DeliveredMessage: Sendable {
  package let statement: Statement
  package let decision: AccessDecision
  private let safe: SafeText

  package init(_ opened: consuming Opened) {
    statement = opened.statement
    decision = opened.decision
    safe = opened.text
  }

  /// - Parameter hint: the tag says how to answer.
  package func typed(hint: Bool = false) -> Typing.Message {
    let tag = statement.tag(hint: hint)
    // TAB completes words unless the program is known to bracket pasted text.
    return Typing.Message(
      id: statement.id.text, text: "\(tag) \(safe.text)", spaced: "\(tag) \(safe.tabsAsSpaces)")
  }

  /// Whether an answer would arrive: `--reply` reaches a pane of the sender's host. Who sends an answer knows
  /// how to write one.
  package func canBeAnswered(among hosts: Set<Host>) -> Bool {
    guard statement.inReplyTo == nil, statement.from.text != statement.fromHost.name else {
      return false
    }
    return statement.replyTo.map { $0.owner(among: hosts) == statement.fromHost } ?? true
  }
}

extension Typing {
  /// A message as it is typed.
  package struct Message: Sendable {
    let id: String
    /// The text with tabs, and with blanks in their place.
    package let text: String
    let spaced: String

    package init(id: String, text: String, spaced: String) {
      (self.id, self.text, self.spaced) = (id, text, spaced)
    }

    /// Recognises the text on a screen.
    package var delivered: DeliveredText { DeliveredText(id: id, text: spaced) }
  }
}

/// Texts that are pasted one after the other, in one step.
package struct Paste: Sendable, Equatable {
  /// The message's id: 26 characters of lower-case base32. It names the buffers.
  package let id: String
  package let pieces: [[UInt8]]
  /// Whether to add brackets, if the program asked for them.
  package let bracketed: Bool

  /// - Parameter pieces: safe text, 1 to 1,000 pieces, none empty or with a NUL, at most 256 KiB together.
  /// - Returns: nil when one of these conditions is not met.
  package init?(id: String, _ pieces: [String], bracketed: Bool) {
    guard Paste.isID(id), (1...1000).contains(pieces.count),
      pieces.allSatisfy({ !$0.isEmpty && !$0.utf8.contains(0) }),
      pieces.reduce(0, { $0 + $1.utf8.count }) <= 256 << 10
    else { return nil }
    self.id = id
    self.pieces = pieces.map { Array($0.utf8) }
    self.bracketed = bracketed
  }

  package static func isID(_ text: some StringProtocol) -> Bool {
    text.utf8.count == 26
      && text.unicodeScalars.allSatisfy { ("a"..."z").contains($0) || ("2"..."7").contains($0) }
  }
}
