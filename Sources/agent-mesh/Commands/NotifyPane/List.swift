internal import Mesh
internal import MeshHost

/// `notify-pane --list`.
struct ListCommand {
  let site: Site
  let output: OutputOptions

  func run() throws {
    let book = try Self.book(site)
    if output.json {
      for found in book.entries { Output.json(Line(found)) }
    } else if output.plain || !Standard.isTerminal(.output) {
      for address in book.addresses { Output.line(address.text) }
    } else {
      let rows = book.entries.map { found in
        [
          found.entry.address.text, SafeText.line(found.entry.target, limit: 40),
          found.stale ? "stale" : "", SafeText.line(found.entry.role, limit: 60),
        ]
      }
      Output.table([["AGENT", "TARGET", "", "ROLE"]] + rows)
    }
  }

  private static func book(_ site: Site) throws(SetupError) -> AddressBook {
    let identity = try KeyStore(site.home).identity(site.host)
    let trusted = try PinStore(site.home).trusted(identity)
    return try site.slices.book(
      try PeerStore(site.home).peers(), trusted: trusted, me: site.host, at: site.now)
  }

  /// For the shell's completion: says nothing when anything is amiss.
  static func forCompletion() -> [String] {
    guard let site = try? Setup.site(), let book = try? book(site) else { return [] }
    return book.addresses.map(\.text)
  }

  private struct Line: Encodable {
    let schema = 1
    let address: String
    let host: String
    let target: String
    let role: String
    let scope: String
    let stale: Bool

    init(_ found: AddressBook.Found) {
      address = found.entry.address.text
      host = found.entry.host.name
      target = SafeText.line(found.entry.target)
      role = SafeText.line(found.entry.role)
      scope = SafeText.line(found.entry.scope)
      stale = found.stale
    }
  }
}
