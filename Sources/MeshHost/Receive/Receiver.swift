package import Mesh
internal import MeshCrypto

/// The receiving side: one envelope in, one signed receipt out. It follows protocol section 5, one step per
/// line. The first check that fails ends it, and nothing reaches a pane before all checks have passed. The
/// steps are small functions: 3 to 9 below, 10 to 12 in Admission.swift, 15 in Closing.swift. Queued messages
/// take the same steps: Queue.swift.
package struct Receiver: ~Copyable {
  let own: Credentials
  /// The host that the connection is bound to: `serve --peer`.
  let peer: Host?
  /// The panes that this same process has just listed.
  let panes: PaneDirectory?

  package init(_ own: Credentials, peer: Host? = nil, panes: PaneDirectory? = nil) {
    self.own = own
    self.peer = peer
    self.panes = panes
  }

  var site: Site { own.site }
  var trusted: TrustedKeys { own.trusted }
  var policies: Policies { own.policies }

  /// - Returns: the receipt; nil when the bytes were not an envelope, so that there is nobody to answer.
  package func receive<Source: ByteSource & ~Copyable>(_ source: consuming Source) -> SignedReceipt?
  {
    let began = ContinuousClock.now
    var reader = EnvelopeReader(source)
    let received: Received
    do {
      received = try reader.head()
    } catch {
      note(unreadable: error)
      return nil
    }
    var progress = Progress(received, began: began)
    do {
      try path(received, &reader, &progress)
    } catch {
      progress.stop(error)
    }
    return close(progress)
  }

  /// Steps 3 to 14.
  private func path<Source: ByteSource & ~Copyable>(
    _ received: consuming Received, _ reader: inout EnvelopeReader<Source>,
    _ progress: inout Progress
  ) throws(Stop) {
    let counted = try counted(received, .connection(peer))
    if counted.statement.kind == .status { return try answer(counted, &progress) }
    if Asks(site.home).isAnswer(counted.statement, at: site.now) {
      return try take(answer: counted, &reader, &progress)
    }
    let recipient = try recipient(counted.statement)
    let entry = try entry(counted.statement, began: progress.began)
    let replay = try replay(counted, entry)
    switch consume replay {
    case .fresh(let ticket): deliver(counted, ticket, recipient, entry, &reader, &progress)
    case .sealedAgain(let ticket, let record):
      try compare(counted, ticket, recipient, record, &reader, &progress)
    case .again(let stored): progress.repeatStored(stored)
    case .interrupted: progress.wasInterrupted()
    case .reused: throw Stop(.notAuthentic, .idReused)
    case .forgotten:
      throw Stop(.notAuthentic, .stale, note: "as old as what was swept: the clock was set back")
    }
  }

  /// Steps 10 to 14. The entry keeps the outcome.
  private func deliver<Source: ByteSource & ~Copyable>(
    _ counted: consuming Counted, _ ticket: consuming ReplayTicket, _ recipient: Recipient,
    _ entry: borrowing SeenEntry, _ reader: inout EnvelopeReader<Source>, _ progress: inout Progress
  ) {
    do {
      let admission = try admit(counted, recipient, &progress)
      let authorised = try authorise(counted, admission.typing, ticket)
      let opened = try open(authorised, admission, &reader, entry.found, &progress)
      progress.describe(opened, recipient, logsBodies: policies.effective.logBodies)
      // Receiving a file may have taken long, so its time starts now.
      let began = admission.files == nil ? progress.began : .now
      let delivery = PaneDelivery(own, recipient, began: began)
      progress.disposition = try deliver(opened, reader.whole, by: delivery, entry)
    } catch {
      progress.stop(error)
    }
    progress.keepStored()
    finish(entry, &progress)
  }

  /// The same id, sealed: only the plain text shows whether it is the same message. The entry is not changed.
  private func compare<Source: ByteSource & ~Copyable>(
    _ counted: consuming Counted, _ ticket: consuming ReplayTicket, _ recipient: Recipient,
    _ record: SeenRecord, _ reader: inout EnvelopeReader<Source>, _ progress: inout Progress
  ) throws(Stop) {
    let admission = try admit(counted, recipient, &progress)
    let authorised = try authorise(counted, admission.typing, ticket)
    let opened = try open(authorised, admission, &reader, record, &progress)
    guard record.fingerprint.isOf(opened: opened.digest) else {
      throw Stop(.notAuthentic, .idReused)
    }
    progress.repeatStored(record.receipt)
  }

  /// Step 15: Closing.swift.
  private func close(_ progress: Progress) -> SignedReceipt {
    let now = site.now
    let event = progress.claim.kind == .status ? "asked" : "received"
    log(
      progress.auditEntry(at: now, event: event), of: progress.claim.fromHost,
      progress.disposition)
    return sign(progress.receipt(at: now), progress)
  }
}

