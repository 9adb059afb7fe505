package import Mesh

extension SeenStore {
  /// What is stored of a message of `host` that came here; nil: it never did.
  package func disposition(
    of id: MessageID, from host: Host, at now: Timestamp
  ) throws(SetupError) -> Disposition? {
    try receipt(of: id, from: host)?.disposition(at: now)
  }

  /// What became of a message of our own to a pane of our own; nil: it never came here.
  package func disposition(
    of id: MessageID, _ site: Site, hosts: Set<Host>
  ) throws(SetupError) -> Disposition? {
    guard let found = try receipt(of: id, from: site.host) else { return nil }
    let disposition = found.disposition(at: site.now)
    guard disposition.outcome == .unknown else { return disposition }
    return Evidence.settle(id, to: found.fingerprint.to, site, hosts: hosts) ?? disposition
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
