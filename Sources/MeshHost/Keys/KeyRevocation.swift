package import Mesh
package import MeshCrypto

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
