package import MeshCrypto

/// A change of keys that a person should be told about, once.
package enum KeyEvent: Equatable, Sendable {
  /// Both keys signed it: the new key is pinned, the old one is valid until then.
  case rotated(Host, from: String, to: String, until: Timestamp)
  /// One key named several successors: neither it nor they are valid until a person decides.
  case conflict(Host, of: String, successors: [String])
  /// A key revoked itself. The keys that it named as successors end with it.
  case revoked(Host, String, successors: [String])
  /// The host changed its key too often for a program to keep following.
  case tooMany(Host, of: String, successor: String)
  /// Another program holds a key of ours and named a successor that is not ours.
  case stolen(of: String, successor: String)

  /// The word for it in the log.
  package var word: String {
    switch self {
    case .rotated: "rotated"
    case .conflict: "key-conflict"
    case .revoked: "revoked"
    case .tooMany: "key-changes"
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
    case .revoked(let host, let key, let successors):
      "\(host): key \(key) is revoked; nothing that it signs is accepted any more"
        + (successors.isEmpty
          ? ""
          : ", nor anything by \(successors.joined(separator: " and ")), which it had named to follow it. Ask its owner for the key that is right: agent-keys trust \(host) SHA256:…")
    case .tooMany(let host, let key, let successor):
      "\(host) has changed its key \(AllowedSigners.mostSuccessors) times since a person decided: \(successor), which \(key) names, is not followed. If its owner says that it is right: agent-keys trust \(host) \(successor)"
    case .stolen(let key, let successor):
      "another program signed with our key \(key) and named the successor \(successor): agent-keys revoke --own"
    }
  }
}

extension Rotation {
  /// More than a minute ahead of our clock: neither followed nor kept. The holder of a key can put
  /// any date on what it signs.
  func isAhead(of now: Timestamp) -> Bool { time.milliseconds > now.milliseconds + 60_000 }
}

extension Pin {
  private static let successorOf = "successor of "

  /// The fingerprint of the key that named this one; `nil` if a person or a
  /// first connection pinned it.
  var predecessor: Substring? {
    guard note.hasPrefix(Pin.successorOf) else { return nil }
    return note.dropFirst(Pin.successorOf.count).prefix { $0 != " " }
  }

  init(_ rotation: Rotation, at now: Timestamp) {
    self.init(
      host: rotation.host, key: rotation.new,
      note: "\(Pin.successorOf)\(rotation.old.fingerprint) \(now.text)")
  }
}

extension AllowedSigners {
  /// This many successors of a host's key are followed after a key that a person or a first
  /// connection pinned.
  package static let mostSuccessors = 64

  /// Follows a host's chain from the keys that are pinned for it and valid. A key that is no longer
  /// valid cannot name successors; but its own revocation holds at any time, whatever its date.
  /// - Parameter chain: all that is known of the host's keys; records that are
  ///   missing here are not followed.
  /// - Parameter revoked: the keys that revoke themselves are added; none is ever removed.
  /// - Returns: what changed; empty when the chain says nothing new.
  package mutating func follow(
    _ chain: KeyChain, of host: Host, revoked: inout RevokedKeys, at now: Timestamp
  ) -> [KeyEvent] {
    guard chain.host == host else { return [] }
    var events: [KeyEvent] = []
    for pin in pins(of: host) { events += revoke(pin.key, of: host, chain, &revoked, at: now) }
    let past = chain.rotations.map(\.rotation).filter { !$0.isAhead(of: now) }
    var queue = keys(of: host, for: .rotate, at: now)
    var walked: Set<VerifyingKey> = []
    while let key = queue.popLast() {
      guard walked.insert(key).inserted, !revoked.contains(key) else { continue }
      let decided = pins(of: host).filter { $0.key == key }.compactMap(\.validAfter).max()
      // A person who decided for this key knew what it had signed before that.
      let rotations = past.filter { rotation in
        rotation.old == key && decided.map { rotation.time > $0 } ?? true
      }
      let successors = Set(rotations.map(\.new))
      guard let first = rotations.first else { continue }
      if successors.count > 1 {
        events += conflict(key, successors, of: host, at: now)
      } else {
        events += revoke(first.new, of: host, chain, &revoked, at: now)
        events += succeed(first, revoked, at: now)
        // A successor that was ended in the meantime cannot name others either.
        if keys(of: host, for: .rotate, at: now).contains(first.new) { queue.append(first.new) }
      }
    }
    return events
  }

