internal import Mesh

/// Sends the messages of the outbox again and ends them.
extension Outbox {
  private static let lock = ".lock"
  /// Milliseconds after a failure during which a background attempt would only fail again.
  private static let pause: Int64 = 60_000

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
        if isLater {
          silent.insert(item.host)
        } else if try settle(item, directory, sending) == nil {
          silent.insert(item.host)
        }
      }
    }
  }

  /// Tries the messages for the same host, up to and including the given one.
  /// - Returns: its outcome; nil: it still waits.
  func retry(_ wanted: SpoolItem) throws(SetupError) -> Disposition? {
    var end: Disposition?
    let isMine = try locked(isPatient: true) { (directory) throws(SetupError) in
      let sending = Sending(try Credentials(site))
      for item in Outbox.items(directory) where item.host == wanted.host {
        let settled = try settle(item, directory, sending)
        if item == wanted { end = settled }
        if settled == nil || item == wanted { return }
      }
    }
    return isMine ? end : nil
  }

  /// Ends a message.
  /// - Returns: its outcome; nil: another process is sending it right now.
  func cancel(_ item: SpoolItem) throws(SetupError) -> Disposition? {
    var end: Disposition?
    _ = try locked(isPatient: true) { (directory) throws(SetupError) in
      guard let message = try OutboxMessage(item, directory) else {
        end = Disposition(.unknown)
        return
      }
      let cancelled =
        message.isUnclear ? Disposition(.unknown, .cancelled) : Disposition(.refused, .cancelled)
      end = cancelled
      try remove(item, directory)
      log(item, message, cancelled)
      tell(item, message, cancelled)
    }
    return end
  }

  /// - Returns: false when another process keeps the lock for too long.
  private func locked(
    isPatient: Bool, _ body: (borrowing Directory) throws(SetupError) -> Void
  ) throws(SetupError) -> Bool {
    let directory = try directory()
    let taken: FileLock?
    do throws(FileError) {
      taken =
        isPatient
        ? try FileLock.acquire(in: directory, Outbox.lock, until: .now + .seconds(5))
        : try FileLock.tryAcquire(in: directory, Outbox.lock)
    } catch {
      if case .timeout = error { return false }
      throw SetupError(error)
    }
    guard let lock = taken else { return false }
    try body(directory)
    lock.release()
    return true
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
      try remove(item, directory)
      return Disposition(.unknown)
    }
    let end = try attempt(item, message, sending)
    switch end.outcome {
    case .failed: return nil
    case .unknown where end.reason != .expired:
      message.isUnclear = true
      do { try directory.writeAtomically(item.name, message.bytes) } catch {
        throw SetupError(error)
      }
      return nil
    default: break
    }
    try remove(item, directory)
    tell(item, message, end)
    return end
  }

  private func tell(_ item: SpoolItem, _ message: OutboxMessage, _ end: Disposition) {
    guard !end.outcome.isSuccess, message.options.notify else { return }
    Notices(site).add(to: message.from, about: item.id, sentTo: message.to, end)
  }

  private func attempt(
    _ item: SpoolItem, _ message: OutboxMessage, _ sending: borrowing Sending
  ) throws(SetupError) -> Disposition {
    let order = message.order(item.id, life: item.expires - site.now.milliseconds)
    guard order.life ?? 0 > 0 else { return log(item, message, Disposition(.notReady, .expired)) }
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

  private func remove(
    _ item: SpoolItem, _ directory: borrowing Directory
  ) throws(SetupError) {
    do { try directory.remove(item.name) } catch { throw SetupError(error) }
  }

  /// Logs the outcome of a message that ended here without having been sent.
  @discardableResult
  private func log(
    _ item: SpoolItem, _ message: OutboxMessage, _ end: Disposition
  ) -> Disposition {
    let known = message.isUnclear && end.reason == .expired ? Disposition(.unknown, .expired) : end
    var entry = AuditEntry("sent", at: site.now)
    (entry.id, entry.from, entry.to) = (item.id.text, message.from.text, message.to.text)
    (entry.outcome, entry.reason) = (known.outcome.rawValue, known.reason.rawValue)
    entry.note = "it waited here for its host"
    _ = try? AuditLog(site.home).append(entry)
    return known
  }
}
