package import Mesh
internal import MeshCrypto

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
