internal import Mesh
internal import MeshCrypto

/// The decisions of the access lists; `files` only for a file.
struct Admission {
  let typing: AccessDecision
  let files: AccessDecision?
}

/// Steps 3 to 12 of the receive path: who sent it, whether it is for this account, new and admitted; then its
/// payload is received and opened. They are the same for a message, a queued message and an answer; for a question
/// about a message, only the first ones.
extension Receiver {
  /// Steps 3 to 8.
  /// - Parameter fromQueue: the connection's host and the rate were checked when the message arrived.
  func counted(_ received: consuming Received, fromQueue: Bool = false) throws(Stop) -> Counted {
    let now = site.now
    let current = try current(received, peer: fromQueue ? nil : peer, arrived: now)
    if fromQueue { return try current.countedOnArrival() }
    if current.statement.fromHost == site.host { return try current.countedAsOwn() }
    return try RateStore(home: site.home).count(current, at: now, rate: policies.effective.rate)
  }

  /// Steps 3 to 7.
  private func current(
    _ received: consuming Received, peer: Host?, arrived: Timestamp
  ) throws(Stop) -> Current {
    try received.verified(with: trusted, at: site.now, peer: peer)
      .addressed(to: site.host, keys: own.identity.keys.map(\.fingerprint))
      .current(at: arrived, skew: policies.effective.skew)
  }

  func recipient(_ statement: Statement) throws(Stop) -> Recipient {
    let panes = try livePanes(expecting: statement.to)
    if let found = panes.reachable(statement.to) { return found }
    // The pane may be on a server that does not answer.
    guard panes.silent.isEmpty else {
      throw Stop(.failed, .tmux, note: "a tmux server does not answer")
    }
    throw Stop(.unknownAgent, note: "no live pane has that address")
  }

  private func livePanes(expecting: Address) throws(Stop) -> PaneDirectory {
    if let panes, panes.isFresh { return panes }
    do throws(Tmux.Failure) {
      return try PaneDirectory(site, hosts: trusted.hosts, expecting: expecting)
    } catch {
      if case .noServer = error { throw Stop(.unknownAgent, note: "no tmux server is running") }
      throw Stop(error)
    }
  }

  func entry(_ statement: Statement, began: ContinuousClock.Instant) throws(Stop) -> SeenEntry {
    let patience = Patience.turn + .seconds(5 + (statement.options.wait ?? 0))
    do {
      return try SeenStore(site.home).entry(statement, until: began + patience)
    } catch .file(.timeout) {
      throw Stop(.unknown, .timeout, note: "another process holds the same message")
    } catch { throw Stop(error) }
  }

  /// Step 9.
  func replay(_ counted: borrowing Counted, _ entry: borrowing SeenEntry) throws(Stop) -> Replay {
    let host = counted.statement.fromHost
    let swept = try Stop.unless(SeenStore(site.home).swept(of: host))
    return try Replay.judge(counted, found: entry.found, swept: swept)
  }

  /// Step 10: for a file, both lists have to admit the sender.
  func admit(
    _ counted: borrowing Counted, _ recipient: Recipient, _ progress: inout Progress
  ) throws(Stop) -> Admission {
    let sender = VerifiedSender(counted, me: site.host)
    return try admit(counted.statement, sender, recipient, &progress)
  }

  private func admit(
    _ statement: Statement, _ sender: VerifiedSender, _ recipient: Recipient,
    _ progress: inout Progress
  ) throws(Stop) -> Admission {
    let levels: [String: OptionLevels]
    do { levels = try recipient.options(AccessOption.names(statement.kind)) } catch {
      throw Stop(error)
    }
    let ceilings = policies.ceilings(for: recipient.names.union([statement.to]))
    func decide(_ option: String, note: String? = nil) throws(Stop) -> AccessDecision {
      let levels = AllowLevels(levels[option], recipient.pane)
      switch Access.judge(sender, levels: levels, ceilings: ceilings, hosts: trusted.hosts) {
      case .admitted(let decision): return decision
      case .refused(let rule):
        progress.rule = rule
        throw Stop(.refused, .denied, note: note)
      }
    }
    let typing = try decide(AccessOption.allow)
    progress.rule = typing.rule
    guard statement.kind == .file else { return Admission(typing: typing, files: nil) }
    let files = try decide(AccessOption.files, note: "by \(AccessOption.files)")
    return Admission(typing: typing, files: files)
  }

  /// Steps 3 to 10 once more before the first key, by the keys, policies and lists of this moment: the message may have
  /// waited for an hour. When it arrived it was valid, new and counted, and that still holds.
  func judgeAgain(
    _ first: Progress, _ recipient: Recipient, _ before: AccessDecision
  ) throws(Stop) {
    let fresh = Receiver(try Stop.unless(Credentials(site)), peer: peer)
    let current = try fresh.current(
      Received(first.head), peer: peer, arrived: first.arrived(site.now))
    let statement = current.statement
    guard fresh.policies.effective.requireSeal.permits(statement) else { throw .sealRequired }
    let found = try fresh.recipient(statement)
    guard found.place.key == recipient.place.key else {
      throw Stop(.unknownAgent, note: "another pane has that address now")
    }
    var progress = first
    let sender = VerifiedSender(current, me: site.host)
    let now = try fresh.admit(statement, sender, found, &progress).typing
    guard now.standing == before.standing, now.namedByPane == before.namedByPane else {
      throw Stop(.refused, .denied, note: "its list changed while the message waited")
    }
  }

  /// Steps 11 and 12: received completely, unsealed and made safe; a file is in the inbox after this.
  func open<Source: ByteSource & ~Copyable>(
    _ counted: consuming Counted, _ ticket: consuming ReplayTicket, _ admission: Admission,
    _ reader: inout EnvelopeReader<Source>, _ found: SeenRecord?, _ progress: inout Progress
  ) throws(Stop) -> Opened {
    let authorised = try counted.authorised(
      by: admission.typing, requireSeal: policies.effective.requireSeal, ticket)
    let isSealed = authorised.statement.seal != .none
    let keys = isSealed ? try Stop.unless(KeyStore(site.home).sealKeys()) : nil
    if let files = admission.files {
      let receiving = FileReceiving(own, authorised.statement, landed: found?.storedName)
      let opening = try authorised.opening(files: files, keys: keys)
      return try receiving.run(opening, &reader, &progress)
    }
    let payload: [UInt8]
    do { payload = try reader.body() } catch { throw Stop(error) }
    guard let keys else { return try authorised.opened(payload: payload) }
    return try authorised.opened(sealed: payload, with: keys)
  }
}
