internal import Mesh

/// Words in `@agent-via` and `@agent-kind` that mean nothing: a mistyped word does nothing at all, and `look` and
/// `doctor` say so.
package struct OptionWords: Sendable {
  /// One sentence each.
  package let complaints: [String]

  package init(_ place: PlacedPane, _ home: AgentsHome) {
    let wanted = [AccessOption.via, AccessOption.kind].filter { place.pane.hints.contains($0) }
    guard !wanted.isEmpty,
      let levels = try? place.tmux.optionLevels(pane: place.pane, names: wanted)
    else {
      complaints = []
      return
    }
    let via = OptionWords.nearest(levels[AccessOption.via], place.pane)
    let kind = levels[AccessOption.kind]?.pane
    let kinds = Set(ProfileStore(home).profiles().map(\.name)).union(["generic"])
    let badVia = via.flatMap { AgentInbox.Way(rawValue: $0) == nil ? $0 : nil }
    let badKind = kind.flatMap { kinds.contains($0) ? nil : $0 }
    complaints = [
      badVia.map {
        "\(AccessOption.via) is '\(SafeText.line($0, limit: 40))', which is not type, auto or inbox: messages are typed"
      },
      badKind.map {
        "\(AccessOption.kind) is '\(SafeText.line($0, limit: 40))', which is no profile's name"
      },
    ].compactMap(\.self)
  }

  private static func nearest(_ levels: OptionLevels?, _ pane: Pane) -> String? {
    guard let levels else { return nil }
    return levels.pane ?? levels.window
      ?? pane.links.lazy.compactMap { levels.sessions[$0.session] }.first ?? levels.global
      ?? levels.globalWindow
  }
}
