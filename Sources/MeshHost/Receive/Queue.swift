internal import Mesh

/// `--queue`: a message whose recipient is not ready is kept here, in its envelope as received, and delivered
/// later. It then passes all steps of Receiver.swift again, from bytes to the pane, including signature,
/// revocation, access and expiry. There is no daemon: each delivery to the same pane, the hooks, the timer and
/// `agent-mesh drain` deliver what waits.
extension Receiver {
  /// Types one message after those that wait for the same pane, or adds it to the end of that queue.
  /// - Parameter whole: the envelope as received.
  func deliver(
    _ opened: consuming Opened, _ whole: [UInt8]?, by delivery: PaneDelivery,
    _ entry: borrowing SeenEntry, _ progress: Progress
  ) throws(Stop) -> Disposition {
    let statement = opened.statement
    let digest = statement.kind == .message ? opened.digest : nil
    let decision = opened.decision
    var turns = 0
    return try delivery.deliver(
      opened,
      { () throws(Stop) in
        if turns > 1 || .now - progress.began > PaneDirectory.freshness {
          try judgeAgain(progress, delivery.recipient, decision)
        }
        try typing(entry, digest)
      },
      ahead: { () throws(Stop) in
        turns += 1
        let blocked = try deliverEarlier(statement, delivery)
        return statement.options.force ? nil : blocked
      },
      keep: { (result) throws(Stop) in
        guard statement.options.queue, statement.kind == .message, result.waits else {
          return result
        }
        return try keep(whole, statement, Spool(site.home), delivery.spoolKey)
      })
  }

  /// What waits for the same pane goes first. The caller holds the pane's lock.
  private func deliverEarlier(
    _ statement: Statement, _ delivery: PaneDelivery
  ) throws(Stop) -> Disposition? {
    let spool = Spool(site.home)
    guard !spool.isEmpty else { return nil }
    // A killed process may have left this very message in the queue: the new envelope replaces it.
    try forget(statement, spool, delivery.spoolKey)
    // What this process knew when its own message came may be an hour old.
    return Receiver(try Stop.unless(Credentials(site))).drain(delivery)
  }

  private func typing(_ entry: borrowing SeenEntry, _ digest: String?) throws(Stop) {
    do { try entry.typing(opened: digest) } catch { throw Stop(.failed, .disk, note: "\(error)") }
  }

  private func forget(_ statement: Statement, _ spool: Spool, _ key: SpoolKey) throws(Stop) {
    for item in try Stop.unless(spool.items(key)) where item.isMessage(statement) {
      try Stop.unless(spool.remove(item, key))
    }
  }

  private func keep(
    _ whole: [UInt8]?, _ statement: Statement, _ spool: Spool, _ key: SpoolKey
  ) throws(Stop) -> Disposition {
    guard let whole else { throw Stop(.refused, .quota, note: "too long to be kept") }
    let item = SpoolItem(
      arrival: site.now.milliseconds, expires: statement.expires.milliseconds, id: statement.id,
      host: statement.fromHost)
    guard try Stop.unless(spool.add(whole, item, key, me: site.host)) else {
      throw Stop(.refused, .quota, note: "too many messages wait")
    }
    return Disposition(.queued)
  }

  /// Delivers the messages that wait for a pane, oldest first. The caller holds the pane's lock.
  /// - Returns: why the rest has to wait; nil: the queue is empty.
  func drain(_ delivery: PaneDelivery) -> Disposition? {
    let spool = Spool(site.home)
    guard !spool.isEmpty, let items = try? spool.items(delivery.spoolKey), !items.isEmpty else {
      return nil
    }
    var blocked: Disposition?
    for item in items {
      let isLate = item.expires < site.now.milliseconds
      guard isLate || blocked == nil else { continue }
      let why = deliver(item, delivery)
      blocked = blocked ?? why
    }
    if blocked == nil { spool.tidy(delivery.spoolKey) }
    return blocked
  }

  /// Delivers the messages that wait for any pane, and bounces those whose panes are gone.
  /// - Parameter patience: how long to wait for a pane's lock while another process types into that pane.
  /// - Parameter only: the queue of this pane only.
  package func drainAll(patience: Duration, only: SpoolKey? = nil) throws(SetupError) {
    let spool = Spool(site.home)
    guard !spool.isEmpty else { return }
    let panes: PaneDirectory?
    do { panes = try PaneDirectory(site, hosts: trusted.hosts) } catch {
      // A server that does not answer may still have its panes, so nothing is bounced.
      guard error == .noServer else { return }
      panes = nil
    }
    let unheard = Set((panes?.silent ?? []).map(SpoolKey.mark))
    for key in try spool.keys()
    where !unheard.contains(key.socket) && (only == nil || only == key) {
      let server = panes?.servers.first { SpoolKey.mark(of: $0.tmux) == key.socket }
      if let panes, let server, key.server == server.identity.pid,
        key.start == server.identity.startTime, let pane = panes.pane(key.pane, of: server)
      {
        drain(pane, panes, until: .now + patience)
      } else if server != nil || !PaneDirectory.isTmux(key.server) {
        for item in try spool.items(key) { end(item, key, Disposition(.unknownAgent)) }
        spool.tidy(key)
      }
    }
  }

