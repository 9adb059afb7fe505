/// What a pane receives: the tag and the safe text, and what may be done with it. Made of an `Opened`, which it uses up.
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

  /// By which it is known again on a screen.
  package var delivered: DeliveredText { typed.delivered }

  /// TAB completes words where it is not known that the program brackets what is pasted.
  package var typed: Typing.Message {
    Typing.Message(
      id: statement.id.text, text: "\(tag) \(safe.text)", spaced: "\(tag) \(safe.tabsAsSpaces)")
  }
}
