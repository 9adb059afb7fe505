/// What a pane receives: the tag, the safe text and what may be done with it. Made from an `Opened`, which it consumes.
package struct DeliveredMessage: Sendable {
  package let statement: Statement
  package let decision: AccessDecision
  private let tag: String
  private let safe: SafeText

  package init(_ opened: consuming Opened) {
    statement = opened.statement
    decision = opened.decision
    safe = opened.text
    tag =
      Tag(
        from: statement.from, time: statement.time.text, id: statement.id.text,
        sealed: statement.seal != .none, replyTo: statement.replyTo
      ).text
  }

  /// Recognises the text on a screen.
  package var delivered: DeliveredText { typed.delivered }

  /// TAB completes words unless the program is known to bracket pasted text.
  package var typed: Typing.Message {
    Typing.Message(
      id: statement.id.text, text: "\(tag) \(safe.text)", spaced: "\(tag) \(safe.tabsAsSpaces)")
  }
}
