package import Mesh

/// A message that waits on this host for a pane of it, and why.
package struct WaitingMessage: Sendable {
  package let id: MessageID
  package let from: Address
  package let to: Address
  package let arrival: Timestamp
  package let expires: Timestamp
  /// How the pane is read right now; nil: it is gone, or was not looked at.
  package let state: PaneState?
  package let isGone: Bool
  fileprivate let item: SpoolItem
  fileprivate let key: SpoolKey
}

/// `agent-mesh queue`: what waits in the spool, told, ended or tried again by the account that it waits in.
package struct WaitingQueue: ~Copyable {
  private let receiver: Receiver
  private var site: Site { receiver.site }

  package init(_ site: Site) throws(SetupError) { receiver = Receiver(try Credentials(site)) }

  /// The oldest first.
  package func messages() throws(SetupError) -> [WaitingMessage] {
    let spool = Spool(site.home)
    guard !spool.isEmpty else { return [] }
    let (states, isKnown) = states()
    var found: [WaitingMessage] = []
    for key in try spool.keys() {
      for item in try spool.items(key) {
        guard let bytes = try spool.read(item, key) else { continue }
        var reader = EnvelopeReader(MemorySource(bytes))
        guard let received = try? reader.head() else { continue }
        let claim = received.claim
        found.append(
          WaitingMessage(
            id: claim.id, from: claim.from, to: claim.to,
            arrival: Timestamp(milliseconds: item.arrival), expires: claim.expires,
            state: states[key] ?? nil, isGone: isKnown && states[key] == nil, item: item, key: key))
      }
    }
    return found.sorted { ($0.arrival, $0.id.text) < ($1.arrival, $1.id.text) }
  }

  /// The state of every pane; the second is false when tmux did not tell which there are.
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

  /// Ends it: it is never typed, its sender is told as of any message that waited in vain.
  /// - Returns: what became of it: it may have been delivered meanwhile.
  package func cancel(_ message: WaitingMessage) throws(SetupError) -> Disposition {
    Queued(message.item, message.key).cancel(receiver)
    return try receiver.outcome(of: message)
  }

  /// Tries what waits for the same pane, the oldest first, now.
  package func retry(_ message: WaitingMessage) throws(SetupError) -> Disposition {
    try receiver.drainAll(patience: .seconds(5), only: message.key)
    return try receiver.outcome(of: message)
  }
}

extension Receiver {
  fileprivate func outcome(of message: WaitingMessage) throws(SetupError) -> Disposition {
    try SeenStore(site.home).disposition(
      of: message.id, from: message.item.host, at: site.now) ?? Disposition(.unknown)
  }
}
