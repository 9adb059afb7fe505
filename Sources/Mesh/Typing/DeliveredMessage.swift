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
