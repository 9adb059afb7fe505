internal import Mesh
internal import MeshHost

/// `notify-pane --list`.
struct ListCommand {
  let site: Site
  let output: OutputOptions
  let filter: AgentFilter

  func run() throws {
    let book = try Self.book(site)
    let entries = try filtered(book)
    if output.json {
      for found in entries { Output.json(Line(found)) }
    } else if output.plain || !Standard.isTerminal(.output) {
      for found in entries { Output.line(found.entry.address.text) }
    } else {
      let rows = entries.map { found in
        [
          found.entry.address.text, SafeText.line(found.entry.target, limit: 40),
          found.stale ? "stale" : "", SafeText.line(found.entry.role, limit: 60),
        ]
      }
      Output.table([["AGENT", "TARGET", "", "ROLE"]] + rows)
    }
  }

  /// Who is ready only a look tells, on this host and on others.
  private func filtered(_ book: AddressBook) throws -> [AddressBook.Found] {
    guard !filter.isEmpty else { return book.entries }
    var ready: Set<Address> = []
    if filter.ready {
      let overview = try OverviewReading(site).run(asking: true)
      ready = Set(overview.agents.filter(\.isReady).map(\.address))
    }
    return book.entries.filter { found in
      (filter.host == nil || found.host.name == filter.host)
        && (filter.role.map { AgentRow.role(found.entry.saidRole, has: $0) } ?? true)
        && (!filter.ready || ready.contains(found.entry.address))
    }
  }

  static func book(_ site: Site) throws(SetupError) -> AddressBook {
    let identity = try KeyStore(site.home).identity(site.host)
    let trusted = try PinStore(site.home).trusted(identity)
    return try site.slices.book(
      try PeerStore(site.home).peers(), trusted: trusted, me: site.host, at: site.now)
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
