package import Mesh

/// A message that waits on this host for one of its panes or for another host, and why.
package struct WaitingMessage: Sendable {
  package let from: Address
  package let to: Address
  /// The pane's current state; nil: the pane is gone or was not read.
  package let state: PaneState?
  package let isGone: Bool
  fileprivate let item: SpoolItem
  /// nil: it waits in the outbox.
  fileprivate let key: SpoolKey?

  package var id: MessageID { item.id }
  package var arrival: Timestamp { Timestamp(milliseconds: item.arrival) }
  package var expires: Timestamp { Timestamp(milliseconds: item.expires) }
  /// The host that the message waits for; nil: it waits for a pane of this host.
  package var silentHost: Host? { key == nil ? item.host : nil }
}

/// `agent-mesh queue`: lists, cancels or retries the messages that wait in this account's spool.
package struct WaitingQueue: ~Copyable {
  private let receiver: Receiver
  private var site: Site { receiver.site }

  package init(_ site: Site) throws(SetupError) { receiver = Receiver(try Credentials(site)) }

  /// Oldest first.
  package func messages() throws(SetupError) -> [WaitingMessage] {
    let outbox = try Outbox(site).messages().map { item, message in
      WaitingMessage(
        from: message.order.from, to: message.to, state: nil, isGone: false, item: item, key: nil)
    }
    let found = try inSpool() + outbox
    return found.sorted { ($0.arrival, $0.id.text) < ($1.arrival, $1.id.text) }
  }

  private func inSpool() throws(SetupError) -> [WaitingMessage] {
    let spool = Spool(site.home)
    guard !spool.isEmpty else { return [] }
    let (states, isKnown) = states()
    var found: [WaitingMessage] = []
    for key in try spool.keys() {
      for item in try spool.items(key) {
        guard let bytes = try spool.read(item, key) else { continue }
        var reader = EnvelopeReader(MemorySource(bytes))
        guard let received = try? reader.head() else { continue }
        found.append(
          WaitingMessage(
            from: received.claim.from, to: received.claim.to, state: states[key] ?? nil,
            isGone: isKnown && states[key] == nil, item: item, key: key))
      }
    }
    return found
  }

  /// The state of every pane; the second value is false when tmux did not list the panes.
  private func states() -> ([SpoolKey: PaneState?], Bool) {
    let panes: PaneDirectory
    do { panes = try PaneDirectory(site, hosts: receiver.trusted.hosts) } catch {
      return ([:], error == .noServer)
    }
    let found = PaneSurvey(site: site, panes: panes).run()
    var states: [SpoolKey: PaneState?] = [:]
    for place in panes.places {
      let key = SpoolKey(place.tmux, place.server, place.pane.id)
      states[key] = .some(found[place.name]?.state)
    }
    return (states, panes.silent.isEmpty)
  }

  /// Cancels the message: it is never typed, and its sender is told as for any message that was not delivered.
  /// - Returns: the outcome; the message may have been delivered meanwhile.
  package func cancel(_ message: WaitingMessage) throws(SetupError) -> Disposition {
    guard let key = message.key else {
      return try Outbox(site).cancel(message.item) ?? Disposition(.queued)
    }
    receiver.end(message.item, key, Disposition(.refused, .cancelled))
    return try outcome(of: message.item)
  }

  /// Tries the messages for the same pane or host now, oldest first.
  package func retry(_ message: WaitingMessage) throws(SetupError) -> Disposition {
    guard let key = message.key else {
      return try Outbox(site).retry(message.item) ?? Disposition(.queued)
    }
    try receiver.drainAll(patience: .seconds(5), only: key)
    return try outcome(of: message.item)
  }

  private func outcome(of item: SpoolItem) throws(SetupError) -> Disposition {
    let found = try SeenStore(site.home).receipt(of: item.id, from: item.host)
    return found?.disposition(at: site.now) ?? Disposition(.unknown)
  }
}
