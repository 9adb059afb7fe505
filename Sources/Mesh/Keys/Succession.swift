internal import MeshCrypto

/// Something about a key that a person should hear of, once.
package enum KeyEvent: Equatable, Sendable {
  /// Both keys signed it: the new one is pinned, the old one counts until then.
  case rotated(Host, from: String, to: String, until: Timestamp)
  /// One key named several successors: neither they nor it count until a person decides.
  case conflict(Host, of: String, successors: [String])
  /// A key revoked itself.
  case revoked(Host, String)
  /// Somebody holds a key of ours and named a successor that is not ours.
  case stolen(of: String, successor: String)

  /// The log's word for it.
  package var word: String {
    switch self {
    case .rotated: "rotated"
    case .conflict: "key-conflict"
    case .revoked: "revoked"
    case .stolen: "key-stolen"
    }
  }

  /// One sentence for a person.
  package var text: String {
    switch self {
    case .rotated(let host, let from, let to, let until):
      "\(host) has a new key \(to), signed by the old one \(from), which counts until \(until.text)"
    case .conflict(let host, let key, let successors):
      "\(host): key \(key) names several successors, \(successors.joined(separator: " and ")): neither they nor it count any more. Ask its owner which is right: agent-keys trust \(host) SHA256:…"
    case .revoked(let host, let key):
      "\(host): key \(key) is revoked; nothing that it signs is accepted any more"
    case .stolen(let key, let successor):
      "somebody else signed with our key \(key) and named the successor \(successor): agent-keys revoke --own"
    }
  }
}

extension AllowedSigners {
  /// Follows a host's chain from the keys that are pinned for it and count. A key that counts no more has no say.
  /// - Parameter revoked: gains the keys that revoke themselves; nothing is ever taken out of it.
  /// - Returns: what changed; nothing when the chain says nothing new.
  package mutating func follow(
    _ chain: KeyChain, of host: Host, revoked: inout RevokedKeys, at now: Timestamp
  ) -> [KeyEvent] {
    guard chain.host == host else { return [] }
    var events: [KeyEvent] = []
    for pin in pins(of: host) { events += revoke(pin.key, of: host, chain, &revoked) }
    var queue = keys(of: host, for: .rotate, at: now)
    var walked: Set<VerifyingKey> = []
    while let key = queue.popLast() {
      guard walked.insert(key).inserted, !revoked.contains(key) else { continue }
      let decided = pins(of: host).filter { $0.key == key }.compactMap(\.validAfter).max()
      // What was signed before a person decided for this key was known to that person.
      let rotations = chain.rotations.map(\.rotation)
        .filter { rotation in rotation.old == key && decided.map { rotation.time > $0 } ?? true }
      let successors = Set(rotations.map(\.new))
      guard let first = rotations.first else { continue }
      if successors.count > 1 {
        events += conflict(key, successors, of: host, at: now)
      } else {
        events += revoke(first.new, of: host, chain, &revoked)
        events += succeed(first, revoked, at: now)
        // A successor that was ended in the meantime has no say either.
        if keys(of: host, for: .rotate, at: now).contains(first.new) { queue.append(first.new) }
      }
    }
    return events
  }

  private func revoke(
    _ key: VerifyingKey, of host: Host, _ chain: KeyChain, _ revoked: inout RevokedKeys
  ) -> [KeyEvent] {
    guard chain.revocations.contains(where: { $0.revocation.key == key }),
      revoked.insert(key)
    else { return [] }
    return [.revoked(host, key.fingerprint)]
  }

  private mutating func succeed(
    _ rotation: Rotation, _ revoked: RevokedKeys, at now: Timestamp
  ) -> [KeyEvent] {
    let (host, until) = (rotation.host, rotation.end(at: now))
    let known = pins(of: host)
    let oldIsEnded = known.contains { $0.key == rotation.old && $0.validBefore != nil }
    if !oldIsEnded { end(rotation.old, of: host, at: until) }
    // A pin that a person has ended is not brought back.
    guard !known.contains(where: { $0.key == rotation.new }), !revoked.contains(rotation.new)
    else { return [] }
    add(
      Pin(
        host: host, key: rotation.new,
        note: "successor of \(rotation.old.fingerprint) \(now.text)"))
    return [
      .rotated(
        host, from: rotation.old.fingerprint, to: rotation.new.fingerprint, until: until)
    ]
  }

  /// Whoever else holds the key may speak with it, so that it counts no more either.
  private mutating func conflict(
    _ key: VerifyingKey, _ successors: Set<VerifyingKey>, of host: Host, at now: Timestamp
  ) -> [KeyEvent] {
    let before = pins
    for one in successors.union([key]) { end(one, of: host, at: now) }
    guard pins != before else { return [] }
    return [
      .conflict(
        host, of: key.fingerprint, successors: successors.map(\.fingerprint).sorted())
    ]
  }
}
