package import Mesh

/// Checks the access rules of this account's panes without a message: `agent-mesh acl`, `doctor`.
/// It uses the same options and the same `Access.judge` as a delivery.
package struct AccessInspection: Sendable {
  package enum Kind: String, Sendable, CaseIterable {
    case messages = "@agent-allow"
    case files = "@agent-allow-files"
    case force = "@agent-allow-force"
  }

  /// A value at one level; `nil` if unset.
  package struct Level: Sendable {
    package let name: String
    package let value: String?
    /// Whether it is one of the levels that decide.
    package let decides: Bool
  }

  let site: Site
  package let trusted: TrustedKeys
  package let policies: Policies
  package let panes: PaneDirectory
  /// Every pane with its address.
  package let all: [(place: PlacedPane, address: Address)]

  package init(_ site: Site, _ trusted: TrustedKeys, _ policies: Policies) throws(Tmux.Failure) {
    self.site = site
    self.trusted = trusted
    self.policies = policies
    let panes = try PaneDirectory(site, hosts: trusted.hosts)
    self.panes = panes
    all = panes.places.compactMap { place in panes.address(of: place).map { (place, $0) } }
  }

  /// What would be decided for a verified message from that sender.
  package func ruling(
    _ sender: VerifiedSender, to recipient: Recipient, _ kind: Kind
  ) throws(Tmux.Failure) -> AccessRuling {
    let levels = try recipient.place.tmux.optionLevels(
      pane: recipient.pane, names: [kind.rawValue])
    return Access.judge(
      sender, levels: AllowLevels(levels[kind.rawValue], recipient.pane),
      ceilings: policies.ceilings(for: recipient.names), hosts: trusted.hosts)
  }

  /// Every level of an option, nearest first.
  package func levels(of place: PlacedPane, _ kind: Kind) throws(Tmux.Failure) -> [Level] {
    let found = try place.tmux.optionLevels(pane: place.pane, names: [kind.rawValue])
    return levels(place.pane, found[kind.rawValue] ?? OptionLevels())
  }

  /// The same of values that were read already.
  func levels(_ pane: Pane, _ values: OptionLevels) -> [Level] {
    let near = values.pane ?? values.window
    let openSessions = pane.links.contains { values.sessions[$0.session] == nil }
    var levels = [
      Level(name: "pane", value: values.pane, decides: values.pane != nil),
      Level(
        name: "window", value: values.window,
        decides: values.pane == nil && values.window != nil),
    ]
    for link in pane.links {
      let value = values.sessions[link.session]
      levels.append(
        Level(
          name: "session \(SafeText.line(link.sessionName, limit: 40))", value: value,
          decides: near == nil && value != nil))
    }
    for (name, value) in [("global (-g)", values.global), ("global (-gw)", values.globalWindow)] {
      levels.append(
        Level(name: name, value: value, decides: near == nil && openSessions && value != nil))
    }
    levels.append(Level(name: "server (-s)", value: values.server, decides: false))
    return levels
  }

  /// Panes on which a shell takes messages as commands: `@agent-shell raw`.
  func takesShellInput(_ pane: Pane, _ found: OptionLevels) -> Bool {
    let values =
      [found.pane, found.window, found.global, found.globalWindow]
      + pane.links.map { found.sessions[$0.session] }
    return values.contains("raw")
  }
}

/// Restrictions that exist only in the tmux server, as options of a pane, a window or a session.
/// They end with the server; after a restart the global list decides, and may admit what was
/// refused. A ceiling for the address in `policy.toml` survives the restart.
extension AccessInspection {
  package struct Restriction: Sendable {
    package let address: Address
    package let level: String
    /// The list as it is in the option.
    package let list: String
  }

  /// The restrictions that neither the global level nor a ceiling already makes.
  package func loose() -> [Restriction] {
    let surveys = surveys([Kind.messages.rawValue])
    return all.compactMap { place, address in
      guard
        let values = surveys[place.server.instance]?.levels(place.pane, Kind.messages.rawValue)
      else { return nil }
      let levels = levels(place.pane, values)
      let deciding = levels.filter(\.decides)
      // Two sessions have a value each; one ceiling cannot express both.
      guard deciding.count == 1, let level = deciding.first, let list = level.value,
        !level.name.hasPrefix("global")
      else { return nil }
      let global = levels.filter { $0.name.hasPrefix("global") }.compactMap(\.value)
      guard narrows(list, global), !isKept(list, address) else { return nil }
      return Restriction(address: address, level: level.name, list: list)
    }
  }

  /// Whether the list may refuse a sender that the global level admits. If that is unset, it admits
  /// only this account.
  private func narrows(_ list: String, _ global: [String]) -> Bool {
    let items = (try? AllowList(parsing: list, hosts: trusted.hosts))?.items ?? []
    let refuses = items.contains(where: \.refuses)
    let admits = { (subject: AllowList.Subject) in
      items.contains { !$0.refuses && $0.subject == subject }
    }
    if !refuses, admits(.mesh) || global.contains(list) { return false }
    let others = global.filter { $0 != "none" && $0 != "@self" }
    return !others.isEmpty || refuses || !admits(.own)
  }

  private func isKept(_ list: String, _ address: Address) -> Bool {
    policies.addressed.contains {
      $0.covers(address) && ($0.ceiling.allow == list || $0.ceiling.allow == "none")
    }
  }

  /// Appends ceilings for them to `policy.toml`.
  /// - Returns: the restrictions that were written, and those whose address already
  ///   has a different section.
  package func keep(
    _ restrictions: [Restriction]
  ) throws(SetupError) -> (kept: [Restriction], left: [Restriction]) {
    let file = HomeFile(site.home, "policy.toml", limit: Policy.limit)
    var bytes = try file.read() ?? []
    if let last = bytes.last, last != 10 { bytes.append(10) }
    var seen = Set(policies.addressed.map(\.pattern))
    var (kept, left) = ([Restriction](), [Restriction]())
    for one in restrictions {
      guard seen.insert(one.address.text).inserted else {
        left.append(one)
        continue
      }
      var section = TOMLTable(path: ["address", one.address.text])
      section.set("allow", .string(one.list))
      var document = TOMLDocument()
      document.set(section)
      bytes += Array("\n# by `agent-mesh acl keep`: as it stood at the \(one.level)\n".utf8)
      bytes += document.encoded
      kept.append(one)
    }
    guard !kept.isEmpty else { return (kept, left) }
    guard (try? Policy(parsing: bytes)) != nil else {
      throw .malformed(
        path: site.home.agents + "/policy.toml", what: "it would not parse with more in it")
    }
    try file.write(bytes, sync: true)
    return (kept, left)
  }
}
