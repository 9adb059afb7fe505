internal import Mesh
internal import MeshCrypto

/// Imports new slices from the shared folder, and publishes our own slice there.
struct FolderImport {
  private static let limit = 1 << 20
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
      try sayOnce(site.host, "our slice cannot be written into \(folder.path)", mark: "unwritable")
    }
    for peer in peers where peer.host != site.host { try take(peer.host, folder) }
  }

  private func take(_ host: Host, _ folder: SharedFolder) throws(SetupError) {
    for attempt in 1...Self.attempts {
      switch folder.read(host) {
      case .nothing: return
      case .odd(let what):
        return try sayOnce(host, "its file in \(folder.path) is \(what): not read", mark: what)
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
        return try sayOnce(host, "\(refusal) (in \(folder.path))", mark: mark)
      }
    }
  }

  /// Reports and logs a problem, once while the same file is there. `state/refused` has lines
  /// `<host> <mark>`.
  private func sayOnce(_ host: Host, _ text: String, mark: String) throws(SetupError) {
    guard isHeard else { return }
    let line = "\(host) \(mark)"
    let state = try site.home.directory("state")
    let isNew = try state.locked("refused.lock") { () throws(SetupError) -> Bool in
      let bytes = try AgentsHome.read("refused", in: state, limit: Self.limit) ?? []
      var lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
      guard !lines.contains(line) else { return false }
      lines.append(line)
      let kept = lines.suffix(1024).map { $0 + "\n" }.joined()
      do throws(FileError) {
        try state.writeAtomically("refused", Array(kept.utf8), sync: false)
      } catch { throw SetupError(error) }
      return true
    }
    guard isNew else { return }
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
      "two slices with one serial: the first stays; somebody has its key, or its host was restored"
    case .future:
      "a slice from the future was offered: its clock is wrong, or ours: refused"
    case .refused(.unpinned): "its key is not pinned yet: slice not taken"
    case .refused(.signature): "a slice that it did not sign was offered: refused"
    case .refused(.malformed): "a malformed slice was offered: refused"
    case .refused(.anotherHost): "a slice of another host was offered as its own: refused"
    }
  }
}
