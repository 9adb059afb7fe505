package import MeshCrypto

// The receive path, as types: `Received` → `Verified` → `Addressed` → `Current` → `Counted`, and on in Authorised.swift.
// Each is made by the check before it and by nothing else, cannot be copied, and is used up by the check that follows.
// So a check that is left out, or made in another order than protocol section 5 has it, does not compile.

/// Why an envelope's sender is not proven.
package enum VerifyError: Error, Equatable, Sendable {
  /// No key is pinned for the host that it says it is from.
  case unpinned
  /// The key that signed is revoked.
  case revoked
  /// Signed by another key than the pinned ones; carries the fingerprints.
  case keyChanged(pinned: [String], signed: String)
  case signature
  /// The sender's address is not its host's, or the connection belongs to another peer.
  case spoofed
}

/// What is known of keys when an envelope is verified.
package struct TrustedKeys: Sendable {
  package let pins: AllowedSigners
  package let revoked: RevokedKeys
  /// All hosts that own addresses: this one, and every one that was ever known, whether a key of it counts or not.
  /// Otherwise the addresses of `a-b` would fall to host `a` as soon as nobody trusts `a-b`, or nobody does so yet.
  package let hosts: Set<Host>

  /// - Parameter names: hosts that are known without a pin.
  package init(
    pins: AllowedSigners, revoked: RevokedKeys, me: Host, names: Set<Host> = []
  ) {
    self.pins = pins
    self.revoked = revoked
    self.hosts = pins.hosts.union(names).union([me])
  }

  /// The keys that count for `host` in `namespace` at `time` and are not revoked, newest pin last.
  package func keys(of host: Host, for namespace: Namespace, at time: Timestamp) -> [VerifyingKey] {
    pins.keys(of: host, for: namespace, at: time).filter { !revoked.contains($0) }
  }
}

/// An envelope's head as it came in: of the right form, and nothing more is known.
package struct Received: ~Copyable {
  /// What it claims. Good for looking up keys and for the log; nothing else may rest on it.
  package let claim: Statement
  package let statementBytes: [UInt8]
  package let signature: [UInt8]

  package init(statement: [UInt8], signature: [UInt8]) throws(FormError) {
    claim = try StatementText.decode(statement)
    statementBytes = statement
    self.signature = signature
  }

  /// Steps 3 to 5: the pinned key, the signature over the bytes as received, the owner of the sender's address.
  /// - Parameter peer: the host that the connection is bound to, where it is.
  package consuming func verified(
    with trusted: TrustedKeys, at now: Timestamp, peer: Host?
  ) throws(VerifyError) -> Verified {
    let keys = trusted.pins.keys(of: claim.fromHost, for: .message, at: now)
    guard !keys.isEmpty else { throw .unpinned }
    guard let named = try? SSHSignature.key(of: signature) else { throw .signature }
    guard !trusted.revoked.contains(named) else { throw .revoked }
    guard let key = keys.first(where: { $0 == named }) else {
      throw .keyChanged(pinned: keys.map(\.fingerprint), signed: named.fingerprint)
    }
    do {
      try SSHSignature.verify(
        signature, over: statementBytes, namespace: Namespace.message.rawValue, by: key)
    } catch { throw .signature }
    guard claim.from.owner(among: trusted.hosts) == claim.fromHost else { throw .spoofed }
    guard peer == nil || peer == claim.fromHost else { throw .spoofed }
    return Verified(
      statement: claim, statementBytes: statementBytes, signature: signature, key: key)
  }
}

/// An envelope's head whose sender is proven. Only `Received.verified` makes one.
package struct Verified: ~Copyable {
  package let statement: Statement
  package let statementBytes: [UInt8]
  package let signature: [UInt8]
  package let key: VerifyingKey

  fileprivate init(
    statement: Statement, statementBytes: [UInt8], signature: [UInt8], key: VerifyingKey
  ) {
    self.statement = statement
    self.statementBytes = statementBytes
    self.signature = signature
    self.key = key
  }

  /// Step 6: it is for this account, names a key that it has, and is no longer than its kind may be.
  package consuming func addressed(to me: OwnHost) throws(AddressingError) -> Addressed {
    guard statement.toHost == me.host else { throw .anotherHost }
    guard me.keys.contains(statement.toKey) else { throw .anotherKey(statement.toKey) }
    let longest =
      statement.seal == .none ? SafeText.limit : SealedPayload.longest(plain: SafeText.limit)
    guard statement.kind == .file || statement.length <= longest else { throw .tooLong }
    return Addressed(Proof(statement, statementBytes, key))
  }
}

