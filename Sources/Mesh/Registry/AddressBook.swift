/// The merged content of all slices, for look-ups and lists. Entries that their
/// host does not own are left out.
package struct AddressBook: Sendable {
  /// A verified slice. It is stale if it has expired or its peer was not reached lately.
  package struct Source: Sendable {
    package let slice: Slice
    package let stale: Bool

    package init(slice: Slice, stale: Bool) { (self.slice, self.stale) = (slice, stale) }
  }

  package struct Found: Sendable, Equatable {
    package let entry: AgentEntry
    package let stale: Bool

    package var host: Host { entry.host }
  }

  /// Entries that were left out, with the host whose slice contained them.
  package let foreign: [(host: Host, address: Address)]
  private let found: [Address: Found]
  private let sorted: [Address]

  /// - Parameter knownHosts: hosts that own addresses although we have no slice of them
  ///   (`peers.conf`, pins).
  package init(slices: [Source], knownHosts: some Sequence<Host> = []) {
    let hosts = Set(knownHosts).union(slices.map(\.slice.host))
    var (found, foreign) = ([Address: Found](), [(host: Host, address: Address)]())
    for source in slices {
      let (slice, others) = source.slice.owned(knownHosts: hosts)
      foreign += others.map { (slice.host, $0) }
      for entry in slice.agents {
        // No address occurs twice: slices have different owners, and a slice has each table once.
        found[entry.address] = Found(entry: entry, stale: source.stale)
      }
    }
    (self.found, self.foreign) = (found, foreign)
    sorted = found.keys.sorted()
  }

  /// All addresses, sorted.
  package var addresses: [Address] { sorted }

  /// All entries, by address.
  package var entries: [Found] { sorted.compactMap { found[$0] } }

  /// `registry.toml`: the merged view for people and scripts; we never read it. `stale = true`
  /// marks entries whose slice has expired or was not heard of lately.
  package var registryText: [UInt8] {
    var document = TOMLDocument()
    for found in entries {
      var table = SliceText.table(found.entry)
      if found.stale { table.set("stale", .boolean(true)) }
      document.set(table)
    }
    return document.encoded
  }

  /// The entry of the address itself; for `<window>.<i>`, the pane with that index in the window.
  package func look(up address: Address) -> Found? {
    if let exact = found[address] { return exact }
    guard let (window, pane) = address.windowAndPane(separatedBy: "."), let holder = found[window]
    else { return nil }
    if holder.entry.pane == pane { return holder }
    if let dashed = try? Address(validating: "\(window)-\(pane)"), let direct = found[dashed],
      direct.entry.isPane(pane, besides: holder.entry)
    {
      return direct
    }
    return sorted.lazy.compactMap { found[$0] }
      .first { $0.entry.isPane(pane, besides: holder.entry) }
  }

  /// Suggestions for a mistyped address: similar ones, or ones that begin or
  /// end with what was typed.
  /// - Parameter typed: what the user typed; need not be a valid address.
  /// - Parameter others: addresses that are not in the book.
  package func nearNames(
    _ typed: String, among others: [Address] = [], atMost most: Int = 3
  ) -> [Address] {
    let names = sorted + others.filter { found[$0] == nil }
    return NearNames.find(typed.lowercased(), among: names, atMost: most)
  }
}

/// A short name (`cat`, `dev:cat`, `dev:2`, `%1`) in place of a whole address. It is accepted only
/// if it matches exactly one agent. A bare number is no name: every pane of a split window ends with one.
package enum ShortName {
  /// - Parameter home: `%1` means a pane of this host.
  /// - Returns: all agents that match, by address.
  package static func candidates(
    _ text: String, among entries: [AgentEntry], home: Host
  ) -> [Address] {
    let text = String(text.prefix(Address.limit))
    guard !text.isEmpty, !isNumber(text) else { return [] }
    return AgentEntry.onePerPane(entries).filter { means(text, $0, home) }.map(\.address).sorted()
  }

  package static func isNumber(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { (48...57).contains($0) }
  }

  private static func means(_ text: String, _ entry: AgentEntry, _ home: Host) -> Bool {
    if text.hasPrefix("%") { return entry.host == home && entry.paneID == text }
    if let colon = text.firstIndex(of: ":") {
      return isPlace(text[..<colon], text[text.index(after: colon)...], entry)
    }
    let slug = Slug.make(text)
    return isSame(text, entry.window) || slug.map { entry.address.text.hasSuffix("-\($0)") } == true
  }

  /// `<session>:<window>`, by name or index, with or without `.<pane>`.
  private static func isPlace(
    _ session: Substring, _ window: Substring, _ entry: AgentEntry
  ) -> Bool {
    guard isSame(String(session), entry.session) else { return false }
    let index = entry.target.split(separator: ":").last.map(String.init) ?? ""
    if window == index || isSame(String(window), entry.window) { return true }
    guard let dot = window.lastIndex(of: "."),
      Int(window[window.index(after: dot)...]) == entry.pane
    else { return false }
    let name = String(window[..<dot])
    return name == index || isSame(name, entry.window)
  }

  private static func isSame(_ text: String, _ name: String) -> Bool {
    text == name || Slug.make(text).map { $0 == Slug.make(name) } == true
  }
}

extension AgentEntry {
  /// Each pane once, with the shortest of its addresses: a window's address means its first
  /// pane.
  package static func onePerPane(_ entries: [AgentEntry]) -> [AgentEntry] {
    var places: [PaneName: Int] = [:]
    var kept: [AgentEntry] = []
    for entry in entries {
      let name = PaneName(host: entry.host, server: entry.server, pane: entry.paneID)
      guard let place = places[name] else {
        places[name] = kept.count
        kept.append(entry)
        continue
      }
      let (old, new) = (kept[place].address, entry.address)
      if (new.text.utf8.count, new) < (old.text.utf8.count, old) { kept[place] = entry }
    }
    return kept
  }

  fileprivate func isPane(_ index: Int, besides other: AgentEntry) -> Bool {
    pane == index && host == other.host && server == other.server && target == other.target
  }

  private struct PaneName: Hashable {
    let host: Host
    let server: String?
    let pane: String
  }
}
