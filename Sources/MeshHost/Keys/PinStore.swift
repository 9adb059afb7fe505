package import Mesh
package import MeshCrypto

/// The result of an attempt to pin a key for a host.
package enum Pinning: Equatable, Sendable {
  case pinned(fingerprint: String)
  case already
  /// A person has ended the trust in this host, so only a person can restore
  /// it. Nothing was changed.
  case distrusted(offered: String)
  /// Another key is pinned. Nothing was changed.
  case changed(pinned: [String], offered: String)
  case revoked
}

/// Reads and changes `allowed_signers` and `revoked_keys`. The decisions are in `AllowedSigners`;
/// this type stores them.
package struct PinStore: Sendable {
  let keys: KeyStore

  package init(_ home: AgentsHome) { keys = KeyStore(home) }

  package func pins() throws(SetupError) -> AllowedSigners {
    try pins(in: try keys.directory())
  }

  private func pins(in directory: borrowing Directory) throws(SetupError) -> AllowedSigners {
    let path = keys.path + "/allowed_signers"
    guard
      let bytes = try AgentsHome.read(
        "allowed_signers", in: directory, limit: AllowedSigners.limit)
    else { return AllowedSigners() }
    do {
      return try AllowedSigners(validating: bytes)
    } catch .line(let number, let what) {
      throw .malformed(path: "\(path):\(number)", what: what)
    } catch { throw .malformed(path: path, what: "it is too large") }
  }

  /// The revoked keys. The file always exists; if it is missing or
  /// unreadable, nothing is authentic.
  package func revoked() throws(SetupError) -> RevokedKeys {
    let directory = try keys.directory()
    let path = keys.path + "/revoked_keys"
    guard
      let bytes = try AgentsHome.read("revoked_keys", in: directory, limit: RevokedKeys.limit)
    else { throw .malformed(path: path, what: "it is missing; nothing is authentic without it") }
    do { return try RevokedKeys(validating: bytes) } catch {
      guard case .line(let number, let what) = error else {
        throw .malformed(path: path, what: "it is too large; nothing is authentic without it")
      }
      throw .malformed(path: "\(path):\(number)", what: "\(what); nothing is authentic without it")
    }
  }

  /// Pins, revocations, and our own keys, which verify local messages.
  package func trusted(_ me: borrowing Identity) throws(SetupError) -> TrustedKeys {
    var pins = try pins()
    pins.remove(me.host)
    for key in me.keys { pins.add(Pin(host: me.host, key: key, note: "this account")) }
    return TrustedKeys(pins: pins, revoked: try revoked(), me: me.host, names: try names())
  }

  /// Hosts that own addresses without a pin: those in `peers.conf`, and those whose
  /// slice was ever accepted.
  private func names() throws(SetupError) -> Set<Host> {
    Set(try keys.home.peers().map(\.host))
      .union(try SliceStore(keys.home).serials().entries.keys)
  }

  /// Pins `key` for `host` unless another key is pinned.
  /// - Parameter how: printable ASCII, for the end of the line.
  /// - Parameter replacing: a person has accepted that the key changed.
  /// - Parameter byPerson: a person wants to trust this host, with whichever key.
  package func pin(
    _ key: VerifyingKey, for host: Host, how: String, at now: Timestamp, replacing: Bool = false,
    byPerson: Bool = false
  ) throws(SetupError) -> Pinning {
    let revoked = try revoked()
    return try change { pins in
      let current = pins.pins(of: host)
      if revoked.contains(key) { return .revoked }
      if current.contains(where: { $0.key == key && $0.counts(at: now) }) { return .already }
      let standing = current.filter { !$0.isDistrusted }
      if standing.isEmpty, !current.isEmpty, !replacing, !byPerson {
        return .distrusted(offered: key.fingerprint)
      }
      guard standing.isEmpty || replacing else {
        return .changed(pinned: standing.map(\.key.fingerprint), offered: key.fingerprint)
      }
      // Ended, not removed: old log lines are checked with old keys.
      for pin in current { pins.end(pin.key, of: host, at: now) }
      pins.remove(key, of: host)
      pins.add(
        Pin(
          host: host, validAfter: current.isEmpty ? nil : now, key: key,
          note: "\(how) \(now.text)"))
      return .pinned(fingerprint: key.fingerprint)
    }
  }

  /// Applies a host's chain to its pins and to the revoked keys. Revocations are written first:
  /// after a crash in between there is less trust, never more.
  func follow(_ chain: KeyChain, of host: Host, at now: Timestamp) throws(SetupError) -> [KeyEvent]
  {
    let before = try revoked()
    var peek = try pins()
    var after = before
    let foreseen = peek.follow(chain, of: host, revoked: &after, at: now)
    guard !foreseen.isEmpty else { return [] }
    for key in after.keys.subtracting(before.keys) {
      _ = try append(revoked: key, note: "\(host) itself \(now.text)")
    }
    return try change { pins in
      var revoked = before
      return pins.follow(chain, of: host, revoked: &revoked, at: now)
    }
  }

  /// Revokes a key here for good. If it is still valid for `host`, the
  /// successors that it named end too.
  /// - Parameter host: `nil` for a key that belongs to no known host.
  /// - Parameter note: who revoked it; printable ASCII.
  /// - Returns: the fingerprints of the successors that ended; `nil` if it was already revoked.
  package func revoke(
    _ key: VerifyingKey, of host: Host?, note: String, at now: Timestamp
  ) throws(SetupError) -> (successors: [String], stillCounting: [String])? {
    guard try append(revoked: key, note: "\(note) \(now.text)") else { return nil }
    guard let host else { return ([], []) }
    return try change { pins in
      let ended = pins.endSuccessors(of: key, of: host, at: now)
      return (ended, pins.successors(of: key, of: host, at: now))
    }
  }

  private func append(revoked key: VerifyingKey, note: String) throws(SetupError) -> Bool {
    let directory = try keys.directory()
    return try directory.locked("revoked_keys.lock") { () throws(SetupError) in
      guard try !revoked().contains(key) else { return false }
      let bytes =
        try AgentsHome.read("revoked_keys", in: directory, limit: RevokedKeys.limit) ?? []
      let newline: [UInt8] = bytes.isEmpty || bytes.last == 10 ? [] : [10]
      let line = Array("\(key.openSSH) \(note)\n".utf8)
      try AgentsHome.write("revoked_keys", bytes + newline + line, in: directory)
      return true
    }
  }

  /// The same keys from the files as they are now; our own keys are kept.
  func refreshed(_ trusted: TrustedKeys, me: Host) throws(SetupError) -> TrustedKeys {
    var pins = try pins()
    pins.remove(me)
    for pin in trusted.pins.pins(of: me) { pins.add(pin) }
    return TrustedKeys(pins: pins, revoked: try revoked(), me: me, names: trusted.hosts)
  }

  /// Ends a host's pins. They are kept, so that the host keeps its addresses and
  /// its keys can still be revoked.
  /// - Returns: the fingerprints that are no longer valid.
  package func distrust(_ host: Host, at now: Timestamp) throws(SetupError) -> [String] {
    try change { pins in pins.distrust(host, at: now) }
  }

  /// Removes a host's name everywhere. Its addresses may then belong to a known
  /// host with a shorter name.
  /// - Returns: whether the host was known.
  package func forget(_ host: Host) throws(SetupError) -> Bool {
    let slices = SliceStore(keys.home)
    let known = try slices.forget(host)
    return try change { pins in
      defer { pins.remove(host) }
      return known || !pins.pins(of: host).isEmpty
    }
  }

  /// Reads, changes and writes the pins under one lock.
  private func change<Answer>(
    _ body: (inout AllowedSigners) -> Answer
  ) throws(SetupError) -> Answer {
    let directory = try keys.directory()
    return try directory.locked("allowed_signers.lock") { () throws(SetupError) in
      var pins = try pins(in: directory)
      let before = pins
      let answer = body(&pins)
      if pins != before { try AgentsHome.write("allowed_signers", pins.bytes, in: directory) }
      return answer
    }
  }
}
