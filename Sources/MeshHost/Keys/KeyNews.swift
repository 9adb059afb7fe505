package import Mesh
internal import MeshCrypto

/// Takes over what chains of keys say: pins successors, ends old keys, revokes, and keeps what is worth handing on.
/// Says each thing once, and logs it.
package struct KeyNews: Sendable {
  let site: Site

  package init(_ site: Site) { self.site = site }

  private var store: PinStore { PinStore(site.home) }

  /// A chain that a peer or a file brought for a host. Followed together with what lies here already, before anything
  /// of either is left out: otherwise one who makes up records could push the owner's out.
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

  /// A prepared revocation that a person brings: kept and handed on with the host's chain, be the key pinned or not.
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

  /// What the files beside the peers' slices say: whatever carries that folder may have brought something.
  func refresh(_ hosts: [Host], _ trusted: TrustedKeys) throws(SetupError) -> [String] {
    var said: [String] = []
    for host in hosts where host != site.host {
      let stored = try site.slices.chain(of: host, me: site.host)
      if !stored.isEmpty { said += try take(stored, of: host, trusted) }
    }
    return said
  }

  /// What others have of our own keys: a revocation made beforehand, or what a thief signed.
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

  /// Whether an alarm was not raised before: `state/key-alarms`, a fingerprint a line.
  private func isNew(alarm fingerprint: String) throws(SetupError) -> Bool {
    let state = try site.home.directory("state")
    let bytes = try AgentsHome.read("key-alarms", in: state, limit: 64 << 10) ?? []
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    guard !lines.contains(fingerprint[...]), lines.count < 512 else { return false }
    do throws(FileError) {
      try state.append("key-alarms", line: Array("\(fingerprint)\n".utf8))
    } catch { throw SetupError(error) }
    return true
  }

  /// - Returns: the sentences; they are in the log as well.
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
  /// What there is to say when a key is pinned that another host has already, this account among them. It is said
  /// when the pin is made, and so once.
  /// - Parameter fingerprint: of the key that was just pinned.
  /// - Returns: the sentence, which is in the log as well; nil: no other host has that key.
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

/// `slices/<host>.chain` beside the peers' slices, and `local.chain` beside our own.
extension SliceStore {
  /// A host's chain as it lies here: its signatures hold. One that is missing or broken is empty.
  func chain(of host: Host, me: Host) throws(SetupError) -> KeyChain {
    let name = (host == me ? "local" : host.name) + ".chain"
    let directory = try host == me ? home.directory() : slices()
    // As with slices: whatever cannot be read is as good as nothing.
    guard let bytes = try? directory.read(name, limit: KeyChain.limit, policy: .any),
      let chain = try? KeyChain(validating: bytes), chain.host == host
    else { return KeyChain() }
    return chain
  }

  /// Changes a host's chain, one process at a time: of two that add something, none undoes what the other did.
  @discardableResult
  func change<Answer>(
    chainOf host: Host, me: Host, _ body: (inout KeyChain) throws(SetupError) -> Answer
  ) throws(SetupError) -> Answer {
    let state = try home.directory("state")
    return try state.locked("chains.lock") { () throws(SetupError) in
      let before = try chain(of: host, me: me)
      var chain = before
      let answer = try body(&chain)
      if chain != before { try write(chain, of: host, me: me) }
      return answer
    }
  }

  private func write(_ chain: KeyChain, of host: Host, me: Host) throws(SetupError) {
    let name = (host == me ? "local" : host.name) + ".chain"
    let directory = try host == me ? home.directory() : slices()
    do throws(FileError) { try directory.writeAtomically(name, chain.bytes) } catch {
      throw SetupError(error)
    }
  }
}
