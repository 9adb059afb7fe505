/// Where a value is set, nearest first.
package enum AccessLevel: String, Sendable, Comparable, CaseIterable {
  case pane, window, session, global, unset
  case policy

  private var order: Int { AccessLevel.allCases.firstIndex(of: self) ?? 0 }
  package static func < (left: AccessLevel, right: AccessLevel) -> Bool { left.order < right.order }
}

/// One option's values at each level of tmux, from `show-options`; `nil` if not set. `Access.judge`
/// reads them, and `deciding` says which of them count.
package struct AllowLevels: Hashable, Sendable {
  package var pane: String?
  package var window: String?
  /// One for each session that the window is linked into.
  package var sessions: [String?]
  /// `-g` and `-gw`.
  package var global: [String?]
  /// `-s`: only reported; it never permits.
  package var server: String?

  package init(
    pane: String? = nil, window: String? = nil, sessions: [String?] = [], global: [String?] = [],
    server: String? = nil
  ) {
    self.pane = pane
    self.window = window
    self.sessions = sessions
    self.global = global
    self.server = server
  }

  /// The lists that must all admit. The nearest level decides alone; but if a window is in two
  /// sessions, or both global levels have a value, the stricter one counts.
  var deciding: [(level: AccessLevel, value: String)] {
    if let pane { return [(.pane, pane)] }
    if let window { return [(.window, window)] }
    let chains = sessions.isEmpty ? [nil] : sessions
    let globals = global.compactMap { $0 }.map { (level: AccessLevel.global, value: $0) }
    return chains.flatMap { value in
      if let value { return [(level: AccessLevel.session, value: value)] }
      return globals.isEmpty ? [(level: .unset, value: "@self")] : globals
    }
  }
}
