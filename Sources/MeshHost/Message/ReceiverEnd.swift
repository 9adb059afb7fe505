internal import Mesh
internal import MeshCrypto

/// Step 15: the entry, the audit line, the receipt.
extension Receiver {
  /// Keeps the receipt under the id, for whoever repeats the message or asks for its status.
  func finish(_ entry: borrowing SeenEntry, _ progress: inout Progress) {
    let disposition = progress.disposition
    // What is held back may still be let through: a second one would come twice.
    let again =
      (disposition.outcome.mayBeRetried || disposition.reason == .digest
        || disposition.reason == .truncated) && disposition.reason != .held
    let receipt = sign(progress.receipt(at: site.now), progress)
    do {
      if disposition.outcome == .queued {
        try entry.queued(receipt.bytes)
      } else {
        try entry.done(receipt.bytes, mayBeRetried: again)
      }
    } catch {
      progress.note = "the receipt could not be kept: \(error)"
    }
    // Now the entry tells that the file landed; until here its part told.
    progress.landed?.removePart()
  }

  func close(_ progress: Progress) -> SignedReceipt {
    let now = site.now
    // A log that cannot be written does not undo what was typed; `doctor` looks after it.
    let event = progress.claim.kind == .status ? "asked" : "received"
    _ = try? AuditLog(site.home).append(progress.auditEntry(at: now, event: event))
    return sign(progress.receipt(at: now), progress)
  }

  func note(unreadable error: EnvelopeError) {
    var entry = AuditEntry("unreadable", at: site.now)
    entry.outcome = Outcome.notAuthentic.rawValue
    entry.reason = Reason.malformed.rawValue
    entry.note = SafeText.line("\(error)")
    _ = try? AuditLog(site.home).append(entry)
  }

  /// With the key that the message named: the sender may not know a newer one yet.
  func sign(_ receipt: Receipt, _ progress: Progress) -> SignedReceipt {
    own.identity.sign(receipt, naming: progress.claim.toKey)
  }

  /// What the recipient's own record says of a message of which it was not known whether it was taken.
  private func settled(
    _ found: SeenRecord?, _ disposition: Disposition, _ id: MessageID
  ) -> Disposition? {
    guard let found, disposition.outcome == .unknown else { return nil }
    return Evidence.settle(id, to: found.fingerprint.to, site, hosts: trusted.hosts)
  }

  /// Kind `status`: what became of a message that the asker's host sent.
  func answer(
    _ verified: consuming Verified, _ progress: inout Progress
  ) throws(Stop) {
    let statement = verified.statement
    guard statement.toHost == site.host else {
      throw Stop(.unknownAgent, note: "addressed to another host")
    }
    try isFresh(statement, site.now)
    try isWithinRate(statement, site.now)
    guard let id = statement.inReplyTo else { throw Stop(.notAuthentic, .malformed) }
    progress.about = id
    do {
      let found = try SeenStore(site.home).receipt(of: id, from: statement.fromHost)
      progress.report(found, at: site.now)
      if let proof = settled(found, progress.disposition, id) { progress.disposition = proof }
    } catch { throw Stop(error) }
  }
}

extension Progress {
  /// Takes over the outcome that is stored, so that the new receipt, for this very statement, tells the same.
  mutating func repeatStored(_ framed: [UInt8]) {
    guard let stored = (try? SignedReceipt(framed: framed))?.unverified else {
      disposition = Disposition(.unknown)
      return
    }
    disposition = stored.disposition
    admitted = stored.to
    storedName = stored.name
    note = "answered from the store"
  }

  /// What is known of a message that somebody asks about.
  mutating func report(_ found: SeenRecord?, at now: Timestamp) {
    guard let found else {
      disposition = Disposition(.unknown, .noRecord)
      return
    }
    if found.stored != nil { repeatStored(found.receipt) }
    disposition = found.disposition(at: now)
  }
}
