internal import Mesh

/// A message in the outbox in its file format: lines `from`, `to`, `reply-to`, `in-reply-to`, `options`,
/// `tried`, then the body. The file's name holds its id, host and expiry.
struct OutboxMessage: Sendable {
  /// The body and a few header lines.
  private static let limit = SafeText.limit + 4096
  private static let unclear = "unclear"

  let from: Address
  let to: Address
  let replyTo: Address?
  let inReplyTo: MessageID?
  let options: SendOptions
  /// An attempt broke off after the message was sent: it may have been typed.
  var isUnclear = false
  let body: [UInt8]

  init(_ order: Order, _ to: Address) {
    (from, self.to, body) = (order.from, to, order.body)
    (replyTo, inReplyTo, options) = (order.replyTo, order.inReplyTo, order.options)
  }

  /// - Returns: nil when the file is gone or is not a message.
  init?(_ item: SpoolItem, _ directory: borrowing Directory) throws(SetupError) {
    let bytes = try AgentsHome.read(
      item.name, in: directory, limit: OutboxMessage.limit, policy: .secret)
    let parts = (bytes ?? []).split(separator: 10, maxSplits: 6, omittingEmptySubsequences: false)
    guard parts.count == 7 else { return nil }
    let lines = parts.prefix(6).map { String(decoding: $0, as: UTF8.self) }
    guard let from = try? Address(validating: lines[0]),
      let to = try? Address(validating: lines[1]),
      let options = try? SendOptions(validating: lines[4])
    else { return nil }
    (self.from, self.to, self.options, body) = (from, to, options, Array(parts[6]))
    replyTo = try? Address(validating: lines[2])
    inReplyTo = try? MessageID(validating: lines[3])
    isUnclear = lines[5] == OutboxMessage.unclear
  }

  var bytes: [UInt8] {
    let lines = [
      from.text, to.text, replyTo?.text ?? "-", inReplyTo?.text ?? "-", options.text,
      isUnclear ? OutboxMessage.unclear : "-",
    ]
    return Array(lines.map { $0 + "\n" }.joined().utf8) + body
  }

  /// - Parameter life: milliseconds until it expires.
  func order(_ id: MessageID, life: Int64) -> Order {
    var options = options
    // No process waits for the outcome any more; if the recipient is not ready, its host queues the message.
    options.wait = nil
    var order = Order(
      from: from, body: body, replyTo: replyTo, inReplyTo: inReplyTo, options: options, id: id)
    order.life = life
    order.silence = .waitsOn
    return order
  }
}