/// How an envelope arrived.
enum Arrival {
  /// - Parameter peer: the host that the connection is bound to, if any.
  case connection(Host?)
  /// The connection's host and the rate were checked when the message arrived.
  case queue

  var peer: Host? {
    if case .connection(let peer) = self { peer } else { nil }
  }
}

// MARK: - Steps 3 to 9: the same for a message, a queued message, and a question about a message

extension Receiver {
  /// Steps 3 to 8. A queued message takes them again; only its rate is not counted twice.
  func counted(_ received: consuming Received, _ arrival: Arrival) throws(Stop) -> Counted {
    let now = site.now
    let verified = try verified(received, now, arrival.peer)
    let addressed = try addressed(verified)
    let current = try current(addressed, now)
    return try counted(current, arrival, now)
  }

  private func verified(
    _ received: consuming Received, _ now: Timestamp, _ peer: Host?
  ) throws(Stop) -> Verified {
    do { return try received.verified(with: trusted, at: now, peer: peer) } catch {
      throw Stop(error)
    }
  }

  private func addressed(_ verified: consuming Verified) throws(Stop) -> Addressed {
    let me = OwnHost(host: site.host, keys: own.identity.keys.map(\.fingerprint))
    do { return try verified.addressed(to: me) } catch { throw Stop(error) }
  }

  private func current(_ addressed: consuming Addressed, _ now: Timestamp) throws(Stop) -> Current {
    do { return try addressed.current(at: now, skew: policies.effective.skew) } catch {
      throw Stop(error)
    }
  }

  private func counted(
    _ current: consuming Current, _ arrival: Arrival, _ now: Timestamp
  ) throws(Stop) -> Counted {
    if current.statement.fromHost != site.host, case .connection = arrival {
      return try RateStore(site.home).count(current, at: now, rate: policies.effective.rate)
    }
    do {
      if case .queue = arrival { return try current.countedOnArrival() }
      return try current.countedAsOwn()
    } catch { throw Stop(error) }
  }

  /// Kind `status`: the outcome of a message that the asker's host sent.
  private func answer(_ counted: consuming Counted, _ progress: inout Progress) throws(Stop) {
    let question: StatusQuestion
    do { question = try counted.question() } catch { throw Stop(.notAuthentic, .malformed) }
    progress.about = question.about
    do {
      let found = try SeenStore(site.home).receipt(of: question.about, from: question.host)
      progress.report(found, at: site.now)
      if let proof = settled(found, progress.disposition, question.about) {
        progress.disposition = proof
      }
    } catch { throw Stop(error) }
  }

  /// The recipient's own record of a message whose outcome was unknown.
  private func settled(
    _ found: SeenRecord?, _ disposition: Disposition, _ id: MessageID
  ) -> Disposition? {
    guard let found, disposition.outcome == .unknown else { return nil }
    return Evidence.settle(id, to: found.fingerprint.to, site, hosts: trusted.hosts)
  }

  private func recipient(_ statement: Statement) throws(Stop) -> Recipient {
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
      throw Stop(.failed, .tmux, note: "\(error)")
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
  func replay(
    _ counted: borrowing Counted, _ entry: borrowing SeenEntry
  ) throws(Stop) -> Replay {
    do {
      let swept = try SeenStore(site.home).swept(of: counted.statement.fromHost)
      return Replay.judge(counted, found: entry.found, swept: swept)
    } catch { throw Stop(error) }
  }
}
