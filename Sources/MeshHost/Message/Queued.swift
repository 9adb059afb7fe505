internal import Mesh

/// One message out of the spool: it goes the whole road again, from bytes to the pane. Nothing that was found when it
/// came is taken for granted: not its signature, not who is revoked, not who may send, not that it is still in time.
struct Queued {
  let item: SpoolItem
  let key: SpoolKey

  init(_ item: SpoolItem, _ key: SpoolKey) { (self.item, self.key) = (item, key) }

  /// The caller holds the pane's lock.
  /// - Returns: what came of it; if that `waits`, the message is still there.
  @discardableResult
  func deliver(_ receiver: borrowing Receiver, _ delivery: PaneDelivery) -> Disposition {
    handle(receiver) { (received, reader, progress, entry) throws(Stop) in
      guard
        let authorised = try authorised(received, receiver, delivery.recipient, &progress, entry)
      else { return }
      // Files are never kept here: they land at once.
      let admission = Admission(typing: authorised.decision, files: nil)
      let opened = try receiver.open(authorised, admission, &reader, nil, &progress)
      progress.admitted = delivery.recipient.address
      let message = DeliveredMessage(opened, hosts: delivery.hosts)
      progress.disposition = try delivery.type(message) { () throws(Stop) in
        do { try entry.typing() } catch { throw Stop(.failed, .disk, note: "\(error)") }
      }
    }
  }

  /// Its pane is gone.
  func bounce(_ receiver: borrowing Receiver, _ outcome: Outcome) {
    handle(receiver) { (received, _, progress, entry) throws(Stop) in
      progress.disposition = Disposition(outcome)
      try isUnanswered(entry, &progress)
    }
  }

  /// Its owner does not want it any more.
  func cancel(_ receiver: borrowing Receiver) {
    handle(receiver) { (_, _, progress, entry) throws(Stop) in
      progress.disposition = Disposition(.refused, .cancelled)
      try isUnanswered(entry, &progress)
    }
  }

  /// Steps 3 to 10, anew; nil: what came of it is known already.
  private func authorised(
    _ received: consuming Received, _ receiver: borrowing Receiver, _ recipient: Recipient,
    _ progress: inout Progress, _ entry: borrowing SeenEntry
  ) throws(Stop) -> Authorised? {
    let now = receiver.site.now
    guard item.isMessage(received.claim) else { throw Stop(.notAuthentic, .malformed) }
    guard received.claim.expires >= now else {
      try isUnanswered(entry, &progress)
      throw Stop(.notReady, .expired)
    }
    let verified: Verified
    // Whose connection brought it was asked when it came.
    do { verified = try received.verified(with: receiver.trusted, at: now, peer: nil) } catch {
      throw Stop(error)
    }
    try receiver.isForUs(verified.statement)
    try receiver.isFresh(verified.statement, now)
    switch Replay.judgeQueued(verified, found: entry.found) {
    case .fresh(let ticket):
      let admission = try receiver.admit(verified, recipient, &progress)
      try receiver.isSealedAsRequired(verified.statement)
      return try receiver.authorise(verified, admission.typing, ticket)
    case .again: throw Answered.already
    case .interrupted:
      progress.note = "an earlier process died while it typed; not typed again"
      progress.disposition = Disposition(.unknown)
      return nil
    case .reused: throw Stop(.notAuthentic, .idReused)
    }
  }

  /// A file that was left behind by a process that had finished with it.
  private func isUnanswered(
    _ entry: borrowing SeenEntry, _ progress: inout Progress
  ) throws(Stop) {
    if entry.found?.state == .done { throw Answered.already }
  }

  private enum Answered {
    static let already = Stop(.queued, .cancelled)
  }

  @discardableResult
  private func handle(
    _ receiver: borrowing Receiver,
    _ body: (
      consuming Received, inout EnvelopeReader<MemorySource>, inout Progress, borrowing SeenEntry
    ) throws(Stop) -> Void
  ) -> Disposition {
    let spool = Spool(receiver.site.home)
    let bytes: [UInt8]?
    do { bytes = try spool.read(item, key) } catch { return Disposition(.failed, .disk) }
    var reader = EnvelopeReader(MemorySource(bytes ?? []))
    guard bytes != nil, let received = try? reader.head() else {
      _ = try? spool.remove(item, key)
      return Disposition(.notAuthentic, .malformed)
    }
    var progress = Progress(received, began: .now)
    let entry: SeenEntry
    do { entry = try receiver.entry(progress.claim, began: .now) } catch {
      return error.disposition
    }
    do {
      try body(received, &reader, &progress, entry)
    } catch { progress.stop(error) }
    return close(receiver, entry, progress, spool)
  }

  private func close(
    _ receiver: borrowing Receiver, _ entry: borrowing SeenEntry, _ progress: Progress,
    _ spool: Spool
  ) -> Disposition {
    var progress = progress
    let end = progress.disposition
    if end.waits {
      // It may have been about to type: as before, then.
      if let found = entry.found, found.state == .queued {
        _ = try? entry.queued(found.receipt)
      } else {
        progress.disposition = Disposition(.queued)
        _ = try? entry.queued(
          receiver.sign(progress.receipt(at: receiver.site.now), progress).bytes)
      }
      return end
    }
    if end != Answered.already.disposition {
      receiver.finish(entry, &progress)
      let event = end.outcome.isSuccess ? "delivered" : "bounced"
      _ = try? AuditLog(receiver.site.home).append(
        progress.auditEntry(at: receiver.site.now, event: event))
      if !end.outcome.isSuccess { Notices(receiver.site).add(progress.claim, end) }
    }
    _ = try? spool.remove(item, key)
    return end
  }
}
