internal import Mesh

/// Step 15 of the receive path: the stored receipt, the line in the log, the signature.
extension Receiver {
  /// Stores the receipt under the id, for a repeated message or a status question.
  func finish(_ entry: borrowing SeenEntry, _ progress: inout Progress) {
    let disposition = progress.disposition
    // A held message may still be let through: sending it again would type it twice.
    let again =
      (disposition.outcome.mayBeRetried || disposition.reason == .digest
        || disposition.reason == .truncated) && disposition.reason != .held
    let receipt = sign(progress.receipt(at: site.now), progress)
    do {
      if disposition.outcome == .queued {
        try entry.queued(receipt.bytes, opened: progress.opened)
      } else {
        try entry.done(receipt.bytes, mayBeRetried: again, opened: progress.opened)
      }
    } catch {
      progress.note = "the receipt could not be kept: \(error)"
    }
    // From here on the entry records that the file landed; before, its partial file did.
    progress.landed?.removePart()
  }

  func note(unreadable error: EnvelopeError) {
    var entry = AuditEntry("unreadable", at: site.now)
    entry.outcome = Outcome.notAuthentic.rawValue
    entry.reason = Reason.malformed.rawValue
    entry.note = SafeText.line("\(error)")
    log(entry, of: nil, Disposition(.notAuthentic, .malformed))
  }

  /// A log that cannot be written does not undo what was typed; `doctor` reports it. The number of logged
  /// refusals is limited, so that a sender cannot fill the disk.
  func log(_ entry: AuditEntry, of claimed: Host?, _ end: Disposition) {
    var entry = entry
    // An unknown host's name proves nothing: all unknown hosts share one allowance.
    let host = peer ?? claimed.flatMap { trusted.hosts.contains($0) ? $0 : nil }
    if end.outcome.isRefusal, host != site.host {
      guard let left = MessageRefusals(site.home).allows(host, at: site.now) else { return }
      if left > 0 {
        entry.note = [entry.note, "\(left) refusals before this one were not logged"]
          .compactMap(\.self).joined(separator: "; ")
      }
    }
    _ = try? AuditLog(site.home).append(entry)
  }

  /// Signs with the key that the message named: the sender may not know a newer key yet.
  func sign(_ receipt: Receipt, _ progress: Progress) -> SignedReceipt {
    own.identity.sign(receipt, naming: progress.claim.toKey)
  }
}
