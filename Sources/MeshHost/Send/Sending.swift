public import Mesh
internal import MeshCrypto

/// A message as a command wants it sent.
public struct Order: Sendable {
  public var kind: Kind
  public var from: Address
  public var body: [UInt8]
  public var replyTo: Address?
  public var inReplyTo: MessageID?
  public var options: SendOptions
  public var id: MessageID

  public init(
    kind: Kind = .message, from: Address, body: [UInt8], replyTo: Address? = nil,
    inReplyTo: MessageID? = nil, options: SendOptions = SendOptions(), id: MessageID
  ) {
    self.kind = kind
    self.from = from
    self.body = body
    self.replyTo = replyTo
    self.inReplyTo = inReplyTo
    self.options = options
    self.id = id
  }
}

/// What became of it, proven by a receipt or not.
public struct Delivered: Sendable {
  public var disposition: Disposition
  /// The address that the recipient goes by now.
  public var to: Address?
  /// nil when nothing proves the outcome.
  public var receipt: Receipt?
  /// What ssh or we have to say about a failure; made printable.
  public var said: String?
}

/// Signs and sends. Local and remote messages take the same road: a message to a neighbouring pane is signed,
/// verified and authorised like one from another continent.
public struct Sending: ~Copyable {
  let site: Site
  let identity: Identity
  public let trusted: TrustedKeys

  public init(_ site: Site) throws(SetupError) {
    let identity = try KeyStore(site.home).identity(site.host)
    trusted = try PinStore(site.home).trusted(identity)
    self.site = site
    self.identity = identity
  }

  public func send(_ order: Order, by route: Route) throws(SetupError) -> Delivered {
    let delivered = try attempt(order, route)
    if identity.retired != nil,
      delivered.answer.disposition == Disposition(.notAuthentic, .keyChanged)
    {
      // A peer that has not heard of our new key: the old one counts for a day. Nothing was typed.
      return try attempt(order, route, asRetired: true).answer
    }
    guard delivered.mayRepeat, route.alias != nil else { return delivered.answer }
    // The same id, signed anew: the far side types it once, whatever happened to the first.
    return try attempt(order, route).answer
  }

  private struct Attempt {
    var answer: Delivered
    /// The connection broke before an answer came, and not by running out of time.
    var mayRepeat = false
  }

  private func attempt(
    _ order: Order, _ route: Route, asRetired: Bool = false
  ) throws(SetupError) -> Attempt {
    let envelope = sign(order, route, asRetired)
    guard let alias = route.alias else {
      let receiver = try Receiver(site)
      return proven(receiver.receive(MemorySource(envelope.bytes)), envelope, route)
    }
    let patience = Duration.seconds(10 + (order.options.wait ?? 0))
    do {
      let transport = SSHTransport(SSHConfig(site.home, site.environment))
      let framed = try transport.deliver(envelope, to: alias, within: patience)
      return proven(framed, envelope, route)
    } catch {
      return failed(error)
    }
  }

  private func sign(_ order: Order, _ route: Route, _ asRetired: Bool) -> SignedEnvelope {
    let now = site.now
    let life = order.options.queue ? Freshness.longestQueuedLife : Freshness.longestLife
    let statement = Statement(
      kind: order.kind, id: order.id, from: order.from, fromHost: site.host, to: route.to,
      toHost: route.host, toKey: route.key.fingerprint, time: now,
      expires: Timestamp(milliseconds: now.milliseconds + life), replyTo: order.replyTo,
      inReplyTo: order.inReplyTo, options: order.options, length: order.body.count,
      digest: Digest.hex(Digest.blake2b256(order.body)))
    let bytes = StatementText.encode(statement)
    let signature = identity.sign(bytes, asRetired: asRetired)
    return SignedEnvelope(
      statement: statement, statementBytes: bytes, signature: signature, payload: order.body)
  }

  /// A receipt is the only proof: without a valid one the outcome is unknown.
  private func proven(
    _ signed: SignedReceipt?, _ envelope: SignedEnvelope, _ route: Route
  ) -> Attempt {
    guard let signed else {
      return Attempt(
        answer: Delivered(disposition: Disposition(.unknown), said: "no receipt came back"))
    }
    do {
      let receipt = try signed.verified(
        by: route.keys, for: envelope.statement, envelope.statementBytes)
      log(envelope, receipt.disposition)
      return Attempt(
        answer: Delivered(disposition: receipt.disposition, to: receipt.to, receipt: receipt))
    } catch {
      let what =
        switch error {
        case .signature: "the receipt is not signed by the key that is pinned for \(route.host)"
        case .form: "the receipt is malformed"
        case .another: "the receipt is for another message"
        }
      log(envelope, Disposition(.unknown), note: what)
      return Attempt(answer: Delivered(disposition: Disposition(.unknown), said: what))
    }
  }

  private func failed(_ error: SSHFailure) -> Attempt {
    switch error {
    case .noSSH:
      return Attempt(
        answer: Delivered(
          disposition: Disposition(.failed, .unreachable), said: "ssh could not be started"))
    case .unreachable(let said):
      return Attempt(
        answer: Delivered(disposition: Disposition(.failed, .unreachable), said: said),
        mayRepeat: true)
    case .notInstalled(let said):
      return Attempt(
        answer: Delivered(
          disposition: Disposition(.failed, .unreachable),
          said: "agent-register-hook is not installed there: \(said)"))
    case .timeout:
      return Attempt(answer: Delivered(disposition: Disposition(.failed, .timeout)))
    case .noAnswer(let said):
      return Attempt(
        answer: Delivered(disposition: Disposition(.unknown), said: said), mayRepeat: true)
    case .setup(let error):
      return Attempt(
        answer: Delivered(disposition: Disposition(.failed, .unreachable), said: "\(error)"))
    }
  }

  /// The sender's side of the history. Local messages have their line from the receiving side already.
  private func log(_ envelope: SignedEnvelope, _ disposition: Disposition, note: String? = nil) {
    guard envelope.statement.toHost != site.host else { return }
    var entry = AuditEntry("sent", at: site.now)
    entry.describe(
      envelope.statement, envelope.statementBytes, envelope.signature, disposition)
    entry.note = note
    _ = try? AuditLog(site.home).append(entry)
  }
}