  /// Ends all successors of a key, over any number of steps, if the key is still
  /// valid: revoking it means that another program may have held it. A key that was
  /// replaced long ago has no such effect.
  /// - Returns: the fingerprints of the keys that ended.
  package mutating func endSuccessors(
    of key: VerifyingKey, of host: Host, at now: Timestamp
  ) -> [String] {
    guard pins(of: host).contains(where: { $0.key == key && $0.counts(at: now) }) else { return [] }
    let gone = successors(of: [key], of: host).filter { $0.counts(at: now) }.map(\.key)
    for one in gone { end(one, of: host, at: now) }
    return gone.map(\.fingerprint).sorted()
  }

  /// The fingerprints of all valid successors of `key`, over any number of steps.
  package func successors(of key: VerifyingKey, of host: Host, at now: Timestamp) -> [String] {
    successors(of: [key], of: host).filter { $0.counts(at: now) }.map(\.key.fingerprint).sorted()
  }

  /// The pins that descend from one of `keys`, over any number of steps.
  private func successors(of keys: Set<VerifyingKey>, of host: Host) -> [Pin] {
    var prints = Set(keys.map(\.fingerprint))
    var found: [Pin] = []
    // A key is always pinned after the key that named it, so one pass is enough.
    for pin in pins(of: host) {
      guard let before = pin.predecessor, prints.contains(String(before)) else { continue }
      prints.insert(pin.key.fingerprint)
      found.append(pin)
    }
    return found
  }

  private mutating func revoke(
    _ key: VerifyingKey, of host: Host, _ chain: KeyChain, _ revoked: inout RevokedKeys,
    at now: Timestamp
  ) -> [KeyEvent] {
    guard chain.revocations.contains(where: { $0.revocation.key == key }), revoked.insert(key)
    else { return [] }
    let ended = endSuccessors(of: key, of: host, at: now)
    return [.revoked(host, key.fingerprint, successors: ended)]
  }

  private mutating func succeed(
    _ rotation: Rotation, _ revoked: RevokedKeys, at now: Timestamp
  ) -> [KeyEvent] {
    let (host, until) = (rotation.host, rotation.end(at: now))
    let known = pins(of: host)
    let oldIsEnded = known.contains { $0.key == rotation.old && $0.validBefore != nil }
    if !oldIsEnded { end(rotation.old, of: host, at: until) }
    // A pin that a person has ended is not restored.
    guard !known.contains(where: { $0.key == rotation.new }), !revoked.contains(rotation.new)
    else { return [] }
    let (from, to) = (rotation.old.fingerprint, rotation.new.fingerprint)
    let followed = known.reversed().prefix { $0.predecessor != nil }.count
    guard followed < AllowedSigners.mostSuccessors else {
      return oldIsEnded ? [] : [.tooMany(host, of: from, successor: to)]
    }
    add(Pin(rotation, at: now))
    return [.rotated(host, from: from, to: to, until: until)]
  }

  /// Another program may hold this key and sign with it, so neither it nor its
  /// successors are valid any more.
  private mutating func conflict(
    _ key: VerifyingKey, _ named: Set<VerifyingKey>, of host: Host, at now: Timestamp
  ) -> [KeyEvent] {
    let before = pins
    let all = named.union([key]).union(successors(of: named.union([key]), of: host).map(\.key))
    for one in all { end(one, of: host, at: now) }
    guard pins != before else { return [] }
    return [.conflict(host, of: key.fingerprint, successors: named.map(\.fingerprint).sorted())]
  }
}
