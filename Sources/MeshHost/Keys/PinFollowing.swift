internal import Mesh
package import MeshCrypto

extension PinStore {
  /// Lets a host's chain change its pins and the revoked keys. Revocations are written first: a crash in between
  /// leaves less trust, never more.
  func follow(_ chain: KeyChain, of host: Host, at now: Timestamp) throws(SetupError) -> [KeyEvent]
  {
    let before = try revoked()
    var peek = try pins()
    var after = before
    let foreseen = peek.follow(chain, of: host, revoked: &after, at: now)
    guard !foreseen.isEmpty else { return [] }
    for key in after.keys.subtracting(before.keys) {
      _ = try revoke(key, note: "\(host) itself \(now.text)")
    }
    let events = try change { pins in
      var revoked = before
      return pins.follow(chain, of: host, revoked: &revoked, at: now)
    }
    return events
  }

  /// Adds a key to `revoked_keys`, for good.
  /// - Parameter note: printable ASCII.
  /// - Returns: false when it stood there already.
  package func revoke(_ key: VerifyingKey, note: String) throws(SetupError) -> Bool {
    let directory = try keys.directory()
    return try directory.locked("revoked_keys.lock") { () throws(SetupError) in
      guard try !revoked().contains(key) else { return false }
      let bytes =
        try AgentsHome.read("revoked_keys", in: directory, limit: RevokedKeys.limit) ?? []
      let newline: [UInt8] = bytes.isEmpty || bytes.last == 10 ? [] : [10]
      let line = Array("\(key.openSSH) \(note)\n".utf8)
      do throws(FileError) {
        try directory.writeAtomically("revoked_keys", bytes + newline + line)
      } catch { throw SetupError(error) }
      return true
    }
  }

  /// The same with the files as they are now; our own keys stay as they were.
  func refreshed(_ trusted: TrustedKeys, me: Host) throws(SetupError) -> TrustedKeys {
    var pins = try pins()
    pins.remove(me)
    for pin in trusted.pins.pins(of: me) { pins.add(pin) }
    return TrustedKeys(pins: pins, revoked: try revoked(), me: me)
  }
}
