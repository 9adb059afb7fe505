internal import Mesh

/// `--queue`: a message whose recipient is not ready stays here, in its envelope as it came, and is delivered later.
extension Receiver {
  /// Types one message behind those that wait for the same pane, or puts it at their end.
  /// - Parameter whole: the envelope as it was received.
  func deliver(
    _ opened: consuming Opened, _ whole: [UInt8]?, by delivery: PaneDelivery,
    _ entry: borrowing SeenEntry
  ) throws(Stop) -> Disposition {
    let statement = opened.statement
    let spool = Spool(site.home)
    let key = delivery.spoolKey
    return try delivery.deliver(
      opened,
      { () throws(Stop) in
        do { try entry.typing() } catch { throw Stop(.failed, .disk, note: "\(error)") }
      },
      ahead: { () throws(Stop) in
        // What a killed process left of this very message: the new envelope takes its place.
        try forget(statement, spool, key)
        let blocked = drain(delivery)
        return statement.options.force ? nil : blocked
      },
      keep: { (result) throws(Stop) in
        guard statement.options.queue, statement.kind == .message, result.waits else {
          return result
        }
        return try keep(whole, statement, spool, key)
      })
  }

  private func forget(_ statement: Statement, _ spool: Spool, _ key: SpoolKey) throws(Stop) {
    guard !spool.isEmpty else { return }
    do {
      for item in try spool.items(key) where item.isMessage(statement) {
        try spool.remove(item, key)
      }
    } catch { throw Stop(error) }
  }

  private func keep(
    _ whole: [UInt8]?, _ statement: Statement, _ spool: Spool, _ key: SpoolKey
  ) throws(Stop) -> Disposition {
    guard let whole else { throw Stop(.refused, .quota, note: "too long to be kept") }
    do {
      try spool.add(whole, SpoolItem(statement, at: site.now), key)
    } catch {
      switch error {
      case .full: throw Stop(.refused, .quota, note: "too many messages wait")
      case .setup(let error): throw Stop(error)
      }
    }
    return Disposition(.queued)
  }

  /// Delivers what waits for a pane, the oldest first. The caller holds the pane's lock.
  /// - Returns: why the rest has to wait; nil: nothing is left.
  func drain(_ delivery: PaneDelivery) -> Disposition? {
    let spool = Spool(site.home)
    guard !spool.isEmpty, let items = try? spool.items(delivery.spoolKey), !items.isEmpty else {
      return nil
    }
    var blocked: Disposition?
    for item in items {
      let isLate = item.expires < site.now.milliseconds
      guard isLate || blocked == nil else { continue }
      let end = Queued(item, delivery.spoolKey).deliver(self, delivery)
      if end.waits { blocked = blocked ?? end }
    }
    if blocked == nil { spool.tidy(delivery.spoolKey) }
    return blocked
  }

  /// Delivers what waits for any pane, and bounces what waits for panes that are gone.
  /// - Parameter patience: how long to wait for a pane that somebody else types into.
  /// - Parameter only: one pane's messages alone.
  package func drainAll(patience: Duration, only: SpoolKey? = nil) throws(SetupError) {
    let spool = Spool(site.home)
    guard !spool.isEmpty else { return }
    let panes: PaneDirectory?
    do { panes = try PaneDirectory(site, hosts: trusted.hosts) } catch {
      // A server that does not answer may still have its panes.
      guard error == .noServer else { return }
      panes = nil
    }
    let unheard = Set((panes?.silent ?? []).map(SpoolKey.mark))
    for key in try spool.keys()
    where !unheard.contains(key.socket) && (only == nil || only == key) {
      let server = panes?.servers.first { SpoolKey.mark(of: $0.tmux) == key.socket }
      if let panes, let server, key.isOf(server.identity),
        let pane = panes.pane(key.pane, of: server)
      {
        drain(pane, panes, until: .now + patience)
      } else if server != nil || !PaneDirectory.isTmux(key.server) {
        for item in try spool.items(key) { Queued(item, key).bounce(self, .unknownAgent) }
        spool.tidy(key)
      }
    }
  }

  private func drain(
    _ place: PlacedPane, _ panes: PaneDirectory, until end: ContinuousClock.Instant
  ) {
    let address = panes.address(of: place) ?? Address(site.host)
    let recipient = Recipient(place: place, address: address, isOld: false)
    let delivery = PaneDelivery(self, recipient, began: .now)
    guard let lock = try? delivery.lock("state", "panes", until: end) else { return }
    _ = drain(delivery)
    lock.release()
  }
}

extension Disposition {
  /// Whether the same message may be delivered later, though not now.
  var waits: Bool {
    switch outcome {
    case .notReady: ![.lineTooLong, .expired, .held].contains(reason)
    case .failed: [.tmux, .timeout, .disk, .deadPane].contains(reason)
    default: false
    }
  }
}
