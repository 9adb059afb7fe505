internal import Mesh
internal import MeshCrypto

/// From an order to a signed statement and its payload, sealed if required.
extension Sending {
  /// What every statement contains; the caller adds payload, seal and name.
  func statement(_ order: Order, _ route: Route) -> Statement {
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

  /// - Parameter asRetired: sign with the key that was rotated out, while it is still valid.
  func signed(
    _ statement: Statement, payload: [UInt8], asRetired: Bool = false
  ) -> SignedEnvelope {
    let bytes = statement.bytes
    let signature = own.identity.sign(bytes, asRetired: asRetired)
    return SignedEnvelope(
      statement: statement, statementBytes: bytes, signature: signature, payload: payload)
  }

  /// The envelope of a message that fits into memory.
  func envelope(
    _ order: Order, _ route: Route, asRetired: Bool = false
  ) throws(SetupError) -> SignedEnvelope {
    var statement = statement(order, route)
    guard let key = try sealKey(order, route) else {
      return signed(statement, payload: order.body, asRetired: asRetired)
    }
    let sealing = try seal(
      &statement, name: nil, length: order.body.count, digest: statement.digest, to: key,
      route.host)
    let payload: [UInt8]
    do { payload = try sealing.sealed(order.body) } catch { throw .noSealKey(route.host) }
    return signed(statement, payload: payload, asRetired: asRetired)
  }

  /// Whether the order is sealed: the user asked for it, or the policy requires it for this peer.
  package func seals(_ order: Order, _ route: Route) -> Bool {
    guard order.kind != .status else { return false }
    return order.seal || policies.effective.requireSeal.wants(route.host)
  }

  /// The recipient's seal key; nil when nothing is to be sealed. What is to be sealed is never sent in plain text.
  func sealKey(_ order: Order, _ route: Route) throws(SetupError) -> SealPublicKey? {
    guard seals(order, route) else { return nil }
    if route.host == site.host { return try KeyStore(site.home).sealPublicKey() }
    guard let key = route.sealKey else { throw .noSealKey(route.host) }
    return key
  }

  /// Makes the sealed head, and sets in the statement what is visible outside of it.
  func seal(
    _ statement: inout Statement, name: EncodedName?, length: Int, digest: String?,
    to key: SealPublicKey, _ host: Host
  ) throws(SetupError) -> SealedPayload {
    let head = SealedHead(statement, name: name, length: length, digest: digest)
    do {
      let sealing = try SealedPayload(head, to: key)
      statement.seal = .box1
      statement.name = nil
      statement.length = sealing.length
      statement.digest = sealing.digest
      return sealing
    } catch { throw .noSealKey(host) }
  }
}
