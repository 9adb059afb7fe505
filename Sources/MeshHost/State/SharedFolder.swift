internal import Mesh

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
    do {
      let bytes = try directory.read(
        host.name + ".toml", limit: SignedSlice.limit, policy: .any)
      let signature = try directory.read(
        host.name + ".toml.sig", limit: Preamble.signatureLimit, policy: .any)
      return .pair(SignedSlice(bytes: bytes, signature: signature))
    } catch {
      switch error {
      case .missing: return .nothing
      case .tooLarge: return .odd("larger than a slice can be")
      case .notRegular: return .odd("no regular file")
      default: return .odd("not to be read")
      }
    }
  }

  /// Writes our own pair, readable for everybody, unless it is already there. The signature is
  /// written first: a reader in between finds a pair that does not verify, and retries.
  /// - Returns: whether the pair is there.
  func publish(_ signed: SignedSlice, as host: Host) -> Bool {
    if read(host) == .pair(signed) { return true }
    guard let directory = open() else { return false }
    do {
      try directory.writeAtomically(
        host.name + ".toml.sig", signed.signature, mode: 0o644, sync: false)
      try directory.writeAtomically(host.name + ".toml", signed.bytes, mode: 0o644, sync: false)
      return true
    } catch { return false }
  }
}
