package import MeshCrypto

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
    guard claim.from.owner(among: trusted.hosts) == claim.fromHost,
      peer == nil || peer == claim.fromHost
    else { throw .spoofed }
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
}
