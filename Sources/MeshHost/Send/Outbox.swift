package import Mesh

/// This account's messages to hosts that do not answer: `notify-pane --queue` keeps them in
/// `~/.agents/spool/outbox/` until they expire. The timer, `agent-mesh drain` and the next message that is sent
/// try them again.
///
/// They are signed when they are sent. Every attempt has the same id and the same expiry, so the recipient
/// types a message once, however often it was tried. Messages to be sealed are never kept here: they would be
/// stored in plain text.
package struct Outbox: Sendable {
  package static let most = 200

  let site: Site

  package init(_ site: Site) { self.site = site }

  /// Whether nothing waits. Creates no directories.
  package var isEmpty: Bool {
    guard let agents = try? site.home.directory(), let spool = try? agents.subdirectory("spool"),
      let outbox = try? spool.subdirectory(Spool.outbox)
    else { return true }
    return Outbox.items(outbox).isEmpty
  }

  /// - Returns: false when the message cannot wait here.
  func keep(_ order: Order, _ route: Route, sealed: Bool) throws(SetupError) -> Bool {
    guard order.kind == .message, order.attachment == nil, !sealed, route.alias != nil else {
      return false
    }
    let now = site.now.milliseconds
    let life = min(order.life ?? Freshness.longestQueuedLife, Freshness.longestQueuedLife)
    let item = SpoolItem(arrival: now, expires: now + life, id: order.id, host: route.host)
    let directory = try directory()
    do {
      let waiting = Outbox.items(directory)
      if waiting.contains(where: { $0.id == order.id }) { return true }
      guard waiting.count < Outbox.most else { return false }
      try directory.createExclusive(item.name, OutboxMessage(order, route.to).bytes)
      try directory.synchronise()
      return true
    } catch { throw SetupError(error) }
  }

  /// Oldest first.
  func messages() throws(SetupError) -> [(item: SpoolItem, message: OutboxMessage)] {
    guard !isEmpty else { return [] }
    let directory = try directory()
    var found: [(SpoolItem, OutboxMessage)] = []
    for item in Outbox.items(directory) {
      if let message = try OutboxMessage(item, directory) { found.append((item, message)) }
    }
    return found
  }

  /// The recipient of each message.
  package func recipients() throws(SetupError) -> [Address] { try messages().map(\.message.to) }

  /// Whether a message waits here.
  package func holds(_ id: MessageID) -> Bool {
    guard !isEmpty, let directory = try? directory() else { return false }
    return Outbox.items(directory).contains { $0.id == id }
  }

  func directory() throws(SetupError) -> Directory {
    try site.home.directory("spool", Spool.outbox)
  }

  static func items(_ directory: borrowing Directory) -> [SpoolItem] {
    ((try? directory.names(limit: most * 2)) ?? []).compactMap { SpoolItem(file: $0) }
  }
}