  private func drain(
    _ place: PlacedPane, _ panes: PaneDirectory, until end: ContinuousClock.Instant
  ) {
    // Without an address, and in a session that is off the mesh, it gets nothing for now.
    guard let address = panes.address(of: place), !panes.isOff(place) else { return }
    let recipient = Recipient(
      place: place, address: address, isOld: false, assignment: panes.assignment)
    let delivery = PaneDelivery(own, recipient, began: .now)
    guard let lock = try? delivery.lock("panes", until: end) else { return }
    _ = drain(delivery)
    lock.release()
  }
}

// MARK: - One queued message

extension Receiver {
  /// The caller holds the pane's lock.
  /// - Returns: why the message still waits; nil: it does not.
  private func deliver(_ item: SpoolItem, _ delivery: PaneDelivery) -> Disposition? {
    handle(item, delivery.spoolKey) { (received, reader, progress, entry) throws(Stop) in
      guard item.isMessage(received.claim) else { throw .malformed }
      guard received.claim.expires >= site.now else {
        if entry.found?.state == .done { return true }
        throw Stop(.notReady, .expired)
      }
      let counted = try counted(received, fromQueue: true)
      let replay = try Replay.judge(counted, found: entry.found, swept: nil, fromQueue: true)
      switch consume replay {
      case .again: return true
      case .sealedAgain: return true
      case .interrupted: progress.wasInterrupted()
      case .fresh(let ticket):
        let admission = try admit(counted, delivery.recipient, &progress)
        let opened = try open(counted, ticket, admission, &reader, nil, &progress)
        progress.describe(opened, delivery.recipient, logsBodies: policies.effective.logBodies)
        let message = DeliveredMessage(opened)
        let digest = progress.opened
        progress.disposition = try delivery.type(message) { () throws(Stop) in
          try typing(entry, digest)
        }
      }
      return false
    }
  }

  /// Ends a message without typing it: its pane is gone, or its owner withdrew it.
  func end(_ item: SpoolItem, _ key: SpoolKey, _ disposition: Disposition) {
    _ = handle(item, key) { (_, _, progress, entry) throws(Stop) in
      progress.disposition = disposition
      return entry.found?.state == .done
    }
  }

  /// - Parameter body: sets the outcome. Returns whether another process had already finished the message and only
  ///   its file was left.
  private func handle(
    _ item: SpoolItem, _ key: SpoolKey,
    _ body: (
      consuming Received, inout EnvelopeReader<MemorySource>, inout Progress, borrowing SeenEntry
    ) throws(Stop) -> Bool
  ) -> Disposition? {
    let spool = Spool(site.home)
    let bytes: [UInt8]?
    do { bytes = try spool.read(item, key) } catch { return Disposition(.failed, .disk) }
    var reader = EnvelopeReader(MemorySource(bytes ?? []))
    guard let received = try? reader.head() else {
      _ = try? spool.remove(item, key)
      return nil
    }
    var progress = Progress(received, began: .now)
    let entry: SeenEntry
    do { entry = try self.entry(progress.claim, began: .now) } catch {
      return error.disposition.waits ? error.disposition : nil
    }
    var wasFinished = false
    do { wasFinished = try body(received, &reader, &progress, entry) } catch {
      progress.stop(error)
    }
    if !wasFinished, let waiting = settle(entry, progress) { return waiting }
    _ = try? spool.remove(item, key)
    return nil
  }

  /// - Returns: why the message still waits; nil: it does not.
  private func settle(_ entry: borrowing SeenEntry, _ progress: Progress) -> Disposition? {
    guard progress.disposition.waits else {
      close(entry, progress)
      return nil
    }
    wait(entry, progress)
    return progress.disposition
  }

  /// The message stays queued, and the entry records that.
  private func wait(_ entry: borrowing SeenEntry, _ progress: Progress) {
    // The entry may say that typing was about to start: set it back to queued.
    if let found = entry.found, found.state == .queued {
      try? entry.write(.queued, opened: progress.opened, found.receipt)
      return
    }
    var progress = progress
    progress.disposition = Disposition(.queued)
    let receipt = sign(progress.receipt(at: site.now), progress)
    try? entry.write(.queued, opened: progress.opened, receipt.bytes)
  }

  private func close(_ entry: borrowing SeenEntry, _ progress: Progress) {
    var progress = progress
    let end = progress.disposition
    // An entry that belongs to another message is left as it is.
    if end.reason != .idReused { finish(entry, &progress) }
    let event = end.outcome.isSuccess ? "delivered" : "bounced"
    AuditLog(site.home).record(progress.auditEntry(at: site.now, event: event))
    let claim = progress.claim
    guard !end.outcome.isSuccess, claim.options.notify else { return }
    Notices(site).add(to: claim.from, of: claim.fromHost, about: claim.id, sentTo: claim.to, end)
  }
}

extension Disposition {
  /// Whether the same message may be delivered later, but not now.
  var waits: Bool {
    switch outcome {
    case .notReady: ![.lineTooLong, .expired, .held].contains(reason)
    case .failed: [.tmux, .timeout, .disk, .deadPane].contains(reason)
    default: false
    }
  }
}