/// This account, as senders name it.
package struct OwnHost: Sendable {
  package let host: Host
  /// The fingerprints of its signing keys that count: during a rotation the old one's too.
  package let keys: [String]

  package init(host: Host, keys: [String]) { (self.host, self.keys) = (host, keys) }
}

/// Why a message is not for this account.
package enum AddressingError: Error, Equatable, Sendable {
  case anotherHost
  /// It names a key of ours that does not count, or none of ours.
  case anotherKey(String)
  case tooLong
}

/// What every later stage carries: the statement, the bytes that were signed, and who signed.
struct Proof {
  let statement: Statement
  let statementBytes: [UInt8]
  let key: VerifyingKey

  init(_ statement: Statement, _ statementBytes: [UInt8], _ key: VerifyingKey) {
    (self.statement, self.statementBytes, self.key) = (statement, statementBytes, key)
  }
}

/// A verified statement that is for this account. Only `Verified.addressed` makes one.
package struct Addressed: ~Copyable {
  private let proof: Proof
  package var statement: Statement { proof.statement }

  fileprivate init(_ proof: Proof) { self.proof = proof }

  /// Step 7: in time, by our clock.
  /// - Parameter skew: how far ahead its `time` may be, in milliseconds.
  package consuming func current(
    at now: Timestamp, skew: Int64
  ) throws(Freshness.Failure) -> Current {
    try Freshness.check(statement, now: now, skew: skew)
    return Current(proof)
  }
}

/// A statement for this account that is in time. Only `Addressed.current` makes one.
package struct Current: ~Copyable {
  private let proof: Proof
  package var statement: Statement { proof.statement }

  fileprivate init(_ proof: Proof) { self.proof = proof }

  /// Step 8: counted in this minute's window of its host, and within the rate.
  package consuming func counted(
    in window: inout RateWindow, _ rate: Policy.Rate
  ) throws(RateError) -> Counted {
    guard window.admits(statement.from, rate: rate) else { throw .exceeded }
    return Counted(proof)
  }

  /// This account's own messages are not counted.
  package consuming func countedAsOwn() throws(RateError) -> Counted {
    guard statement.fromHost == statement.toHost else { throw .notOwn }
    return Counted(proof)
  }

  /// A message that waited in the queue was counted when it came.
  package consuming func countedOnArrival() throws(RateError) -> Counted {
    guard statement.options.queue, statement.kind == .message else { throw .notQueued }
    return Counted(proof)
  }
}

/// A statement that may take up our time: it is asked for its replay next. Only `Current.counted…` make one.
package struct Counted: ~Copyable {
  let proof: Proof
  package var statement: Statement { proof.statement }
  package var key: VerifyingKey { proof.key }

  fileprivate init(_ proof: Proof) { self.proof = proof }

  /// What a status question asks about: only messages of the asker's own host.
  package consuming func question() throws(FormError) -> StatusQuestion {
    guard statement.kind == .status, let about = statement.inReplyTo else {
      throw .value("in-reply-to")
    }
    return StatusQuestion(about: about, host: statement.fromHost)
  }
}

/// A question that came all the way to where messages are counted. Only `Counted.question` makes one.
package struct StatusQuestion: Sendable {
  package let about: MessageID
  package let host: Host

  fileprivate init(about: MessageID, host: Host) { (self.about, self.host) = (about, host) }
}

extension VerifiedSender {
  /// - Parameter me: this account's host.
  package init(_ counted: borrowing Counted, me: Host) {
    self.init(
      address: counted.statement.from, host: counted.statement.fromHost,
      keyFingerprint: counted.key.fingerprint, isSelf: counted.statement.fromHost == me)
  }
}
