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
    (self.pane, self.window, self.sessions) = (pane, window, sessions)
    (self.global, self.server) = (global, server)
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

/// How a sender was admitted. This decides what may be typed into programs
/// that we do not know well.
package enum Standing: Sendable, Equatable {
  /// The same account.
  case own
  /// Admitted by a list of the pane, the window or the session.
  case near
  /// Admitted only by a global list.
  case global
}

/// The rule that decided. It is shown to the owner (log, `acl check`), never to a refused sender.
package struct AccessRule: Equatable, Sendable {
  package var level: AccessLevel
  package var rule: String

  package init(level: AccessLevel, rule: String) {
    self.level = level
    self.rule = rule
  }

  package var text: String { "\(level.rawValue): \(rule)" }
}

/// Proof that a verified sender is admitted to one recipient. Only `Access.judge` makes it.
package struct AccessDecision: Sendable {
  /// The admitted sender; the proof is valid for no other.
  package let sender: VerifiedSender
  package let rule: AccessRule
  package let standing: Standing
  /// Whether the pane's own list names the sender by address or key, as
  /// `@agent-shell raw` requires.
  package let namedByPane: Bool

  fileprivate init(
    sender: VerifiedSender, rule: AccessRule, standing: Standing, namedByPane: Bool
  ) {
    (self.sender, self.rule) = (sender, rule)
    (self.standing, self.namedByPane) = (standing, namedByPane)
  }
}

/// The answer of the access lists. Protocol section 6.
package enum AccessRuling: Sendable {
  case admitted(AccessDecision)
  case refused(AccessRule)
}

/// Limits that options cannot widen: `allow` and `deny` of the policy files.
package struct Ceiling: Hashable, Sendable {
  package var allow: String?
  package var deny: String?

  package init(allow: String? = nil, deny: String? = nil) {
    (self.allow, self.deny) = (allow, deny)
  }
}

/// All that decides who may write to one pane.
package struct AccessLists: Hashable, Sendable {
  private let levels: AllowLevels
  private let ceilings: [Ceiling]

  package init(levels: AllowLevels, ceilings: [Ceiling]) {
    (self.levels, self.ceilings) = (levels, ceilings)
  }

  package func admit(_ sender: VerifiedSender, hosts: Set<Host>) -> Bool {
    let ruling = Access.judge(sender, levels: levels, ceilings: ceilings, hosts: hosts)
    if case .admitted = ruling { return true }
    return false
  }
}

/// Decides from option values who is admitted: protocol section 6. Pure.
package enum Access {
  /// - Parameter hosts: the known hosts, including this account's.
  package static func judge(
    _ sender: VerifiedSender, levels: AllowLevels, ceilings: [Ceiling] = [], hosts: Set<Host>
  ) -> AccessRuling {
    if let refusal = ceilings.lazy.compactMap({ refusal(by: $0, sender, hosts) }).first {
      return .refused(refusal)
    }
    var farthest = AccessLevel.pane
    var rule: AccessRule?
    var named = false
    for (level, value) in levels.deciding {
      let ruling = ask(value, sender, hosts)
      guard ruling.admits else { return .refused(AccessRule(level: level, rule: ruling.rule)) }
      if rule == nil { rule = AccessRule(level: level, rule: ruling.rule) }
      farthest = max(farthest, level)
      named = named || (level == .pane && ruling.byName)
    }
    guard let rule else { return .refused(AccessRule(level: .unset, rule: "no list")) }
    return .admitted(
      AccessDecision(
        sender: sender, rule: rule, standing: standing(sender, farthest), namedByPane: named))
  }

  private static func standing(_ sender: VerifiedSender, _ farthest: AccessLevel) -> Standing {
    if sender.isSelf { return .own }
    return farthest >= .global ? .global : .near
  }

  private static func refusal(
    by ceiling: Ceiling, _ sender: VerifiedSender, _ hosts: Set<Host>
  ) -> AccessRule? {
    if let deny = ceiling.deny {
      guard let list = try? AllowList(parsing: deny, hosts: hosts) else {
        return AccessRule(level: .policy, rule: "deny does not parse")
      }
      if let item = list.items.first(where: { $0.subject.covers(sender) }) {
        return AccessRule(level: .policy, rule: "deny \(item.text)")
      }
    }
    guard let allow = ceiling.allow else { return nil }
    let ruling = ask(allow, sender, hosts)
    return ruling.admits ? nil : AccessRule(level: .policy, rule: "allow: \(ruling.rule)")
  }

  private static func ask(
    _ value: String, _ sender: VerifiedSender, _ hosts: Set<Host>
  ) -> (admits: Bool, rule: String, byName: Bool) {
    do {
      let list = try AllowList(parsing: value, hosts: hosts)
      guard let found = list.deciding(for: sender) else {
        return (false, list.items.isEmpty ? "the list is empty" : "no item admits", false)
      }
      let byName = list.items.contains {
        !$0.refuses && $0.subject.isByName && $0.subject.covers(sender)
      }
      return (found.admits, found.item.text, byName)
    } catch { return (false, "the list does not parse", false) }
  }
}
