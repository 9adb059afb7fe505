/// A short name (`cat`, `dev:cat`, `dev:2`, `%1`) in place of a whole address. It is accepted only if it
/// matches exactly one agent.
package enum ShortName {
  /// - Parameter home: `%1` means a pane of this host.
  /// - Returns: all agents that match, by address.
  package static func candidates(
    _ text: String, among entries: [AgentEntry], home: Host
  ) -> [Address] {
    let text = String(text.prefix(Address.limit))
    guard !text.isEmpty else { return [] }
    let agents = AgentEntry.onePerPane(entries)
    let found = agents.filter { means(text, $0, home) }
    return found.map(\.address).sorted()
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
