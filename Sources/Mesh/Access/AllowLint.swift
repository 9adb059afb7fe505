/// What a person should know about an access list before relying on it: errors, unknown hosts and
/// keys, items without effect. `acl` and `doctor` report it. Pure.
package enum AllowLint {
  /// - Parameters:
  ///   - hosts: the known hosts, including this account's.
  ///   - trusted: the hosts with a valid key.
  ///   - keys: fingerprints that are pinned.
  /// - Returns: one sentence each; `admitsNobody` if nobody passes the whole list.
  package static func findings(
    _ value: String, hosts: Set<Host>, trusted: Set<Host>, keys: Set<String>
  ) -> (admitsNobody: Bool, words: [String]) {
    let list: AllowList
    do { list = try AllowList(parsing: value, hosts: hosts) } catch {
      return (true, ["it does not parse, so it admits nobody: \(error.words)"])
    }
    if list.items.isEmpty { return (true, ["it is empty, so it admits nobody"]) }
    var words = list.items.compactMap { unknown($0, trusted, keys) }
    words += list.items.compactMap { ambiguous($0, hosts) }
    words += repeated(list.items) + idle(list.items)
    let admits = list.items.contains { !$0.refuses && $0.subject != .none }
    if !admits, list.items.contains(where: \.refuses) {
      words.append("it refuses some and admits nobody: refusals alone admit nobody")
    }
    return (!admits, words)
  }

  private static func unknown(
    _ item: AllowList.Item, _ trusted: Set<Host>, _ keys: Set<String>
  ) -> String? {
    switch item.subject {
    case .host(let host) where !trusted.contains(host):
      "\(SafeText.line(item.text)): no key is pinned for that host"
    case .key(let key) where !keys.contains(key):
      "\(SafeText.line(item.text)): that key is pinned for no host"
    case .pattern(let owner, _) where !trusted.contains(owner):
      "\(SafeText.line(item.text)): it is for host \(owner), of which no key counts"
    default: nil
    }
  }

  /// A pattern that begins with the names of several hosts belongs to the longest. Report it, since
  /// only that host's agents match.
  private static func ambiguous(_ item: AllowList.Item, _ hosts: Set<Host>) -> String? {
    guard case .pattern(let owner, _) = item.subject,
      let other = Address(owner).owner(among: hosts.subtracting([owner]))
    else { return nil }
    return "\(SafeText.line(item.text)): it is for host \(owner), not for \(other)"
  }

  /// The host that each pattern of a list is for: `hub-*` is for `hub`, unless a
  /// host with a longer name matches.
  package static func owners(_ value: String, hosts: Set<Host>) -> [String: Host] {
    guard let list = try? AllowList(parsing: value, hosts: hosts) else { return [:] }
    var owners: [String: Host] = [:]
    for item in list.items {
      if case .pattern(let owner, let text) = item.subject { owners[text] = owner }
    }
    return owners
  }

  private static func repeated(_ items: [AllowList.Item]) -> [String] {
    var seen = Set<String>()
    return items.filter { !seen.insert($0.text).inserted }
      .map { "\(SafeText.line($0.text)) is in the list twice" }
  }

  /// Items that have no effect because of another item.
  private static func idle(_ items: [AllowList.Item]) -> [String] {
    let refused = items.compactMap { item -> Host? in
      if item.refuses, case .host(let host) = item.subject { host } else { nil }
    }
    return items.compactMap { item in
      guard !item.refuses else { return nil }
      switch item.subject {
      case .none where items.count > 1: return "none has no effect beside other items"
      case .host(let host) where refused.contains(host),
        .pattern(let host, _) where refused.contains(host):
        return "\(SafeText.line(item.text)) has no effect: !host:\(host) refuses it"
      default: return nil
      }
    }
  }
}

extension AllowListError {
  /// For a person.
  package var words: String {
    switch self {
    case .tooLong: "it is longer than \(AllowList.limit) bytes"
    case .tooManyItems: "it has more than \(AllowList.itemLimit) items"
    case .item(let number, let what): "item \(number): \(what)"
    }
  }
}

extension AllowList.Item {
  /// Who is meant, in words.
  package var meaning: String {
    let whom =
      switch subject {
      case .none: "nobody"
      case .own: "this account"
      case .mesh: "this account and every pinned host"
      case .host(let host): "every agent of \(host)"
      case .key(let key): "any sender that signs with \(key)"
      case .pattern(let owner, let text):
        text.contains("*") || text.contains("?")
          ? "agents of \(owner) called \(SafeText.line(text))"
          : "\(SafeText.line(text)) of \(owner)"
      }
    return refuses ? "not \(whom)" : whom
  }
}
