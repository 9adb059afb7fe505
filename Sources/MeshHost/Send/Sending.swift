package import Mesh
internal import MeshCrypto

/// The outcome of a message, whether proven by a receipt or not.
package struct Delivered: Sendable {
  package var disposition: Disposition
  /// The recipient's current address.
  package var to: Address?
  /// nil when nothing proves the outcome.
  package var receipt: Receipt?
  /// What ssh or we report about a failure; made printable.
  package var said: String?
  /// The file's own BLAKE2b-256 in hex, once the whole file was read.
  package var digest: String?

  /// Whether the message waits at this host because the recipient's host does not answer.
  package var waitsHere: Bool { disposition.outcome == .queued && receipt == nil }
}

/// Signs and sends: Order.swift makes the envelope. Local and remote messages take the same path: a message to the
/// next pane is signed, verified and authorised like a message from another host.
package struct Sending: ~Copyable {
  let own: Credentials
  /// Gets a notice while we wait for a host.
  private let tell: SSHNotice

  package init(_ own: Credentials, tell: SSHNotice = .silent) {
    (self.own, self.tell) = (own, tell)
  }

  package var trusted: TrustedKeys { own.trusted }
  /// Fingerprint of the key that this account signs with.
  package var fingerprint: String { own.identity.key.fingerprint }
  var site: Site { own.site }
  var policies: Policies { own.policies }

  /// Starts connecting to the host of a route. - Returns: nil when it is this host.
  package func call(_ route: Route) -> SSHCall? {
    route.peer.map { SSHCall($0.sshAlias, SSHConfig(site, $0), tell) }
  }

  /// - Parameter panes: the panes that this process has just listed, so that they need not be listed again.
  /// - Parameter call: the result of `call` for this route, if it was started already.
  package func send(
    _ order: Order, by route: Route, panes: PaneDirectory? = nil, call: SSHCall? = nil
  ) throws(SetupError) -> Delivered {
    let delivered = try attempt(order, route, panes, call)
    if own.identity.retired != nil, order.attachment == nil,
      delivered.answer.disposition == Disposition(.notAuthentic, .keyChanged)
    {
      // The peer does not know our new key yet. The old key is valid for a day; nothing was typed.
      return try settled(try attempt(order, route, panes, asRetired: true), order, route)
    }
    guard delivered.mayRepeat, route.alias != nil else {
      return try settled(delivered, order, route)
    }
    // Jitter: sshd drops logins that come all at once, and they should not all return at once.
    Waiting.pause(.milliseconds(Int.random(in: 40...240)))
    // The same id, signed again: the recipient types it once, whatever happened to the first attempt.
    let again = try attempt(order, route, panes)
    // If the second attempt was not even sent, the first may still have been typed: its outcome stays.
    let wasSent = delivered.answer.disposition.outcome == .unknown
    let stays =
      wasSent && again.answer.disposition.outcome == .failed && again.answer.receipt == nil
    return try settled(stays ? delivered : again, order, route)
  }

  /// Records the outcome. A message that failed before anything was sent is logged too, and is kept in the
  /// outbox if that was asked for.
  private func settled(
    _ attempt: Attempt, _ order: Order, _ route: Route
  ) throws(SetupError) -> Delivered {
    let answer = attempt.answer
    note(answer, route)
    guard let unsent = attempt.unsent, order.silence != .waitsOn else { return answer }
    var settled = answer
    if order.silence == .waits, try Outbox(site).keep(order, route, sealed: seals(order, route)) {
      settled.disposition = Disposition(.queued)
    }
    log(unsent, settled.disposition, note: answer.said)
    return settled
  }

  /// Remembers whether the peer answers.
  private func note(_ answer: Delivered, _ route: Route) {
    guard route.alias != nil else { return }
    let contacts = Contacts(site.home)
    if answer.receipt != nil {
      contacts.answered(route.host, at: site.now)
    } else if answer.disposition.outcome == .failed || answer.disposition.outcome == .unknown {
      contacts.failed(
        route.host, answer.said ?? answer.disposition.reason.rawValue, at: site.now)
    }
  }

  /// The sender's line in the history. Local messages already have the receiver's line; status questions get
  /// none.
  private func log(_ head: EnvelopeHead, _ disposition: Disposition, note: String? = nil) {
    guard head.statement.toHost != site.host, head.statement.kind != .status else { return }
    var entry = AuditEntry("sent", at: site.now)
    entry.describe(head, disposition)
    entry.note = note.map { SafeText.line($0, limit: 400) }
    AuditLog(site.home).record(entry)
  }
}

