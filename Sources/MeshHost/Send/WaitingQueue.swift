package import Mesh

/// A message that waits on this host for one of its panes or for another host, and why.
package struct WaitingMessage: Sendable {
  package let id: MessageID
  package let from: Address
  package let to: Address
  package let arrival: Timestamp
  package let expires: Timestamp
  /// The pane's current state; nil: the pane is gone or was not read.
  package let state: PaneState?
  package let isGone: Bool
  fileprivate let item: SpoolItem
  fileprivate let place: Place

  fileprivate enum Place {
    case pane(SpoolKey)
    case outbox
  }

  /// The host that the message waits for; nil: it waits for a pane of this host.
  package var silentHost: Host? {
    if case .outbox = place { return item.host }
    return nil
  }

  fileprivate init(_ claim: Statement, _ item: SpoolItem, _ key: SpoolKey, _ pane: PaneFound) {
    (id, from, to, expires) = (claim.id, claim.from, claim.to, claim.expires)
    arrival = Timestamp(milliseconds: item.arrival)
    (state, isGone) = (pane.state, pane.isGone)
    (self.item, place) = (item, .pane(key))
  }

  fileprivate init(_ item: SpoolItem, _ message: OutboxMessage) {
    (id, from, to) = (item.id, message.from, message.to)
    arrival = Timestamp(milliseconds: item.arrival)
    expires = Timestamp(milliseconds: item.expires)
    (state, isGone, self.item, place) = (nil, false, item, .outbox)
  }
}

private struct PaneFound {
  let state: PaneState?
  let isGone: Bool
}

/// `agent-mesh queue`: lists, cancels or retries the messages that wait in this account's spool.
package struct WaitingQueue: ~Copyable {
  private let receiver: Receiver
  private var site: Site { receiver.site }

  package init(_ site: Site) throws(SetupError) { receiver = Receiver(try Credentials(site)) }

  /// Oldest first.
  package func messages() throws(SetupError) -> [WaitingMessage] {
    let found = try inSpool() + Outbox(site).messages().map { WaitingMessage($0.item, $0.message) }
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
        let pane = PaneFound(
          state: states[key] ?? nil, isGone: isKnown && states[key] == nil)
        found.append(WaitingMessage(received.claim, item, key, pane))
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
      states[key] = .some(found[place.name]?.reading.state)
    }
    return (states, panes.silent.isEmpty)
  }

  /// Cancels the message: it is never typed, and its sender is told as for any message that was not delivered.
  /// - Returns: the outcome; the message may have been delivered meanwhile.
  package func cancel(_ message: WaitingMessage) throws(SetupError) -> Disposition {
    switch message.place {
    case .outbox: return try Outbox(site).cancel(message.item) ?? Disposition(.queued)
    case .pane(let key):
      Queued(message.item, key).cancel(receiver)
      return try receiver.outcome(of: message)
    }
  }

  /// Tries the messages for the same pane or host now, oldest first.
  package func retry(_ message: WaitingMessage) throws(SetupError) -> Disposition {
    switch message.place {
    case .outbox: return try Outbox(site).retry(message.item) ?? Disposition(.queued)
    case .pane(let key):
      try receiver.drainAll(patience: .seconds(5), only: key)
      return try receiver.outcome(of: message)
    }
  }
}

extension Receiver {
  fileprivate func outcome(of message: WaitingMessage) throws(SetupError) -> Disposition {
    try SeenStore(site.home).disposition(
      of: message.id, from: message.item.host, at: site.now) ?? Disposition(.unknown)
  }
}
