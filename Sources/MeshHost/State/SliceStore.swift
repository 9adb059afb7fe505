package import Mesh
internal import MeshCrypto

/// A verified slice, and whether it has expired.
package struct StoredSlice: Sendable {
  package let slice: Slice
  package let signed: SignedSlice
  package let isStale: Bool
}

/// The result of offering a slice.
package enum SliceOffer: Equatable, Sendable {
  case accepted
  case same
  case rollback
  /// Two slices with one serial: the first is kept.
  case equivocation
  case future
  case refused(SliceTrustError)
}

/// Stores `local.toml`, and `slices/<host>.toml` of the peers, each with its `.sig`. A slice is
/// accepted only after its signature and the ratchet were checked, whether a peer sent it over ssh
/// or it was found in a shared folder.
package struct SliceStore: Sendable {
  let home: AgentsHome
  /// `AGENT_MESH_SLICES`: a folder in which another program syncs slices.
  let folder: String?

  package init(_ home: AgentsHome, folder: String? = nil) {
    self.home = home
    self.folder = folder
  }

  /// Where the accepted slices of peers are stored.
  package var path: String { home.agents + "/slices" }

  func slices() throws(SetupError) -> Directory { try home.directory("slices") }

  /// The folder that the environment names, otherwise the first line of
  /// `~/.agents/slices.conf`, because processes started by ssh or cron do not have
  /// that environment. `nil`: slices only come over ssh.
  func shared() throws(SetupError) -> SharedFolder? {
    if let folder { return folder.hasPrefix("/") ? SharedFolder(path: folder) : nil }
    guard let bytes = try home.read("slices.conf", limit: 4096) else { return nil }
    let line = String(decoding: bytes.prefix { $0 != 10 }, as: UTF8.self)
    return line.hasPrefix("/") && !line.utf8.contains(0) ? SharedFolder(path: line) : nil
  }

  func isStored(_ signed: SignedSlice, _ host: Host) throws(SetupError) -> Bool {
    try SliceStore.read(host.name, in: try slices()) == signed
  }

  /// Our own slice as last written; `nil` before the first registration.
  package func local() throws(SetupError) -> StoredSlice? {
    guard let signed = try SliceStore.read("local", in: try home.directory()),
      let slice = try? SliceText.decode(signed.bytes)
    else { return nil }
    return StoredSlice(slice: slice, signed: signed, isStale: false)
  }

  /// A host's verified slice. It is verified on each read, because the folder is not trusted.
  /// - Parameter seen: the ratchet, for callers that ask about many hosts; `nil`: read it now.
  package func slice(
    of host: Host, trusted: TrustedKeys, me: Host, at now: Timestamp, seen: Ratchet? = nil
  ) throws(SetupError) -> StoredSlice? {
    if host == me { return try local() }
    let directory = try slices()
    if let shared = try shared(), case .pair(let newer) = shared.read(host),
      try SliceStore.read(host.name, in: directory) != newer
    {
      // A refusal is reported when the registry is written, not on each look-up.
      _ = try offer(newer, of: host, trusted: trusted, at: now)
    }
    guard let signed = try SliceStore.read(host.name, in: directory),
      let slice = try? signed.verified(
        as: host, pins: trusted.pins, revoked: trusted.revoked, at: now)
    else { return nil }
    switch try judge(slice, signed, at: now, seen) {
    case .accept, .same: break
    case .equivocation, .rollback, .future: return nil
    }
    return StoredSlice(
      slice: slice.owned(knownHosts: trusted.hosts).slice, signed: signed,
      isStale: slice.isExpired(now: now))
  }

  /// Takes a slice that a peer or a file brought, if its host signed it and it is newer than any
  /// before. The ratchet is written first, so after a crash in between we only have to ask again.
  package func offer(
    _ signed: SignedSlice, of host: Host, trusted: TrustedKeys, at now: Timestamp
  ) throws(SetupError) -> SliceOffer {
    let slice: Slice
    do {
      slice = try signed.verified(
        as: host, pins: trusted.pins, revoked: trusted.revoked, at: now)
    } catch { return .refused(error) }
    switch try judge(slice, signed, at: now) {
    case .same where try isStored(signed, host): return .same
    case .accept, .same: break
    case .equivocation: return .equivocation
    case .rollback: return .rollback
    case .future: return .future
    }
    try write(signed, host.name, in: try slices())
    return .accepted
  }

  /// Asks the ratchet, which records what it accepts. A refusal is final, so an earlier copy of the
  /// ratchet is good enough.
  private func judge(
    _ slice: Slice, _ signed: SignedSlice, at now: Timestamp, _ known: Ratchet? = nil
  ) throws(SetupError) -> SliceJudgement {
    if Serial.isAhead(slice.issued.milliseconds, of: now.milliseconds) { return .future }
    let hash = signed.hash
    let ratchet: Ratchet
    if let known { ratchet = known } else { ratchet = try serials() }
    let seen = ratchet.judge(
      host: slice.host, serial: slice.serial, hash: hash, now: now.milliseconds)
    guard seen == .accept else { return seen }
    return try change { ratchet in
      let judged = ratchet.judge(
        host: slice.host, serial: slice.serial, hash: hash, now: now.milliseconds)
      if judged == .accept { ratchet.note(host: slice.host, serial: slice.serial, hash: hash) }
      return judged
    }
  }

  /// Removes everything that is stored about a host.
  /// - Returns: whether there was something.
  func forget(_ host: Host) throws(SetupError) -> Bool {
    let known = try change { $0.forget(host) }
    let slices = try slices()
    for suffix in [".toml", ".toml.sig", ".chain"] { _ = try? slices.remove(host.name + suffix) }
    return known
  }

  private var serialsFile: HomeFile { HomeFile(home, "state/serials", limit: 8 << 20) }

  package func serials() throws(SetupError) -> Ratchet {
    guard let bytes = try serialsFile.read() else { return Ratchet() }
    do { return try Ratchet(parsing: bytes) } catch {
      throw .malformed(path: home.agents + "/state/serials", what: "it does not parse")
    }
  }

  private func change<Answer>(_ body: (inout Ratchet) -> Answer) throws(SetupError) -> Answer {
    try serialsFile.locked { () throws(SetupError) in
      let before = try serials()
      var ratchet = before
      let answer = body(&ratchet)
      if ratchet != before { try serialsFile.write(ratchet.encoded, sync: true) }
      return answer
    }
  }

  /// Stores our own slice. The caller holds the registration's lock.
  func writeLocal(_ signed: SignedSlice) throws(SetupError) {
    try write(signed, "local", in: try home.directory())
  }

  private func write(
    _ signed: SignedSlice, _ name: String, in directory: borrowing Directory
  ) throws(SetupError) {
    try SetupError.unless(signed.write(name, in: directory))
  }

  private static func read(
    _ name: String, in directory: borrowing Directory
  ) throws(SetupError) -> SignedSlice? {
    do {
      return try SignedSlice.read(name, in: directory)
    } catch {
      switch error {
      case .missing, .tooLarge, .notRegular: return nil
      default: throw SetupError(error)
      }
    }
  }
}