// MARK: - One attempt

private struct Attempt {
  var answer: Delivered
  /// The connection broke before an answer came, and not by a timeout.
  var mayRepeat = false
  /// What was not sent at all, for the log: no answer came that could have been logged.
  var unsent: EnvelopeHead?
}

extension Attempt {
  init(_ outcome: Outcome, _ reason: Reason = .none, said: String, mayRepeat: Bool = false) {
    answer = Delivered(disposition: Disposition(outcome, reason), said: said)
    self.mayRepeat = mayRepeat
  }
}

extension Sending {
  private func attempt(
    _ order: Order, _ route: Route, _ panes: PaneDirectory?, _ begun: SSHCall? = nil,
    asRetired: Bool = false
  ) throws(SetupError) -> Attempt {
    if let attachment = order.attachment { return try attempt(order, attachment, route) }
    let envelope = try envelope(order, route, asRetired: asRetired)
    guard let call = begun ?? call(route) else {
      let receiver = Receiver(own, panes: panes)
      return proven(receiver.receive(MemorySource(envelope.bytes)), envelope.head, route)
    }
    let began = ContinuousClock.now
    let patience = Patience.receipt(wait: order.options.wait)
    do {
      let framed = try SSHTransport.deliver(envelope, by: call, within: patience)
      return proven(framed, envelope.head, route)
    } catch {
      var attempt = failed(error, envelope.head)
      // A host that timed out will time out again. A connection that died while idle, or a login dropped among
      // many, is worth one more attempt.
      let soon = ContinuousClock.now - began < .milliseconds(1500)
      attempt.mayRepeat = attempt.mayRepeat && (soon || call.wasWarm)
      return attempt
    }
  }

  private func attempt(
    _ order: Order, _ attachment: Attachment, _ route: Route
  ) throws(SetupError) -> Attempt {
    let fate = FileFate()
    let stream = try stream(order, attachment, route, fate)
    let head = stream.head
    var result: Attempt
    if let call = call(route) {
      do {
        let framed = try SSHTransport.deliver(
          stream, bytes: head.statement.length, by: call,
          patience: .seconds(30 + (order.options.wait ?? 0)))
        result = proven(framed, head, route)
      } catch { result = failed(error, head) }
    } else {
      result = proven(Receiver(own).receive(stream), head, route)
    }
    result.answer.digest = fate.digest
    // The file changed while it was sent; without an end statement the receiver has refused it.
    guard fate.changed else { return result }
    return Attempt(.failed, .truncated, said: "the file changed while it was read")
  }

  /// A receipt is the only proof: without a valid receipt the outcome is unknown.
  private func proven(
    _ answer: SignedReceipt?, _ head: EnvelopeHead, _ route: Route
  ) -> Attempt {
    guard let answer else { return Attempt(.unknown, said: "no receipt came back") }
    do {
      let receipt = try answer.verified(by: route.keys, for: head.statement, head.bytes)
      log(head, receipt.disposition)
      return Attempt(
        answer: Delivered(disposition: receipt.disposition, to: receipt.to, receipt: receipt))
    } catch {
      let what =
        switch error {
        case .signature: "the receipt is not signed by the key that is pinned for \(route.host)"
        case .form: "the receipt is malformed"
        case .another: "the receipt is for another message"
        }
      log(head, Disposition(.unknown), note: what)
      return Attempt(.unknown, said: what)
    }
  }

  private func failed(_ error: SSHFailure, _ head: EnvelopeHead) -> Attempt {
    var attempt: Attempt
    switch error {
    case .noAnswer(let said):
      // The message may have arrived: `--status` needs to know which host to ask.
      log(head, Disposition(.unknown))
      return Attempt(.unknown, said: said, mayRepeat: true)
    case .timeout(let said): attempt = Attempt(.failed, .timeout, said: said)
    case .refused(let said): attempt = Attempt(.failed, .unreachable, said: said)
    case .unreachable(let said), .declined(let said):
      attempt = Attempt(.failed, .unreachable, said: said, mayRepeat: true)
    case .noSSH, .notInstalled, .setup:
      attempt = Attempt(.failed, .unreachable, said: "\(error)")
    }
    attempt.unsent = head
    return attempt
  }
}
