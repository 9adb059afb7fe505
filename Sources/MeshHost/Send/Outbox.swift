package import Mesh

/// This account's messages to hosts that do not answer: `notify-pane --queue` keeps them in
/// `~/.agents/spool/outbox/` until they expire. The timer, `agent-mesh drain` and the next message that is sent
/// try them again.
///
/// They are signed when they are sent. Every attempt has the same id and the same expiry, so the recipient
/// types a message once, however often it was tried. Messages to be sealed are never kept here: they would be
/// stored in plain text.
package struct Outbox: Sendable {
  private static let most = 200
  private static let lock = ".lock"
  /// Milliseconds after a failure during which a background attempt would only fail again.
  private static let pause: Int64 = 60_000

  private let site: Site

  package init(_ site: Site) { self.site = site }

  /// Whether nothing waits. Creates no directories.
  package var isEmpty: Bool {
    let outbox = try? site.home.directory().subdirectory("spool").subdirectory(Spool.outbox)
    guard let outbox else { return true }
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
    let waiting = Outbox.items(directory)
    if waiting.contains(where: { $0.id == order.id }) { return true }
    guard waiting.count < Outbox.most else { return false }
    let message = OutboxMessage(order: order, to: route.to)
    try SetupError.unless(directory.createExclusive(item.name, message.bytes))
    try SetupError.unless(directory.synchronise())
    return true
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

  private func directory() throws(SetupError) -> Directory {
    try site.home.directory("spool", Spool.outbox)
  }

  private static func items(_ directory: borrowing Directory) -> [SpoolItem] {
    (try? SpoolItem.all(in: directory, limit: most * 2)) ?? []
  }
}

// MARK: - Another attempt, and the end

extension Outbox {
  /// Tries the waiting messages, oldest first.
  /// - Parameter unhurried: skip hosts that failed a moment ago, and everything while another process is sending.
  package func send(unhurried: Bool = false) throws(SetupError) {
    guard !isEmpty else { return }
    _ = try locked(isPatient: !unhurried) { (directory) throws(SetupError) in
      let sending = Sending(try Credentials(site))
      var silent: Set<Host> = []
      for item in Outbox.items(directory) where !silent.contains(item.host) {
        let isLater = unhurried && hasJustFailed(item.host)
        // After a failed attempt the host is skipped this time: its other messages would time out too.
        let waits = isLater ? true : try settle(item, directory, sending) == nil
        if waits { silent.insert(item.host) }
      }
      return nil
    }
  }

  /// Tries the messages for the same host, up to and including the given one.
  /// - Returns: its outcome; nil: it still waits.
  func retry(_ wanted: SpoolItem) throws(SetupError) -> Disposition? {
    try locked { (directory) throws(SetupError) in
      let sending = Sending(try Credentials(site))
      for item in Outbox.items(directory) where item.host == wanted.host {
        let end = try settle(item, directory, sending)
        if end == nil || item == wanted { return end }
      }
      return nil
    }
  }

  /// Ends a message.
  /// - Returns: its outcome; nil: another process is sending it right now.
  func cancel(_ item: SpoolItem) throws(SetupError) -> Disposition? {
    try locked { (directory) throws(SetupError) in
      guard let message = try OutboxMessage(item, directory) else { return Disposition(.unknown) }
      let end = Disposition(message.isUnclear ? .unknown : .refused, .cancelled)
      try SetupError.unless(directory.remove(item.name))
      log(item, message, end)
      tell(item, message, end)
      return end
    }
  }

  /// - Returns: nil also when another process keeps the lock for too long.
  private func locked(
    isPatient: Bool = true, _ body: (borrowing Directory) throws(SetupError) -> Disposition?
  ) throws(SetupError) -> Disposition? {
    let directory = try directory()
    let taken: FileLock?
    do throws(FileError) {
      taken =
        isPatient
        ? try FileLock.acquire(in: directory, Outbox.lock, until: .now + .seconds(5))
        : try FileLock.tryAcquire(in: directory, Outbox.lock)
    } catch .timeout {
      return nil
    } catch { throw SetupError(error) }
    guard let lock = taken else { return nil }
    let end = try body(directory)
    lock.release()
    return end
  }

  private func hasJustFailed(_ host: Host) -> Bool {
    guard let failed = Contacts(site.home).load(host).failedAt else { return false }
    return (0..<Outbox.pause).contains(site.now.milliseconds - failed.milliseconds)
  }

  /// One attempt. - Returns: the final outcome; nil: the message still waits.
  private func settle(
    _ item: SpoolItem, _ directory: borrowing Directory, _ sending: borrowing Sending
  ) throws(SetupError) -> Disposition? {
    guard var message = try OutboxMessage(item, directory) else {
      try SetupError.unless(directory.remove(item.name))
      return Disposition(.unknown)
    }
    let end = try attempt(item, message, sending)
    switch end.outcome {
    case .failed: return nil
    case .unknown where end.reason != .expired:
      message.isUnclear = true
      try AgentsHome.write(item.name, message.bytes, in: directory)
      return nil
    default: break
    }
    try SetupError.unless(directory.remove(item.name))
    tell(item, message, end)
    return end
  }

  private func tell(_ item: SpoolItem, _ message: OutboxMessage, _ end: Disposition) {
    guard !end.outcome.isSuccess, message.order.options.notify else { return }
    Notices(site).add(
      to: message.order.from, of: site.host, about: item.id, sentTo: message.to, end)
  }

  private func attempt(
    _ item: SpoolItem, _ message: OutboxMessage, _ sending: borrowing Sending
  ) throws(SetupError) -> Disposition {
    let life = item.expires - site.now.milliseconds
    guard life > 0 else { return log(item, message, Disposition(.notReady, .expired)) }
    var order = message.order
    (order.life, order.silence) = (life, .waitsOn)
    // No process waits for the outcome any more; if the recipient is not ready, its host queues the message.
    order.options.wait = nil
    let route: Route
    do { route = try Router(site, sending.trusted).route(to: message.to.text) } catch {
      return Disposition(.failed, .unreachable)
    }
    // The policy may ask for a seal since the message was kept, but kept messages are never sealed.
    guard !sending.seals(order, route) else {
      return log(item, message, Disposition(.refused, .sealRequired))
    }
    return try sending.send(order, by: route).disposition
  }

  /// Logs the outcome of a message that ended here without having been sent.
  @discardableResult
  private func log(
    _ item: SpoolItem, _ message: OutboxMessage, _ end: Disposition
  ) -> Disposition {
    let known = message.isUnclear && end.reason == .expired ? Disposition(.unknown, .expired) : end
    var entry = AuditEntry("sent", at: site.now)
    (entry.id, entry.from, entry.to) = (item.id.text, message.order.from.text, message.to.text)
    (entry.outcome, entry.reason) = (known.outcome.rawValue, known.reason.rawValue)
    entry.note = "it waited here for its host"
    AuditLog(site.home).record(entry)
    return known
  }
}

/// A message in the outbox in its file format: lines `from`, `to`, `reply-to`, `in-reply-to`, `options`,
/// `tried`, then the body. The file's name holds its id, host and expiry.
struct OutboxMessage: Sendable {
  /// The body and a few header lines.
  private static let limit = SafeText.limit + 4096
  private static let unclear = "unclear"

  let order: Order
  let to: Address
  /// An attempt broke off after the message was sent: it may have been typed.
  var isUnclear = false

  init(order: Order, to: Address) { (self.order, self.to) = (order, to) }

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
    order = Order(
      from: from, body: Array(parts[6]), replyTo: try? Address(validating: lines[2]),
      inReplyTo: try? MessageID(validating: lines[3]), options: options, id: item.id)
    (self.to, isUnclear) = (to, lines[5] == OutboxMessage.unclear)
  }

  var bytes: [UInt8] {
    let lines = [
      order.from.text, to.text, order.replyTo?.text ?? "-", order.inReplyTo?.text ?? "-",
      order.options.text, isUnclear ? OutboxMessage.unclear : "-",
    ]
    return Array(lines.map { $0 + "\n" }.joined().utf8) + order.body
  }
}

