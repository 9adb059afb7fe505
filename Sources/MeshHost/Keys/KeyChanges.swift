package import Mesh
package import MeshCrypto

/// What a rotation did.
package struct KeyRotated: Sendable {
  package let old: String
  package let new: String
  /// Until when the old key counts.
  package let until: Timestamp
  /// It was begun earlier, and interrupted.
  package let resumed: Bool
}

/// Why no key was changed.
package enum KeyChangeError: Error, Equatable, Sendable {
  /// The key before the present one still counts until then.
  case tooSoon(Timestamp)
  /// The present key is revoked: it can name no successor.
  case revoked
  case noRandomNumbers
  case setup(SetupError)
}

/// Files: `sign.next` while a rotation is on its way, `sign.previous` until the old key counts no more.
/// A process that dies in between leaves a state from which the next `rotate` goes on.
extension KeyStore {
  /// The key before the present one, while our own chain says that it counts.
  func retired(_ host: Host, in keys: borrowing Directory) throws(SetupError) -> RetiredKey? {
    guard let (key, end) = try previous(host, in: keys), Clock.now < end?.milliseconds ?? 0 else {
      return nil
    }
    return key
  }

  /// `sign.previous`, and when it stops counting; nil: no rotation away from it is known.
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

  /// Makes a new signing key; both sign that it follows. The old one counts for a day.
  /// - Parameter force: though the key before still counts; it ends now.
  package func rotate(_ host: Host, force: Bool = false) throws(KeyChangeError) -> KeyRotated {
    try underLock { keys throws(KeyChangeError) in try rotate(host, force, keys) }
  }

  /// Changes of our keys, one at a time.
  func underLock<Answer>(
    _ body: (borrowing Directory) throws(KeyChangeError) -> Answer
  ) throws(KeyChangeError) -> Answer {
    let result: Result<Answer, KeyChangeError>
    do {
      let keys = try directory()
      result = try keys.locked("sign.lock") { () throws(SetupError) in
        do throws(KeyChangeError) { return .success(try body(keys)) } catch {
          return .failure(error)
        }
      }
    } catch { throw .setup(error) }
    return try result.get()
  }

  private func rotate(
    _ host: Host, _ force: Bool, _ keys: borrowing Directory
  ) throws(KeyChangeError) -> KeyRotated {
    let now = Timestamp(milliseconds: Clock.now)
    do {
      let current = try identity(host)
      if try PinStore(home).revoked().contains(current.key) { throw KeyChangeError.revoked }
      if let begun = try key(in: "sign.next", keys) {
        return try finish(host, current.signing, begun.key, resumed: true, now, keys)
      }
      if !force, let end = try previous(host, in: keys)?.end, now < end {
        throw KeyChangeError.tooSoon(end)
      }
      let next = try SigningKey.generate()
      try keys.createExclusive(
        "sign.next", OpenSSHKeyFile.encode(next, comment: "agent-mesh \(host)"))
      return try finish(host, current.signing, next, resumed: false, now, keys)
    } catch { throw KeyChangeError(any: error) }
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
    try keys.writeAtomically(
      "sign.pub", OpenSSHKeyFile.encodePublic(next.publicKey, comment: "agent-mesh \(host)"))
    return KeyRotated(
      old: old.publicKey.fingerprint, new: next.publicKey.fingerprint,
      until: (known ?? record.rotation).end(at: now), resumed: resumed)
  }
}

extension KeyChangeError {
  init(any error: any Error) {
    switch error {
    case let error as KeyChangeError: self = error
    case let error as SetupError: self = .setup(error)
    case let error as FileError: self = .setup(SetupError(error))
    default: self = .noRandomNumbers
    }
  }
}

/// Taking our own key back.
extension KeyStore {
  /// A revocation of the present key, to be kept elsewhere for the day on which it is needed.
  package func prepareRevocation(_ host: Host) throws(SetupError) -> SignedRevocation {
    SignedRevocation(
      host: host, of: try identity(host).signing, at: Timestamp(milliseconds: Clock.now))
  }

  /// Revokes the present key, with its own signature, and makes another one, which others have to trust anew.
  /// - Returns: both fingerprints. When the key was revoked before, only the new one is made.
  package func revokeOwn(_ host: Host) throws(KeyChangeError) -> (revoked: String, new: String) {
    try underLock { keys throws(KeyChangeError) in
      do {
        let current = try identity(host)
        let now = Timestamp(milliseconds: Clock.now)
        let record = SignedRevocation(host: host, of: current.signing, at: now)
        let next = try SigningKey.generate()
        try SliceStore(home).change(chainOf: host, me: host) { chain in
          chain.add(record)
          chain = chain.ownKept
        }
        _ = try PinStore(home).revoke(current.key, of: host, note: "\(host) itself", at: now)
        try keys.writeAtomically(
          "sign", OpenSSHKeyFile.encode(next, comment: "agent-mesh \(host)"))
        try keys.writeAtomically(
          "sign.pub", OpenSSHKeyFile.encodePublic(next.publicKey, comment: "agent-mesh \(host)"))
        try keys.remove("sign.next")
        return (current.key.fingerprint, next.publicKey.fingerprint)
      } catch { throw KeyChangeError(any: error) }
    }
  }
}

/// The sealing key: rotated without a statement, since the signed slice says which one counts.
extension KeyStore {
  /// How long the previous one opens what was under way, in milliseconds.
  static let sealGrace: Int64 = 8 * 24 * 3_600_000

  /// Makes a new sealing key; the previous one is kept for eight days.
  /// - Returns: the new public key.
  package func rotateSeal(_ host: Host) throws(KeyChangeError) -> SealPublicKey {
    try underLock { keys throws(KeyChangeError) in
      do {
        let old = try AgentsHome.read("seal", in: keys, limit: Self.keyLimit, policy: .secret)
        let next = try SealKey.generate()
        // Written anew, so that its time says when it was rotated out.
        if var old {
          try keys.writeAtomically("seal.previous", old)
          for index in old.indices { old[index] = 0 }
        }
        try keys.writeAtomically("seal", SealKeyFile.encode(next))
        try keys.writeAtomically(
          "seal.pub",
          SealKeyFile.encodePublic(next.publicKey, comment: "agent-mesh \(host)"))
        return next.publicKey
      } catch { throw KeyChangeError(any: error) }
    }
  }

  /// Wipes secret keys whose time is over: `sign.previous` after a day, `seal.previous` after eight.
  package func tidy(_ host: Host) throws(SetupError) {
    let keys = try directory()
    do {
      if try keys.facts(of: "sign.previous") != nil,
        Clock.now >= (try previous(host, in: keys)?.end?.milliseconds ?? 0)
      {
        try KeyStore.wipe("sign.previous", in: keys)
      }
      if let facts = try keys.facts(of: "seal.previous"),
        Clock.now - facts.modified > Self.sealGrace
      {
        try KeyStore.wipe("seal.previous", in: keys)
      }
    } catch let error as FileError {
      throw SetupError(error)
    } catch let error as SetupError {
      throw error
    } catch {}
  }

  /// Writes zeros over a file, then removes it. What the disk keeps elsewhere, nobody here can reach.
  private static func wipe(_ name: String, in keys: borrowing Directory) throws(FileError) {
    let file = try RecordFile.openLocked(in: keys, name, until: .now + .seconds(5))
    let size = min(try file.size(), Int64(keyLimit))
    try file.replace([UInt8](repeating: 0, count: Int(size)))
    try file.synchronise(keys)
    try keys.remove(name)
  }
}
