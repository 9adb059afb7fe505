package import Mesh
internal import MeshCrypto

/// `registry.toml`: the merged view of all slices, for people and scripts. A cache; we never rely
/// on it. Before it is written, new slices are imported from the shared folder.
struct RegistryFile {
  let site: Site

  init(_ site: Site) { self.site = site }

  /// - Parameter isHeard: whether stderr reaches anybody. If not, a warning that is shown only once
  ///   is left for the next run.
  /// - Returns: what was written; `foreign` are entries that were left out because
  ///   their host does not own them.
  @discardableResult
  func write(
    _ trusted: TrustedKeys, isHeard: Bool = true
  ) throws(SetupError) -> AddressBook {
    let peers = try site.home.peers()
    try FolderImport(site: site, trusted: trusted, isHeard: isHeard).run(peers)
    // Read and write under one lock; otherwise an older state could overwrite a newer one.
    let state = try site.home.directory("state")
    return try state.locked("assemble.lock", within: .seconds(20)) { () throws(SetupError) in
      let book = try site.slices.book(peers, trusted: trusted, me: site.host, at: site.now)
      try write(book.registryText)
      return book
    }
  }

  private func write(_ bytes: [UInt8]) throws(SetupError) {
    let agents = try site.home.directory()
    guard isBehind || (try? agents.read("registry.toml", limit: bytes.count)) != bytes else {
      return
    }
    try AgentsHome.write("registry.toml", bytes, in: agents, sync: false)
  }

  /// Whether slices changed after it was written, because the process that took
  /// the last one died first.
  var isBehind: Bool {
    guard let slices = try? FileStatus.ofPath(site.slices.path, followLinks: true) else {
      return false
    }
    let file = site.home.agents + "/registry.toml"
    guard let own = try? FileStatus.ofPath(file, followLinks: false) else { return true }
    return own.modified <= slices.modified
  }
}

/// Writes `registry.toml` from all verified slices.
package struct Assembling {
  let site: Site

  package init(_ site: Site) { self.site = site }

  /// - Returns: the book, and what the chains next to the slices say about keys.
  package func run(isHeard: Bool = true) throws(SetupError) -> (
    book: AddressBook, keyNews: [String]
  ) {
    var trusted = try site.trustedKeys()
    let peers = try site.home.peers().map(\.host)
    let news = try KeyNews(site).refresh(peers, trusted)
    if !news.isEmpty { trusted = try PinStore(site.home).refreshed(trusted, me: site.host) }
    return (try RegistryFile(site).write(trusted, isHeard: isHeard), news)
  }
}

/// Imports new slices from the shared folder, and publishes our own slice there.
struct FolderImport {
  /// A sync may be between the two files of a pair, so we retry this often.
  private static let attempts = 5

  let site: Site
  let trusted: TrustedKeys
  /// Whether stderr reaches anybody.
  let isHeard: Bool

  /// - Parameter peers: the peers whose files are read; all others are ignored.
  func run(_ peers: [Peer]) throws(SetupError) {
    guard let folder = try site.slices.shared() else { return }
    if let local = try site.slices.local(), !folder.publish(local.signed, as: site.host) {
      sayOnce(site.host, "our slice cannot be written into \(folder.path)", mark: "unwritable")
    }
    for peer in peers where peer.host != site.host { try take(peer.host, folder) }
  }

  private func take(_ host: Host, _ folder: SharedFolder) throws(SetupError) {
    for attempt in 1...Self.attempts {
      switch folder.read(host) {
      case .nothing: return
      case .odd(let what):
        return sayOnce(host, "its file in \(folder.path) is \(what): not read", mark: what)
      case .pair(let signed):
        // A slice that we already have needs no check.
        if try site.slices.isStored(signed, host) { return }
        let offer = try site.slices.offer(signed, of: host, trusted: trusted, at: site.now)
        guard let refusal = offer.refusal else { return }
        if offer == .refused(.signature), attempt < Self.attempts {
          Waiting.pause(.milliseconds(100))
          continue
        }
        let mark = Digest.hex(Digest.blake2b256(signed.bytes + signed.signature))
        return sayOnce(host, "\(refusal) (in \(folder.path))", mark: mark)
      }
    }
  }

  /// Reports and logs a problem, once while the same file is there. `state/refused-slices` has lines
  /// `<host> <mark>`. If that cannot be read or written, the problem is reported each time.
  private func sayOnce(_ host: Host, _ text: String, mark: String) {
    guard isHeard else { return }
    let line = "\(host) \(mark)"
    let file = HomeFile(site.home, "state/refused-slices", limit: 1 << 20)
    let isNew = try? file.locked { () throws(SetupError) in
      let lines = try file.lines().map(String.init)
      guard !lines.contains(line) else { return false }
      try file.write(lines: (lines + [line]).suffix(1024))
      return true
    }
    guard isNew != false else { return }
    AuditLog(site.home).note("sync", "\(host): \(text)", at: site.now)
    SyncLog.say("\(host): \(text)")
  }
}

extension SliceOffer {
  /// Why a slice was not accepted, for people; `nil` if it was accepted or known.
  var refusal: String? {
    switch self {
    case .accepted, .same: nil
    case .rollback: "an older slice than we have seen was offered: refused"
    case .equivocation:
      "two slices with one serial: the first stays; another program has its key, or its host was restored"
    case .future:
      "a slice from the future was offered: its clock is wrong, or ours: refused"
    case .refused(.unpinned): "its key is not pinned yet: slice not taken"
    case .refused(.signature): "a slice that it did not sign was offered: refused"
    case .refused(.malformed): "a malformed slice was offered: refused"
    case .refused(.anotherHost): "a slice of another host was offered as its own: refused"
    }
  }
}
