/// The text before a message in the recipient's pane: who sent it, when, and that it was verified.
/// It begins with `[`, so that no delivered line starts with a command of the recipient.
package struct Tag: Sendable, Equatable {
  package let from: Address
  /// The statement's time, as `Timestamp.text` writes it.
  package let time: String
  /// The message's id; its first 8 characters are shown.
  package let id: String
  package let sealed: Bool
  package let replyTo: Address?
  /// Whether it says how to answer, inside the bracket, where no text is the sender's.
  package let hint: Bool

  package init(
    from: Address, time: String, id: String, sealed: Bool, replyTo: Address?, hint: Bool = false
  ) {
    (self.from, self.time, self.id) = (from, time, id)
    (self.sealed, self.replyTo, self.hint) = (sealed, replyTo, hint)
  }

  /// `[from <address> @ <time>] [verified <first 8 of id>]`. The second bracket may also contain
  /// ` sealed`, ` reply-to <address>` and `; reply: <command>`. A blank and the text follow.
  package var text: String {
    var proof = "verified \(shortID)"
    if sealed { proof += " sealed" }
    if let replyTo { proof += " reply-to \(replyTo)" }
    if hint { proof += "; reply: notify-pane --reply \"...\"" }
    return "[from \(from) @ \(SafeText.line(time, limit: 40))] [\(proof)]"
  }

  /// The part of the id by which a delivery is recognised on the screen.
  package var shortID: String { SafeText.line(bytes: id.utf8.prefix(8), limit: 8) }
}
