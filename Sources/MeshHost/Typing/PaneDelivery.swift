internal import Mesh

/// Steps 13 and 14: under the pane's lock, look, decide, type, look, Enter, look until the verdict.
struct PaneDelivery {
  /// How long to watch the agent's own record when the screen gave no verdict.
  private static let evidence = Duration.seconds(1)
  /// Nothing signals that a program has become ready: look a few times per second.
  private static let pause = Duration.milliseconds(300)

  let site: Site
  let recipient: Recipient
  let began: ContinuousClock.Instant
  private let shelf: ProfileShelf
  let hosts: Set<Host>
  let me: Host
  /// Whether the policy lets messages say how to answer them.
  private let hints: Bool

  init(
    _ own: Credentials, _ recipient: Recipient, began: ContinuousClock.Instant
  ) {
    site = own.site
    hosts = own.trusted.hosts
    me = own.site.host
    hints = own.policies.effective.replyHint
    self.recipient = recipient
    self.began = began
    shelf = ProfileShelf(ProfileStore(own.site.home))
  }

  var profiles: [Profile] { shelf.profiles }

  /// The server of this pane.
  var tmux: Tmux { recipient.place.tmux }
  var key: PaneKey { recipient.place.key }
  var spoolKey: SpoolKey { SpoolKey(tmux, recipient.place.server, recipient.pane.id) }

  /// - Parameter typing: called before the first byte is typed or shown; when it fails, nothing is typed.
  /// - Parameter ahead: delivers messages queued earlier. Returns why they, and thus this message, have to wait.
  /// - Parameter keep: puts the message into the queue, if the sender asked for that.
  func deliver(
    _ opened: consuming Opened, _ typing: () throws(Stop) -> Void,
    ahead: () throws(Stop) -> Disposition?, keep: (Disposition) throws(Stop) -> Disposition
  ) throws(Stop) -> Disposition {
    let message = DeliveredMessage(opened)
    let wait = message.statement.options.wait
    var result = try turn(message, typing, ahead, wait == nil ? keep : { $0 })
    guard let wait, result.outcome == .notReady, result.reason != .lineTooLong else {
      return result
    }
    // The number of waiting sessions per host is limited; a session above the limit does not wait.
    let isOwn = message.statement.fromHost == me
    let session = isOwn ? nil : try sessionToWait(message.statement.fromHost)
    guard isOwn || session != nil else { return try keep(result) }
    let end = began + .seconds(wait)
    // Of all sessions that wait for a pane, only the first looks at it.
    let place = try lock("waiting", until: end)
    var isLast = false
    repeat {
      let left = end - .now
      isLast = left <= Self.pause
      Waiting.pause(min(Self.pause, left))
      result = try turn(message, typing, ahead, isLast ? keep : { $0 })
    } while result.outcome == .notReady && !isLast
    if let place { place.release() }
    if let session { session.release() }
    return result
  }

  private func sessionToWait(_ host: Host) throws(Stop) -> FileLock? {
    do { return try HostPlaces.waits.take(host, site.home) } catch { throw Stop(error) }
  }

  /// One turn at the pane; no lock is held before or after.
  private func turn(
    _ message: DeliveredMessage, _ typing: () throws(Stop) -> Void,
    _ ahead: () throws(Stop) -> Disposition?, _ keep: (Disposition) throws(Stop) -> Disposition
  ) throws(Stop) -> Disposition {
    let end = max(began + Patience.turn, .now + .seconds(1))
    guard let lock = try lock("panes", until: end) else {
      return try keep(Disposition(.notReady, .busy))
    }
    var result: Disposition
    if let blocked = try ahead() { result = blocked } else { result = try type(message, typing) }
    if result.outcome == .notReady { result = try keep(result) }
    lock.release()
    return result
  }

  /// The pane's lock in a folder of `~/.agents/state`. - Returns: nil when the time is over.
  func lock(
    _ folder: String, until end: ContinuousClock.Instant
  ) throws(Stop) -> FileLock? {
    do {
      let directory = try site.home.directory("state", folder)
      return try FileLock.acquire(in: directory, key.fileName, until: end)
    } catch FileError.timeout {
      return nil
    } catch { throw Stop(.failed, .disk, note: "\(error)") }
  }

  /// By typing, or through the agent's own inbox if the pane's owner chose that: by one of the two, once. The
  /// caller holds the pane's lock.
  func type(
    _ message: DeliveredMessage, _ typing: () throws(Stop) -> Void
  ) throws(Stop) -> Disposition {
    let way = AgentInbox.choice(recipient).way
    if way == .inbox, let result = try handOver(message, typing) { return result }
    guard way == .auto else { return try typed(message, typing) }
    let result = try typed(message, typing, leavesTurns: true)
    guard result.mayGoByInbox else { return result }
    if let handed = try handOver(message, typing) { return handed }
    return result.reason == .busy ? try typed(message, typing) : result
  }

  /// - Returns: nil when nothing was handed over.
  private func handOver(
    _ message: DeliveredMessage, _ typing: () throws(Stop) -> Void
  ) throws(Stop) -> Disposition? {
    let recent = self.recent
    let hint = wantsHint(message, recent)
    guard let inbox = AgentInbox(recipient.place, site.home),
      let result = try inbox.hand(message, hint: hint, typing)
    else { return nil }
    AuditLog(site.home).note(
      "by-inbox",
      "\(message.statement.id.short) to session \(inbox.session.id), \(result.reason.rawValue)",
      at: site.now)
    let typed = Typed(text: message.typed(hint: hint).delivered, hint: hint)
    recent.add(typed, from: message.statement.from, at: site.now, wasTaken: true)
    if result.outcome.isSuccess { remember(message) }
    return result
  }

  /// The caller holds the pane's lock.
  /// - Parameter leavesTurns: type nothing while the agent works.
  private func typed(
    _ message: DeliveredMessage, _ typing: () throws(Stop) -> Void, leavesTurns: Bool = false
  ) throws(Stop) -> Disposition {
    let recent = self.recent
    let typist = Typist(
      delivery: self, message: message, recent: recent, hint: wantsHint(message, recent),
      leavesTurns: leavesTurns)
    var (result, typed) = try typist.run(typing)
    if result.outcome == .unknown,
      let proof = Evidence.settle(
        message.statement.id, recipient.place, site.home, within: Self.evidence)
    {
      result = proof
    }
    if result.outcome.isSuccess && result.outcome != .shown || result.outcome == .unknown {
      recent.add(
        typed, from: message.statement.from, at: site.now,
        wasTaken: result.outcome == .submitted)
    }
    if result.outcome.isSuccess { remember(message) }
    return result
  }

  private var recent: RecentDeliveries {
    RecentDeliveries(site.home, key, program: ProcessTable.reader(ofPane: recipient.pane.pid))
  }

  private func wantsHint(_ message: DeliveredMessage, _ recent: RecentDeliveries) -> Bool {
    hints && message.canBeAnswered(among: hosts) && recent.wantsHint(message.statement.from)
  }

  private func remember(_ message: DeliveredMessage) {
    _ = try? LastReceived(site.home).save(message.statement, hosts: hosts, key)
  }
}

extension Disposition {
  /// Typing was refused because of the screen, not because of the sender.
  fileprivate var mayGoByInbox: Bool {
    outcome == .notReady
      && [.draft, .unsubmitted, .dialog, .mode, .humanTyping, .busy].contains(reason)
  }
}
