package import Mesh
package import MeshCrypto

/// The result of a rotation.
package struct KeyRotated: Sendable {
  package let old: String
  package let new: String
  /// Until then the old key is valid.
  package let until: Timestamp
  /// Whether an interrupted rotation was resumed.
  package let resumed: Bool
}

/// Why no key was changed.
package enum KeyChangeError: Error, Equatable, Sendable {
  /// The previous key is still valid until then.
  case tooSoon(Timestamp)
  /// The present key is revoked, so it cannot name a successor.
  case revoked
  case noRandomNumbers
  case setup(SetupError)

  fileprivate init(any error: any Error) {
    switch error {
    case let error as KeyChangeError: self = error
    case let error as SetupError: self = .setup(error)
    case let error as FileError: self = .setup(SetupError(error))
    default: self = .noRandomNumbers
    }
  }
}

/// Rotates and revokes keys. Files: `sign.next` during a rotation, `sign.previous` until the old
/// key is no longer valid. If a process dies in between, the next `rotate` continues from there.
extension KeyStore {
  /// The previous key, while our own chain says that it is valid.
  func retired(_ host: Host, in keys: borrowing Directory) throws(SetupError) -> RetiredKey? {
    guard let (key, end) = try previous(host, in: keys), Clock.now < end?.milliseconds ?? 0 else {
      return nil
    }
    return key
  }

  /// `sign.previous`, and when it ends; `nil` if there is no known rotation away from it.
  func previous(
    _ host: Host, in keys: borrowing Directory
  ) throws(SetupError) -> (key: RetiredKey, end: Timestamp?)? {
    guard let key = try key(in: "sign.previous", keys) else { return nil }
    let chain = try SliceStore(home).chain(of: host, me: host)
    let rotation = chain.rotations.map(\.rotation).last { $0.old == key.key.publicKey }
    return (key, rotation?.end(at: Timestamp(milliseconds: Clock.now)))
  }

  private func key(
    in name: String, _ keys: borrowing Directory
  ) throws(SetupError) -> RetiredKey? {
    let bytes = try AgentsHome.read(name, in: keys, limit: Self.keyLimit, policy: .secret)
    guard let bytes else { return nil }
    return RetiredKey(try Self.decode(bytes, "\(path)/\(name)"))
  }

  /// Runs one change of our keys at a time.
  private func underLock<Answer>(
    _ body: (borrowing Directory) throws -> Answer
  ) throws(KeyChangeError) -> Answer {
    do {
      let keys = try directory()
      let lock = try FileLock.acquire(in: keys, "sign.lock", until: .now + .seconds(5))
      let answer = try body(keys)
      lock.release()
      return answer
    } catch { throw KeyChangeError(any: error) }
  }

  /// Makes a new signing key. Both keys sign the rotation; the old key is valid for another day.
  /// - Parameter force: rotate although the previous key is still valid; it ends now.
  package func rotate(_ host: Host, force: Bool = false) throws(KeyChangeError) -> KeyRotated {
    try underLock { keys in
      let now = Timestamp(milliseconds: Clock.now)
      let current = try identity(host)
      if try PinStore(home).revoked().contains(current.key) { throw KeyChangeError.revoked }
      if let begun = try key(in: "sign.next", keys) {
        return try finish(host, current.signing, begun.key, resumed: true, now, keys)
      }
      if !force, let end = try previous(host, in: keys)?.end, now < end {
        throw KeyChangeError.tooSoon(end)
      }
      let next = try SigningKey.generate()
      try keys.createExclusive("sign.next", Self.encode(next, host))
      return try finish(host, current.signing, next, resumed: false, now, keys)
    }
  }

