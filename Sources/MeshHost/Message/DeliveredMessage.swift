internal import Mesh

/// What a pane receives: the tag and the safe text, and what may be done with it. Made of an `Opened`, which it uses up.
struct DeliveredMessage {
  let statement: Statement
  let decision: AccessDecision
  private let tag: String
  private let safe: SafeText

  init(_ opened: consuming Opened, hosts: Set<Host>) {
    statement = opened.statement
    decision = opened.decision
    safe = opened.text
    tag =
      Tag(
        from: statement.from, time: statement.time.text, id: statement.id.text,
        sealed: statement.seal != .none, replyTo: statement.replyTo
      ).text
  }

  /// By which it is known again on the pane's screen.
  var delivered: DeliveredText {
    DeliveredText(id: statement.id.text, text: text(keepingTabs: false))
  }

  /// - Parameter keepingTabs: for programs that bracket what is pasted; elsewhere TAB completes words.
  func text(keepingTabs: Bool) -> String {
    "\(tag) \(keepingTabs ? safe.text : safe.tabsAsSpaces)"
  }
}
