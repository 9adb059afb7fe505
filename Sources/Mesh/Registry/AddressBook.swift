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
    guard let (window, pane) = address.windowAndPane, let holder = found[window] else { return nil }
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
  package func nearNames(_ typed: String, atMost most: Int = 3) -> [Address] {
    NearNames.find(typed.lowercased(), among: sorted, atMost: most)
  }

  package func nearNames(_ address: Address, atMost most: Int = 3) -> [Address] {
    nearNames(address.text, atMost: most)
  }
}

extension AgentEntry {
  fileprivate func isPane(_ index: Int, besides other: AgentEntry) -> Bool {
    pane == index && host == other.host && server == other.server && target == other.target
  }
}

extension Address {
  /// `<window>` and `<i>` of `<window>.<i>`.
  package var windowAndPane: (window: Address, pane: Int)? {
    guard let dot = text.lastIndex(of: "."), let pane = Int(text[text.index(after: dot)...]),
      let window = try? Address(validating: text[..<dot])
    else { return nil }
    return (window, pane)
  }
}
