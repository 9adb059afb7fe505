package import Mesh

/// The receiving side: one envelope in, one signed receipt out. It follows protocol section 5. The first check
/// that fails ends it, and nothing reaches a pane before all checks have passed. Steps 3 to 12 are small functions
/// in ReceiverSteps.swift. Queued messages take the same steps: Queue.swift.
package struct Receiver: ~Copyable {
  let own: Credentials
  /// The host that the connection is bound to: `serve --peer`.
  let peer: Host?
  /// The panes that this same process has just listed.
  let panes: PaneDirectory?

  package init(_ own: Credentials, peer: Host? = nil, panes: PaneDirectory? = nil) {
    (self.own, self.peer, self.panes) = (own, peer, panes)
  }

  var site: Site { own.site }
  var trusted: TrustedKeys { own.trusted }
  var policies: Policies { own.policies }

  /// - Returns: the receipt; nil when the bytes were not an envelope, so that there is nobody to answer.
  package func receive<Source: ByteSource & ~Copyable>(_ source: consuming Source) -> SignedReceipt?
  {
    let began = ContinuousClock.now
    var reader = EnvelopeReader(source)
    let received: Received
    do { received = try reader.head() } catch {
      note(unreadable: error)
      return nil
    }
    var progress = Progress(received, began: began)
    do { try path(received, &reader, &progress) } catch { progress.stop(error) }
    // Then it is a message like any other.
    if progress.isLateAnswer, let whole = reader.whole { return receive(MemorySource(whole)) }
    return close(progress)
  }

  /// Steps 3 to 14.
  private func path<Source: ByteSource & ~Copyable>(
    _ received: consuming Received, _ reader: inout EnvelopeReader<Source>,
    _ progress: inout Progress
  ) throws(Stop) {
    let counted = try counted(received)
    if counted.statement.kind == .status { return try answer(counted, &progress) }
    let isAnswer = Asks(site.home).isAnswer(counted.statement, at: site.now)
    let recipient = isAnswer ? nil : try recipient(counted.statement)
    let entry = try entry(counted.statement, began: progress.began)
    let replay = try replay(counted, entry)
    switch consume replay {
    case .fresh(let ticket): deliver(counted, ticket, recipient, entry, &reader, &progress)
    case .sealedAgain(let ticket, let record):
      guard let recipient else { throw .idReused }
      try compare(counted, ticket, recipient, record, &reader, &progress)
    case .again(let record): progress.repeatStored(record)
    case .interrupted: progress.wasInterrupted()
    }
  }

  /// Steps 10 to 14. The entry keeps the outcome.
  /// - Parameter recipient: nil for an answer that a process of this account waits for.
  private func deliver<Source: ByteSource & ~Copyable>(
    _ counted: consuming Counted, _ ticket: consuming ReplayTicket, _ recipient: Recipient?,
    _ entry: borrowing SeenEntry, _ reader: inout EnvelopeReader<Source>, _ progress: inout Progress
  ) {
    do throws(Stop) {
      let admission =
        if let recipient { try admit(counted, recipient, &progress) } else {
          try admit(answer: counted)
        }
      let opened = try open(counted, ticket, admission, &reader, entry.found, &progress)
      if let recipient {
        progress.describe(opened, recipient, logsBodies: policies.effective.logBodies)
        // Receiving a file may have taken long, so its time starts now.
        let began = admission.files == nil ? progress.began : .now
        let delivery = PaneDelivery(own, recipient, began: began)
        progress.disposition = try deliver(opened, reader.whole, by: delivery, entry, progress)
      } else {
        try keep(answer: opened, &progress)
      }
    } catch { progress.stop(error) }
    progress.keepStored()
    // A sender that the lists do not admit leaves no record.
    if progress.wasDenied, entry.found == nil, (try? entry.remove()) != nil { return }
    finish(entry, &progress)
  }

  /// The same id, sealed: only the plain text shows whether it is the same message. The entry is not changed.
  private func compare<Source: ByteSource & ~Copyable>(
    _ counted: consuming Counted, _ ticket: consuming ReplayTicket, _ recipient: Recipient,
    _ record: SeenRecord, _ reader: inout EnvelopeReader<Source>, _ progress: inout Progress
  ) throws(Stop) {
    let admission = try admit(counted, recipient, &progress)
    let opened = try open(counted, ticket, admission, &reader, record, &progress)
    guard record.fingerprint.isOf(opened: opened.digest) else { throw .idReused }
    progress.repeatStored(record)
  }

  /// Kind `status`: the outcome of a message that the asker's host sent.
  private func answer(_ counted: consuming Counted, _ progress: inout Progress) throws(Stop) {
    let (id, host) = try counted.question()
    progress.about = id
    let found = try Stop.unless(SeenStore(site.home).receipt(of: id, from: host))
    guard let found else { return progress.disposition = Disposition(.unknown, .noRecord) }
    if found.stored != nil { progress.repeatStored(found) }
    progress.disposition = found.outcome(of: id, site, hosts: trusted.hosts)
  }
}

// MARK: - Step 15: the stored receipt, the line in the log, the signature

extension Receiver {
  private func close(_ progress: Progress) -> SignedReceipt {
    let now = site.now
    let event = progress.claim.kind == .status ? "asked" : "received"
    let entry = progress.auditEntry(at: now, event: event)
    log(entry, of: progress.claim.fromHost, progress.disposition)
    return sign(progress.receipt(at: now), progress)
  }

  /// Stores the receipt under the id, for a repeated message or a status question.
  func finish(_ entry: borrowing SeenEntry, _ progress: inout Progress) {
    let disposition = progress.disposition
    // A held message may still be let through: sending it again would type it twice.
    let again =
      (disposition.outcome.mayBeRetried || [.digest, .truncated].contains(disposition.reason))
      && disposition.reason != .held
    let receipt = sign(progress.receipt(at: site.now), progress)
    do {
      try entry.write(
        disposition.outcome == .queued ? .queued : .done, mayBeRetried: again,
        opened: progress.opened, receipt.bytes)
    } catch {
      progress.note = "the receipt could not be kept: \(error)"
    }
    // From here on the entry records that the file landed; before, its partial file did.
    progress.landed?.removePart()
  }

  private func note(unreadable error: EnvelopeError) {
    var entry = AuditEntry("unreadable", at: site.now)
    entry.outcome = Outcome.notAuthentic.rawValue
    entry.reason = Reason.malformed.rawValue
    entry.note = SafeText.line("\(error)")
    log(entry, of: nil, Disposition(.notAuthentic, .malformed))
  }

  /// A log that cannot be written does not undo what was typed; `doctor` and the sender's command report it. Lines that
  /// need nobody's admission are limited, so that a sender cannot fill the disk: questions, and whatever had no success.
  private func log(_ entry: AuditEntry, of claimed: Host?, _ end: Disposition) {
    var entry = entry
    // An unknown host's name proves nothing: all unknown hosts share one allowance.
    let host = peer ?? claimed.flatMap { trusted.hosts.contains($0) ? $0 : nil }
    if !end.outcome.isSuccess || entry.event == "asked", host != site.host {
      guard let left = MessageRefusals(home: site.home).allows(host, at: site.now) else { return }
      if left > 0 {
        entry.note = [entry.note, "\(left) lines before this one were not logged"]
          .compactMap(\.self).joined(separator: "; ")
      }
    }
    AuditLog(site.home).record(entry)
  }

  /// Signs with the key that the message named: the sender may not know a newer key yet.
  func sign(_ receipt: Receipt, _ progress: Progress) -> SignedReceipt {
    own.identity.sign(receipt, naming: progress.claim.toKey)
  }
}
