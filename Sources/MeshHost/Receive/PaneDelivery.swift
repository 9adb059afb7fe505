internal import Mesh

/// Steps 13 and 14: under the pane's lock, look, decide, type, look, Enter, look until the verdict.
struct PaneDelivery {
  /// Typing starts within this time after the message began to arrive, or not at all.
  private static let patience = Duration.seconds(8)
  /// A pane that moved between look and paste is looked at anew so often.
  private static let attempts = 3

  let site: Site
  let tmux: Tmux
  let panes: PaneDirectory
  let recipient: Recipient
  let began: ContinuousClock.Instant
  let profiles: [Profile]
  let hosts: Set<Host>
  let me: Host

  init(
    _ receiver: borrowing Receiver, _ panes: PaneDirectory, _ recipient: Recipient,
    began: ContinuousClock.Instant
  ) throws(Stop) {
    site = receiver.site
    hosts = receiver.trusted.hosts
    me = receiver.identity.host
    self.panes = panes
    self.recipient = recipient
    self.began = began
    profiles = ProfileStore(receiver.site.home).profiles()
    do { tmux = try receiver.site.tmux } catch { throw Stop(.failed, .tmux, note: "\(error)") }
  }

  /// - Parameter typing: called before the first byte is typed or shown; when it fails, nothing is.
  func deliver(
    _ opened: consuming Opened, _ typing: () throws(Stop) -> Void
  ) throws(Stop) -> Disposition {
    let message = DeliveredMessage(opened, hosts: hosts)
    let waitEnd = began + .seconds(message.statement.options.wait ?? 0)
    while true {
      let result = try once(message, typing)
      guard result.outcome == .notReady, ContinuousClock.now < waitEnd else { return result }
      // A few looks a second: nothing announces that a program has become ready.
      Waiting.pause(.milliseconds(300))
    }
  }

  private func once(
    _ message: DeliveredMessage, _ typing: () throws(Stop) -> Void
  ) throws(Stop) -> Disposition {
    let key = panes.key(of: recipient.pane)
    let end = max(began + Self.patience, .now + .seconds(1))
    let lock: FileLock
    do {
      let directory = try site.home.directory("state", "panes")
      lock = try FileLock.acquire(in: directory, key.fileName, until: end)
    } catch FileError.timeout {
      return Disposition(.notReady, .busy)
    } catch { throw Stop(.failed, .disk, note: "\(error)") }
    var result = Disposition(.notReady, .unknownScreen)
    for _ in 0..<Self.attempts {
      var typist = Typist(self, message)
      result = try typist.run(typing)
      if !typist.moved { break }
    }
    if result.outcome.isSuccess { remember(message, key) }
    lock.release()
    return result
  }

  private func remember(_ message: DeliveredMessage, _ key: PaneKey) {
    _ = try? LastReceived(site.home).save(message.statement, hosts: hosts, key)
  }
}

/// What a pane receives: the tag and the safe text, and what may be done with it. Made of an `Opened`, which it uses up.
struct DeliveredMessage {
  let statement: Statement
  let decision: AccessDecision
  private let tag: String
  private let safe: SafeText

  init(_ opened: consuming Opened, hosts: Set<Host>) {
    statement = opened.statement
    decision = opened.decision
    safe = opened.text
    tag =
      Tag(
        from: statement.from, time: statement.time.text, id: statement.id.text,
        sealed: statement.seal != .none, replyTo: statement.replyTo
      ).text
  }

  /// - Parameter keepingTabs: for programs that bracket what is pasted; elsewhere TAB completes words.
  func text(keepingTabs: Bool) -> String {
    "\(tag) \(keepingTabs ? safe.text : safe.tabsAsSpaces)"
  }
}
