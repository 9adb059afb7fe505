internal import MeshCrypto
package import Mesh

/// A message that a command wants to send.
package struct Order: Sendable {
  package var kind: Kind
  package var from: Address
  package var body: [UInt8]
  package var replyTo: Address?
  package var inReplyTo: MessageID?
  package var options: SendOptions
  package var id: MessageID
  /// Milliseconds after which a queued message expires; nil: the longest allowed time.
  package var life: Int64?
  /// Whether to seal it to the recipient's account.
  package var seal = false
  /// A file; the body is its caption.
  package var attachment: Attachment?
  package var silence = Silence.fails

  /// What to do when the recipient's host does not answer.
  package enum Silence: Sendable {
    case fails
    /// Keep the message in this host's outbox.
    case waits
    /// The message is in the outbox already and was tried once more: nothing new.
    case waitsOn
  }

  package init(
    kind: Kind = .message, from: Address, body: [UInt8], replyTo: Address? = nil,
    inReplyTo: MessageID? = nil, options: SendOptions = SendOptions(), id: MessageID
  ) {
    (self.kind, self.id, self.from, self.body) = (kind, id, from, body)
    (self.replyTo, self.inReplyTo, self.options) = (replyTo, inReplyTo, options)
  }
}

/// From an order to a signed statement and its payload, sealed if required.
extension Sending {
  /// The envelope of a message that fits into memory.
  /// - Parameter asRetired: sign with the key that was rotated out, while it is still valid.
  func envelope(
    _ order: Order, _ route: Route, asRetired: Bool
  ) throws(SetupError) -> SignedEnvelope {
    var statement = statement(order, route)
    guard let key = try sealKey(order, route) else {
      return SignedEnvelope(own.identity.sign(statement, asRetired: asRetired), payload: order.body)
    }
    let sealing = try seal(&statement, name: nil, to: key)
    let payload: [UInt8]
    do { payload = try sealing.sealed(order.body) } catch { throw .noSealKey(route.host) }
    return SignedEnvelope(own.identity.sign(statement, asRetired: asRetired), payload: payload)
  }

  /// The stream of a file, which does not fit into memory.
  func stream(
    _ order: Order, _ attachment: Attachment, _ route: Route, _ fate: FileFate
  ) throws(SetupError) -> FileStream {
    let name: EncodedName
    do { name = try EncodedName(encoding: attachment.name.text) } catch { throw .file(.badName) }
    var statement = statement(order, route)
    statement.length = 2 + order.body.count + Int(clamping: attachment.file.size)
    statement.digest = nil
    guard let key = try sealKey(order, route) else {
      statement.name = name
      return FileStream(
        attachment, own.identity.sign(statement), caption: order.body,
        prefix: FileText.prefix(order.body), sealing: nil, own, fate)
    }
    let sealing = try seal(&statement, name: name, to: key)
    let prefix = sealing.prefix
    return FileStream(
      attachment, own.identity.sign(statement), caption: order.body, prefix: prefix,
      sealing: sealing, own, fate)
  }

  /// What every statement contains.
  private func statement(_ order: Order, _ route: Route) -> Statement {
    let now = site.now
    let longest = order.options.queue ? Freshness.longestQueuedLife : Freshness.longestLife
    let life = min(max(order.life ?? longest, 1), longest)
    return Statement(
      kind: order.kind, id: order.id, from: order.from, fromHost: site.host, to: route.to,
      toHost: route.host, toKey: route.key.fingerprint, time: now,
      expires: Timestamp(milliseconds: now.milliseconds + life), replyTo: order.replyTo,
      inReplyTo: order.inReplyTo, options: order.options, length: order.body.count,
      digest: Digest.hex(Digest.blake2b256(order.body)))
  }

  /// Whether the order is sealed: the user asked for it, or the policy requires it for this peer.
  package func seals(_ order: Order, _ route: Route) -> Bool {
    guard order.kind != .status else { return false }
    return order.seal || policies.effective.requireSeal.wants(route.host)
  }

  /// The recipient's seal key; nil when nothing is to be sealed. What is to be sealed is never sent in plain text.
  private func sealKey(_ order: Order, _ route: Route) throws(SetupError) -> SealPublicKey? {
    guard seals(order, route) else { return nil }
    if route.host == site.host { return try KeyStore(site.home).sealPublicKey() }
    guard let key = route.sealKey else { throw .noSealKey(route.host) }
    return key
  }

  /// Makes the sealed head, and sets in the statement what is visible outside of it.
  private func seal(
    _ statement: inout Statement, name: EncodedName?, to key: SealPublicKey
  ) throws(SetupError) -> SealedPayload {
    let head = SealedHead(
      statement, name: name, length: statement.length, digest: statement.digest)
    do {
      let sealing = try SealedPayload(head, to: key)
      statement.seal = .box1
      statement.length = sealing.length
      statement.digest = sealing.digest
      return sealing
    } catch { throw .noSealKey(statement.toHost) }
  }
}
