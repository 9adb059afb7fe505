package import Mesh

/// `registry.toml`: the merged view for people and scripts. A cache; we never rely on it.
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
    let peers = try PeerStore(site.home).peers()
    try FolderImport(site: site, trusted: trusted, isHeard: isHeard).run(peers)
    // Read and write under one lock; otherwise an older state could overwrite a newer one.
    let state = try site.home.directory("state")
    let book = try state.locked("assemble.lock", within: .seconds(20)) { () throws(SetupError) in
      let book = try site.slices.book(peers, trusted: trusted, me: site.host, at: site.now)
      try write(book)
      return book
    }
    return book
  }

  private func write(_ book: AddressBook) throws(SetupError) {
    let bytes = book.registryText
    let agents = try site.home.directory()
    guard isBehind || (try? agents.read("registry.toml", limit: bytes.count)) != bytes else {
      return
    }
    do throws(FileError) {
      try agents.writeAtomically("registry.toml", bytes, sync: false)
    } catch { throw SetupError(error) }
  }
}

extension RegistryFile {
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
package struct Assembling: ~Copyable {
  let site: Site
  let trusted: TrustedKeys

  package init(_ site: Site) throws(SetupError) {
    trusted = try PinStore(site.home).trusted(try KeyStore(site.home).identity(site.host))
    self.site = site
  }

  /// - Returns: the book, and what the chains next to the slices say about keys.
  package func run(isHeard: Bool = true) throws(SetupError) -> (
    book: AddressBook, keyNews: [String]
  ) {
    let peers = try PeerStore(site.home).peers().map(\.host)
    let news = try KeyNews(site).refresh(peers, trusted)
    let trusted =
      news.isEmpty ? trusted : try PinStore(site.home).refreshed(trusted, me: site.host)
    return (try RegistryFile(site).write(trusted, isHeard: isHeard), news)
  }
}