  private func finish(
    _ host: Host, _ old: borrowing SigningKey, _ next: borrowing SigningKey, resumed: Bool,
    _ now: Timestamp, _ keys: borrowing Directory
  ) throws -> KeyRotated {
    let store = SliceStore(home)
    let record = SignedRotation(host: host, from: old, to: next, at: now)
    let known = try store.chain(of: host, me: host).rotations.map(\.rotation).first {
      $0.old == old.publicKey && $0.new == next.publicKey
    }
    try keys.writeAtomically(
      "sign.previous", OpenSSHKeyFile.encode(old, comment: "agent-mesh \(host), previous"))
    if known == nil {
      try store.change(chainOf: host, me: host) { chain in
        chain.add(record)
        chain = chain.ownKept
      }
    }
    try keys.rename(from: "sign.next", to: "sign")
    try Self.writePublic(next.publicKey, host, keys)
    return KeyRotated(
      old: old.publicKey.fingerprint, new: next.publicKey.fingerprint,
      until: (known ?? record.rotation).end(at: now), resumed: resumed)
  }
}

/// Revoking our own key.
extension KeyStore {
  /// A revocation of the present key, to be stored elsewhere until it is needed.
  package func prepareRevocation(_ host: Host) throws(SetupError) -> SignedRevocation {
    SignedRevocation(
      host: host, of: try identity(host).signing, at: Timestamp(milliseconds: Clock.now))
  }

  /// Revokes the present key with its own signature and makes a new one, which
  /// others must trust again.
  /// - Returns: both fingerprints. If the key was revoked before, only a new one is made.
  package func revokeOwn(_ host: Host) throws(KeyChangeError) -> (revoked: String, new: String) {
    try underLock { keys in
      let current = try identity(host)
      let now = Timestamp(milliseconds: Clock.now)
      let record = SignedRevocation(host: host, of: current.signing, at: now)
      let next = try SigningKey.generate()
      try SliceStore(home).change(chainOf: host, me: host) { chain in
        chain.add(record)
        chain = chain.ownKept
      }
      _ = try PinStore(home).revoke(current.key, of: host, note: "\(host) itself", at: now)
      try keys.writeAtomically("sign", Self.encode(next, host))
      try Self.writePublic(next.publicKey, host, keys)
      try keys.remove("sign.next")
      return (current.key.fingerprint, next.publicKey.fingerprint)
    }
  }
}

/// The sealing key. Its rotation needs no statement, because the signed slice names the valid key.
extension KeyStore {
  /// How long the previous key is kept, in milliseconds, for messages that are on their way.
  private static let sealGrace: Int64 = 8 * 24 * 3_600_000

  /// Makes a new sealing key; the previous one is kept for eight days.
  /// - Returns: the new public key.
  package func rotateSeal(_ host: Host) throws(KeyChangeError) -> SealPublicKey {
    try underLock { keys in
      let old = try AgentsHome.read("seal", in: keys, limit: Self.keyLimit, policy: .secret)
      let next = try SealKey.generate()
      // Copied, not renamed: the new file's mtime starts the eight-day grace period.
      if var old {
        try keys.writeAtomically("seal.previous", old)
        for index in old.indices { old[index] = 0 }
      }
      try keys.writeAtomically("seal", SealKeyFile.encode(next))
      try Self.writePublic(next.publicKey, host, keys)
      return next.publicKey
    }
  }

  /// Wipes secret keys after their time: `sign.previous` after a day, `seal.previous` after eight.
  package func tidy(_ host: Host) throws(SetupError) {
    let keys = try directory()
    let signEnd = try previous(host, in: keys)?.end?.milliseconds ?? 0
    do throws(FileError) {
      if try keys.facts(of: "sign.previous") != nil, Clock.now >= signEnd {
        try KeyStore.wipe("sign.previous", in: keys)
      }
      if let facts = try keys.facts(of: "seal.previous"),
        Clock.now - facts.modified > Self.sealGrace
      {
        try KeyStore.wipe("seal.previous", in: keys)
      }
    } catch { throw SetupError(error) }
  }

  /// Overwrites a file with zeros, then removes it. Copies elsewhere on the
  /// disk are out of our reach.
  private static func wipe(_ name: String, in keys: borrowing Directory) throws(FileError) {
    let file = try RecordFile.openLocked(in: keys, name, until: .now + .seconds(5))
    let size = min(try file.size(), Int64(keyLimit))
    try file.replace([UInt8](repeating: 0, count: Int(size)))
    try file.synchronise(keys)
    try keys.remove(name)
  }
}
