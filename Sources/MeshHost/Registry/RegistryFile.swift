public import Mesh

/// `registry.toml`: the merged view for people and scripts. A cache, never an authority.
struct RegistryFile {
  let site: Site

  init(_ site: Site) { self.site = site }

  /// - Parameter isHeard: whether somebody reads what we say: what is said once must not be said to nobody.
  /// - Returns: what was written; `foreign` are entries that were left out, because their host does not own them.
  @discardableResult
  func write(
    _ trusted: TrustedKeys, isHeard: Bool = true
  ) throws(SetupError) -> AddressBook {
    let peers = try PeerStore(site.home).peers()
    try FolderImport(site: site, trusted: trusted, isHeard: isHeard).run(peers)
    let book = try site.slices.book(
      peers, trusted: trusted, me: site.host, at: site.now)
    var document = TOMLDocument()
    for found in book.entries {
      var table = SliceText.table(found.entry)
      if found.stale { table.set("stale", .boolean(true)) }
      document.set(table)
    }
    do {
      let agents = try site.home.directory()
      let bytes = document.encoded
      if (try? agents.read("registry.toml", limit: bytes.count)) != bytes {
        try agents.writeAtomically("registry.toml", bytes, sync: false)
      }
    } catch let error as SetupError {
      throw error
    } catch let error as FileError {
      throw SetupError(error)
    } catch { throw .malformed(path: site.home.agents + "/registry.toml", what: "not written") }
    try MeshStatus.cache(book, site)
    return book
  }
}

/// Assembles `registry.toml` anew from all slices that are believed.
public struct Assembling: ~Copyable {
  let site: Site
  let trusted: TrustedKeys

  public init(_ site: Site) throws(SetupError) {
    trusted = try PinStore(site.home).trusted(try KeyStore(site.home).identity(site.host))
    self.site = site
  }

  /// - Returns: the book, and what the chains beside the slices said of keys.
  public func run(isHeard: Bool = true) throws(SetupError) -> (book: AddressBook, keyNews: [String])
  {
    let peers = try PeerStore(site.home).peers().map(\.host)
    let news = try KeyNews(site).refresh(peers, trusted)
    let trusted =
      news.isEmpty ? trusted : try PinStore(site.home).refreshed(trusted, me: site.host)
    return (try RegistryFile(site).write(trusted, isHeard: isHeard), news)
  }
}