// MARK: - Notices, which wait beside the outbox

extension Notices {
  /// Sends the stored notices, unless another process is already sending them.
  package func send() throws(SetupError) {
    guard !isEmpty else { return }
    let directory = try site.home.directory("spool", Spool.notices)
    let lock = try SetupError.unless(FileLock.tryAcquire(in: directory, Self.lock))
    guard let lock else { return }
    let sending = Sending(try Credentials(site))
    // After a failed attempt the host is skipped this time: its other notices would time out too.
    var silent: Set<Host> = []
    for item in try SetupError.unless(SpoolItem.all(in: directory, limit: Self.most * 2)) {
      let isLate = item.expires < site.now.milliseconds
      if !isLate, silent.contains(item.host) { continue }
      if isLate ? true : try isSent(item, directory, sending) {
        try SetupError.unless(directory.remove(item.name))
      } else {
        silent.insert(item.host)
      }
    }
    lock.release()
  }

  /// - Returns: whether the notice needs no further attempt.
  private func isSent(
    _ item: SpoolItem, _ directory: borrowing Directory, _ sending: borrowing Sending
  ) throws(SetupError) -> Bool {
    let bytes = try AgentsHome.read(item.name, in: directory, limit: 4096) ?? []
    let parts = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    guard parts.count == 3, let about = try? MessageID(validating: parts[1]),
      let route = try? Router(site, sending.trusted).route(to: parts[0])
    else { return true }
    let order = Order(
      from: Address(site.host), body: Array(parts[2].utf8), inReplyTo: about,
      options: SendOptions(queue: true), id: item.id)
    return try sending.send(order, by: route).disposition.outcome != .failed
  }
}
