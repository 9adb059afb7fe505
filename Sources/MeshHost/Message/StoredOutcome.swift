package import Mesh

extension SeenStore {
  /// What became of a message of `host` that came here; nil: it never did.
  package func disposition(
    of id: MessageID, from host: Host, at now: Timestamp
  ) throws(SetupError) -> Disposition? {
    try receipt(of: id, from: host)?.disposition(at: now)
  }
}

extension SeenRecord {
  func disposition(at now: Timestamp) -> Disposition {
    switch state {
    case .taken, .typing: Disposition(.unknown)
    // Nobody has looked into the spool since.
    case .queued where expires < now: Disposition(.notReady, .expired)
    case .queued, .done: stored?.disposition ?? Disposition(.unknown)
    }
  }

  /// The receipt, which we signed ourselves.
  var stored: Receipt? { (try? SignedReceipt(framed: receipt))?.unverified }
}
