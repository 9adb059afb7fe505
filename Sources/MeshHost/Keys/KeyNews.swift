package import Mesh
internal import MeshCrypto

/// Applies chains of keys: pins successors, ends old keys, revokes keys, and stores what should be
/// passed on. Reports each change once and logs it.
package struct KeyNews: Sendable {
  let site: Site

  package init(_ site: Site) { self.site = site }

  private var store: PinStore { PinStore(site.home) }

  /// Takes a chain that a peer or a file brought for a host. It is followed together with the
  /// stored chain before any record is dropped; otherwise a sender of invented records could
  /// displace the owner's.
  /// - Returns: what changed, one sentence each.
  func take(_ offered: KeyChain, of host: Host, _ trusted: TrustedKeys) throws(SetupError)
    -> [String]
  {
    guard offered.host == host else { return [] }
    let events = try site.slices.change(chainOf: host, me: site.host) {
      stored throws(SetupError) -> [KeyEvent] in
      if host == site.host { return try own(offered, &stored, trusted) }
      let all = stored.joined(offered)
      let events = try store.follow(all, of: host, at: site.now)
      stored = try kept(all, of: host)
      return events
    }
    return say(events)
  }

  /// Takes a prepared revocation that a person brings. It is stored and passed on with the host's
  /// chain, whether the key is pinned or not.
  /// - Returns: whether it is new.
  package func take(_ record: SignedRevocation) throws(SetupError) -> Bool {
    let (host, key) = (record.revocation.host, record.revocation.key)
    let done = try store.revoke(key, of: host, note: "\(host) itself", at: site.now)
    try site.slices.change(chainOf: host, me: site.host) { stored throws(SetupError) in
      stored.add(record)
      stored = host == site.host ? stored.ownKept : try kept(stored, of: host)
    }
    if let done { say([.revoked(host, key.fingerprint, successors: done.successors)]) }
    return done != nil
  }

  private func kept(_ chain: KeyChain, of host: Host) throws(SetupError) -> KeyChain {
    chain.kept(try store.pins().pins(of: host), try store.revoked(), at: site.now)
  }

  /// Applies the chain files next to the peers' slices: whatever syncs that
  /// folder may have changed them.
  func refresh(_ hosts: [Host], _ trusted: TrustedKeys) throws(SetupError) -> [String] {
    var said: [String] = []
    for host in hosts where host != site.host {
      let stored = try site.slices.chain(of: host, me: site.host)
      if !stored.isEmpty { said += try take(stored, of: host, trusted) }
    }
    return said
  }

  /// Handles what others have about our own keys: a prepared revocation, or what a thief signed.
  private func own(
    _ offered: KeyChain, _ stored: inout KeyChain, _ trusted: TrustedKeys
  ) throws(SetupError) -> [KeyEvent] {
    let mine = Set(trusted.pins.pins(of: site.host).map(\.key))
    let known = mine.union(stored.rotations.flatMap { [$0.rotation.old, $0.rotation.new] })
    var events: [KeyEvent] = []
    for record in offered.revocations where known.contains(record.revocation.key) {
      stored.add(record)
      let key = record.revocation.key
      if try store.revoke(key, of: site.host, note: "itself", at: site.now) != nil {
        events.append(.revoked(site.host, key.fingerprint, successors: []))
      }
    }
    for record in offered.rotations.map(\.rotation)
    where mine.contains(record.old) && !known.contains(record.new) {
      guard try isNew(alarm: record.new.fingerprint) else { continue }
      events.append(
        .stolen(of: record.old.fingerprint, successor: record.new.fingerprint))
    }
    stored = stored.ownKept
    return events
  }

  /// Whether an alarm is new: `state/key-alarms` has a fingerprint in each line.
  private func isNew(alarm fingerprint: String) throws(SetupError) -> Bool {
    let file = HomeFile(site.home, "state/key-alarms", limit: 64 << 10)
    let lines = try file.lines().map(String.init)
    guard !lines.contains(fingerprint), lines.count < 512 else { return false }
    try file.write(lines: lines + [fingerprint])
    return true
  }

  /// - Returns: the sentences, which are also logged.
  @discardableResult
  func say(_ events: [KeyEvent]) -> [String] {
    events.flatMap { event -> [String] in
      AuditLog(site.home).note(event.word, event.text, at: site.now, limit: 600)
      guard case .rotated(_, _, let new, _) = event else { return [event.text] }
      return [event.text] + (shared(new).map { [$0] } ?? [])
    }
  }
}

/// One key under several names.
extension KeyNews {
  /// The warning when a key is pinned that another host has too, or this account. It is given when
  /// the pin is made, so only once.
  /// - Parameter fingerprint: of the key that was just pinned.
  /// - Returns: the sentence, which is also logged; `nil` if no other host has that key.
  package func shared(_ fingerprint: String) -> String? {
    guard let shared = sharedKeys().first(where: { $0.key.fingerprint == fingerprint }) else {
      return nil
    }
    AuditLog(site.home).note("shared-key", shared.text, at: site.now)
    return shared.text
  }

  private func sharedKeys() -> [SharedKey] {
    do throws(SetupError) {
      var pins = try store.pins()
      for key in try KeyStore(site.home).identity(site.host).keys {
        pins.add(Pin(host: site.host, key: key, note: "this account"))
      }
      return pins.sharedKeys(besides: try store.revoked(), at: site.now)
    } catch { return [] }
  }
}

/// `slices/<host>.chain` next to the peers' slices, and `local.chain` next to our own.
extension SliceStore {
  /// A host's stored chain, with verified signatures. Empty if it is missing or broken.
  func chain(of host: Host, me: Host) throws(SetupError) -> KeyChain {
    let directory = try chains(host, me)
    // As with slices, an unreadable file counts as missing.
    guard let bytes = try? directory.read(chainName(host, me), limit: KeyChain.limit, policy: .any),
      let chain = try? KeyChain(validating: bytes), chain.host == host
    else { return KeyChain() }
    return chain
  }

  private func chainName(_ host: Host, _ me: Host) -> String {
    (host == me ? "local" : host.name) + ".chain"
  }

  private func chains(_ host: Host, _ me: Host) throws(SetupError) -> Directory {
    try host == me ? home.directory() : slices()
  }

  /// Changes a host's chain, one process at a time, so that no process undoes another's addition.
  @discardableResult
  func change<Answer>(
    chainOf host: Host, me: Host, _ body: (inout KeyChain) throws(SetupError) -> Answer
  ) throws(SetupError) -> Answer {
    let state = try home.directory("state")
    return try state.locked("chains.lock") { () throws(SetupError) in
      let before = try chain(of: host, me: me)
      var chain = before
      let answer = try body(&chain)
      if chain != before {
        try AgentsHome.write(chainName(host, me), chain.bytes, in: try chains(host, me))
      }
      return answer
    }
  }
}
