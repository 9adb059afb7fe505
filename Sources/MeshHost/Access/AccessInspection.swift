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
      ceilings: policies.ceilings(for: recipient.address), hosts: trusted.hosts)
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
