package import Mesh
internal import MeshCrypto

/// `slices/<host>.chain` beside the peers' slices, and `local.chain` beside our own.
extension SliceStore {
  /// A host's chain as it lies here: its signatures hold. One that is missing or broken is empty.
  func chain(of host: Host, me: Host) throws(SetupError) -> KeyChain {
    let bytes =
      host == me
      ? try SliceStore.chainBytes("local", in: try home.directory())
      : try SliceStore.chainBytes(host.name, in: try slices())
    guard let bytes, let chain = try? KeyChain(validating: bytes), chain.host == host else {
      return KeyChain()
    }
    return chain
  }

  func write(_ chain: KeyChain, of host: Host, me: Host) throws(SetupError) {
    do throws(FileError) {
      if host == me {
        let agents: Directory
        do { agents = try home.directory() } catch { throw .badName }
        try agents.writeAtomically("local.chain", chain.bytes)
      } else {
        let directory: Directory
        do { directory = try slices() } catch { throw .badName }
        try directory.writeAtomically(host.name + ".chain", chain.bytes, sync: false)
      }
    } catch { throw SetupError(error) }
  }

  private static func chainBytes(
    _ name: String, in directory: borrowing Directory
  ) throws(SetupError) -> [UInt8]? {
    // As with slices: whatever cannot be read is as good as nothing.
    try? directory.read(name + ".chain", limit: KeyChain.limit, policy: .any)
  }
}

/// Takes over what chains say: pins successors, ends old keys, revokes. Says each thing once, and logs it.
package struct KeyNews: Sendable {
  let site: Site

  package init(_ site: Site) { self.site = site }

  /// A chain that a peer or a file brought for a host.
  /// - Returns: what changed, one sentence each.
  func take(_ offered: KeyChain, of host: Host, _ trusted: TrustedKeys) throws(SetupError)
    -> [String]
  {
    guard offered.host == host else { return [] }
    let stored = try site.slices.chain(of: host, me: site.host)
    if host == site.host { return say(try own(offered, stored, trusted)) }
    let joined = stored.joined(offered)
    let store = PinStore(site.home)
    let events = try store.follow(joined, of: host, at: site.now)
    let kept = joined.touching(Set(try store.pins().pins(of: host).map(\.key)))
    if kept != stored, !kept.isEmpty { try site.slices.write(kept, of: host, me: site.host) }
    return say(events)
  }

  /// A prepared revocation that a person brings: kept and handed on with the host's chain.
  /// - Returns: whether it is new.
  package func take(_ record: SignedRevocation) throws(SetupError) -> Bool {
    let (host, key) = (record.revocation.host, record.revocation.key)
    let store = PinStore(site.home)
    let new = try store.revoke(key, note: "\(host) itself \(site.now.text)")
    var chain = try site.slices.chain(of: host, me: site.host)
    chain.add(record)
    try site.slices.write(chain, of: host, me: site.host)
    if new { say([.revoked(host, key.fingerprint)]) }
    return new
  }

  /// What the files beside the peers' slices say: whatever carries that folder may have brought something.
  func refresh(_ hosts: [Host], _ trusted: TrustedKeys) throws(SetupError) -> [String] {
    var said: [String] = []
    for host in hosts where host != site.host {
      let stored = try site.slices.chain(of: host, me: site.host)
      if !stored.isEmpty {
        said += say(try PinStore(site.home).follow(stored, of: host, at: site.now))
      }
    }
    return said
  }

  /// What others have of our own keys: a revocation made beforehand, or what a thief signed.
  private func own(
    _ offered: KeyChain, _ stored: KeyChain, _ trusted: TrustedKeys
  ) throws(SetupError) -> [KeyEvent] {
    let mine = Set(trusted.pins.pins(of: site.host).map(\.key))
    var chain = stored
    var events: [KeyEvent] = []
    for record in offered.revocations where mine.contains(record.revocation.key) {
      chain.add(record)
      if try PinStore(site.home).revoke(record.revocation.key, note: "itself \(site.now.text)") {
        events.append(.revoked(site.host, record.revocation.key.fingerprint))
      }
    }
    let known = mine.union(stored.rotations.map(\.rotation.new))
    for record in offered.rotations.map(\.rotation)
    where mine.contains(record.old) && !known.contains(record.new) {
      guard try isNew(alarm: record.new.fingerprint) else { continue }
      events.append(
        .stolen(of: record.old.fingerprint, successor: record.new.fingerprint))
    }
    if chain != stored { try site.slices.write(chain, of: site.host, me: site.host) }
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
      return [event.text] + (SharedKeyNews(site).say(new).map { [$0] } ?? [])
    }
  }
}
