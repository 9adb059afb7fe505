package import MeshCrypto

// The receive path as types: `Received` → `Verified` → `Addressed` → `Current` → `Counted` →
// `Authorised`. Only the check before a type can make it. It cannot be copied, and the next check
// consumes it. So a check that is left out, or done in another order than in protocol section 5,
// does not compile.
//
// This file: who sent it (`Verified`: the key is pinned and not revoked, the signature is right, the
// address is the signer's) and for whom (`Addressed`). Then Current.swift: the time; Counted.swift:
// the rate; Replay.swift: whether the id was seen; Authorised.swift: the access list and the payload.

/// The keys and hosts that are known when an envelope is verified.
package struct TrustedKeys: Sendable {
  package let pins: AllowedSigners
  package let revoked: RevokedKeys
  /// All hosts that own addresses: this one and every host that was ever known, with or without a
  /// valid key. Otherwise host `a` could claim the addresses of `a-b` as soon as `a-b` has no valid
  /// key, or before it has one.
  package let hosts: Set<Host>

  /// - Parameter names: known hosts without a pin.
  package init(pins: AllowedSigners, revoked: RevokedKeys, me: Host, names: Set<Host> = []) {
    (self.pins, self.revoked) = (pins, revoked)
    hosts = pins.hosts.union(names).union([me])
  }

  /// The keys that are valid for `host` in `namespace` at `time` and not revoked; the newest pin is last.
  package func keys(of host: Host, for namespace: Namespace, at time: Timestamp) -> [VerifyingKey] {
    pins.keys(of: host, for: namespace, at: time).filter { !revoked.contains($0) }
  }
}

/// An envelope's head as received: well-formed, and nothing else is known about it.
package struct Received: ~Copyable {
  package let head: EnvelopeHead
  /// What the head claims. Use it only to look up keys and for the log.
  package var claim: Statement { head.statement }

  package init(statement: [UInt8], signature: [UInt8]) throws(FormError) {
    head = try EnvelopeHead(validating: statement, signature: signature)
  }

  /// The same head, to be checked again.
  package init(_ head: EnvelopeHead) { self.head = head }

  /// Steps 3 to 5: the pinned key, the signature over the bytes as received, the owner of the
  /// sender's address.
  /// - Parameter peer: the host that the connection is bound to, if any.
  package consuming func verified(
    with trusted: TrustedKeys, at now: Timestamp, peer: Host?
  ) throws(Stop) -> Verified {
    let keys = trusted.pins.keys(of: claim.fromHost, for: .message, at: now)
    guard !keys.isEmpty else { throw .unpinned }
    guard let named = try? SSHSignature.key(of: head.signature) else { throw .signature }
    guard !trusted.revoked.contains(named) else { throw .revoked }
    guard let key = keys.first(where: { $0 == named }) else {
      throw .keyChanged(pinned: keys.map(\.fingerprint), signed: named.fingerprint)
    }
    do {
      try SSHSignature.verify(
        head.signature, over: head.bytes, namespace: Namespace.message.rawValue, by: key)
    } catch { throw .signature }
    guard claim.from.owner(among: trusted.hosts) == claim.fromHost else { throw .spoofed }
    guard peer == nil || peer == claim.fromHost else { throw .spoofed }
    return Verified(Proof(statement: claim, statementBytes: head.bytes, key: key))
  }
}

/// An envelope's head whose sender is proven. Only `Received.verified` makes it.
package struct Verified: ~Copyable {
  private let proof: Proof
  package var statement: Statement { proof.statement }
  package var key: VerifyingKey { proof.key }

  fileprivate init(_ proof: Proof) { self.proof = proof }

  /// Step 6: the message is for this account, names one of its keys, and is not too long for its kind.
  /// - Parameter keys: the fingerprints of its valid signing keys; during a rotation also the old one's.
  package consuming func addressed(to me: Host, keys: [String]) throws(Stop) -> Addressed {
    guard statement.toHost == me else { throw .anotherHost }
    guard keys.contains(statement.toKey) else { throw .anotherKey(statement.toKey) }
    let longest =
      statement.seal == .none ? SafeText.limit : SealedPayload.longest(plain: SafeText.limit)
    guard statement.kind == .file || statement.length <= longest else { throw .tooLong }
    return Addressed(proof)
  }
}

/// What every later stage carries: the statement, the bytes that were signed, and the signer.
struct Proof {
  let statement: Statement
  let statementBytes: [UInt8]
  let key: VerifyingKey
}

/// A verified statement that is for this account. Only `Verified.addressed` makes it.
package struct Addressed: ~Copyable {
  let proof: Proof
  package var statement: Statement { proof.statement }

  fileprivate init(_ proof: Proof) { self.proof = proof }
}