extension SliceStore {
  /// All verified slices: our own and the peers'.
  package func all(
    _ peers: [Peer], trusted: TrustedKeys, me: Host, at now: Timestamp
  ) throws(SetupError) -> [StoredSlice] {
    var found: [StoredSlice] = []
    if let local = try local() { found.append(local) }
    let seen = try serials()
    for peer in peers where peer.host != me {
      if let slice = try slice(of: peer.host, trusted: trusted, me: me, at: now, seen: seen) {
        found.append(slice)
      }
    }
    return found
  }

  package func book(
    _ peers: [Peer], trusted: TrustedKeys, me: Host, at now: Timestamp
  ) throws(SetupError) -> AddressBook {
    let sources = try all(peers, trusted: trusted, me: me, at: now)
      .map { AddressBook.Source(slice: $0.slice, stale: $0.isStale) }
    return AddressBook(slices: sources, knownHosts: trusted.hosts)
  }
}

/// The two files of a slice.
extension SignedSlice {
  fileprivate static func read(
    _ name: String, in directory: borrowing Directory
  ) throws(FileError) -> SignedSlice {
    let bytes = try directory.read(name + ".toml", limit: SignedSlice.limit, policy: .any)
    let signature = try directory.read(
      name + ".toml.sig", limit: SSHSignature.maximumLength, policy: .any)
    return SignedSlice(bytes: bytes, signature: signature)
  }

  /// Writes the signature first: a reader in between finds a pair that does not verify and retries,
  /// but never an unsigned slice.
  fileprivate func write(
    _ name: String, in directory: borrowing Directory, mode: UInt32 = 0o600
  ) throws(FileError) {
    try directory.writeAtomically(name + ".toml.sig", signature, mode: mode, sync: false)
    try directory.writeAtomically(name + ".toml", bytes, mode: mode, sync: false)
  }
}

/// A folder in which another program syncs slices as files: a git work tree, Syncthing, a shared
/// file system. Anybody may be able to write to it. Each host writes only its own pair there. The
/// pairs of others are checked against signature and ratchet, which are stored elsewhere.
struct SharedFolder: Sendable {
  let path: String

  /// What the folder contains for a host.
  enum Found: Equatable {
    case nothing
    case pair(SignedSlice)
    /// Constant words: what is wrong with it.
    case odd(String)
  }

  private func open() -> Directory? {
    // The user named it, so follow it wherever it leads.
    (try? Directory.openAny(path))
      ?? (try? Directory.open(path, create: true, requirePrivate: false))
  }

  func read(_ host: Host) -> Found {
    guard let directory = open() else { return .nothing }
    do { return .pair(try SignedSlice.read(host.name, in: directory)) } catch {
      switch error {
      case .missing: return .nothing
      case .tooLarge: return .odd("larger than a slice can be")
      case .notRegular: return .odd("no regular file")
      default: return .odd("not to be read")
      }
    }
  }

  /// Writes our own pair, readable for everybody, unless it is already there.
  /// - Returns: whether the pair is there.
  func publish(_ signed: SignedSlice, as host: Host) -> Bool {
    if read(host) == .pair(signed) { return true }
    guard let directory = open() else { return false }
    return (try? signed.write(host.name, in: directory, mode: 0o644)) != nil
  }
}
