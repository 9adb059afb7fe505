internal import Mesh

/// The options by which a pane's owner says who may send to it. Protocol section 6.
enum AccessOption {
  static let allow = "@agent-allow"
  static let files = "@agent-allow-files"
  static let force = "@agent-allow-force"
  static let shell = "@agent-shell"
  static let input = "@agent-input"
  static let kind = "@agent-kind"
  /// By which way messages are handed over.
  static let via = "@agent-via"

  /// What a sender has to be admitted by.
  static func names(_ kind: Kind) -> [String] { kind == .file ? [allow, files] : [allow] }

  /// What matters once he is: each where it means something, and no more, because each level costs time.
  static func typing(_ options: SendOptions, _ pane: Pane) -> OptionQuery {
    var wanted: [String: OptionQuery.Reach] = [shell: .pane, input: .pane, kind: .pane]
    if options.force { wanted[force] = .all }
    return OptionQuery(wanted, sessions: pane.links.map(\.session))
  }
}

extension AllowLevels {
  /// Every session that the window is linked into has its say, set or not.
  init(_ levels: OptionLevels?, _ pane: Pane) {
    let levels = levels ?? OptionLevels()
    self.init(
      pane: levels.pane, window: levels.window,
      sessions: pane.links.map { levels.sessions[$0.session] },
      global: [levels.global, levels.globalWindow], server: levels.server)
  }
}
