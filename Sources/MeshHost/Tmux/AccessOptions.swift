internal import Mesh

/// The options with which a pane's owner says who may send to it. Protocol section 6.
/// `Options.swift` reads them level by level.
enum AccessOption {
  static let allow = "@agent-allow"
  static let files = "@agent-allow-files"
  static let force = "@agent-allow-force"
  static let shell = "@agent-shell"
  static let input = "@agent-input"
  static let kind = "@agent-kind"
  /// By which way messages are handed over.
  static let via = "@agent-via"

  /// The options that must admit a sender.
  static func names(_ kind: Kind) -> [String] { kind == .file ? [allow, files] : [allow] }

  /// The options that matter after admission, each only at the levels where it has a meaning,
  /// because every level costs time.
  static func typing(_ options: SendOptions, _ pane: Pane) -> OptionQuery {
    var wanted: [(String, OptionQuery.Reach)] = [(shell, .pane), (input, .pane), (kind, .pane)]
    if options.force { wanted.append((force, .all)) }
    return OptionQuery(wanted, sessions: pane.links.map(\.session))
  }
}

extension AllowLevels {
  /// Every session that the window is linked into counts, whether the option is set there or not.
  init(_ levels: OptionLevels?, _ pane: Pane) {
    let levels = levels ?? OptionLevels()
    self.init(
      pane: levels.pane, window: levels.window,
      sessions: pane.links.map { levels.sessions[$0.session] },
      global: [levels.global, levels.globalWindow], server: levels.server)
  }
}
