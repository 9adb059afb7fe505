internal import Mesh
internal import MeshCrypto

/// A problem of an access list that its owner should know.
package struct AccessComplaint: Sendable, Equatable, Encodable {
  package var schema = 1
  /// Which option, at which level of which pane; or the policy.
  package let place: String
  package let words: String
  /// Whether the list admits nobody by mistake, or more than was meant.
  package let isSerious: Bool
  /// The command that repairs it. A list that admits nobody by mistake is
  /// replaced by one that says so.
  package var fix: String?
}

extension AccessInspection {
  /// All panes, each value once.
  package func lint() -> [AccessComplaint] {
    var said = Set<String>()
    var found: [AccessComplaint] = []
    var memory = ListOwners(site)
    let surveys = surveys(Kind.allCases.map(\.rawValue) + [AccessOption.shell])
    for (placed, address) in all {
      guard let survey = surveys[placed.server.instance] else { continue }
      for (kind, level, value) in set(placed.pane, survey) {
        let place = AccessInspection.place(kind, level, address, placed.pane)
        guard said.insert(place).inserted else { continue }
        let fix = AccessInspection.fix(kind, level, placed)
        found += complaints(value, place, isServer: level.name.hasPrefix("server"), fix)
        found += memory.changes(AllowLint.owners(value, hosts: trusted.hosts)).map {
          AccessComplaint(
            place: place, words: $0, isSerious: true, fix: "agent-mesh acl explain \(address)")
        }
      }
      if let values = survey.levels(placed.pane, AccessOption.shell),
        takesShellInput(placed.pane, values)
      {
        found.append(
          AccessComplaint(
            place: "@agent-shell of \(address)",
            words: "raw: the senders in its own list can run commands there", isSerious: false))
      }
    }
    memory.keep()
    return found + ceilings()
  }

  /// Every level of a pane's lists that has a value.
  private func set(
    _ pane: Pane, _ survey: OptionSurvey
  ) -> [(kind: Kind, level: Level, value: String)] {
    var found: [(kind: Kind, level: Level, value: String)] = []
    for kind in Kind.allCases {
      guard let values = survey.levels(pane, kind.rawValue) else { continue }
      for level in levels(pane, values) {
        if let value = level.value { found.append((kind, level, value)) }
      }
    }
    return found
  }

  /// Options of all panes, a hundred or more a tmux client; by the server's instance.
  func surveys(_ names: [String]) -> [String: OptionSurvey] {
    var surveys: [String: OptionSurvey] = [:]
    for server in panes.servers {
      surveys[server.identity.instance] = try? OptionSurvey(
        server.panes, names: names, server.tmux)
    }
    return surveys
  }

  private static func place(
    _ kind: Kind, _ level: Level, _ address: Address, _ pane: Pane
  ) -> String {
    switch level.name {
    case "pane": "\(kind.rawValue) at pane \(pane.id) (\(address))"
    case "window": "\(kind.rawValue) at window \(pane.window) (\(address))"
    default: "\(kind.rawValue) at \(level.name)"
    }
  }

  private static func fix(_ kind: Kind, _ level: Level, _ placed: PlacedPane) -> String? {
    let tmux = "tmux -S \(ShellWord.quoted(placed.tmux.socket)) set-option"
    return switch level.name {
    case "pane": placed.setting(kind.rawValue, to: "none")
    case "window": "\(tmux) -w -t \(placed.pane.window) \(kind.rawValue) none"
    case "global": "\(tmux) -g \(kind.rawValue) none"
    case let name where name.hasPrefix("server"): "\(tmux) -s -u \(kind.rawValue)"
    default: nil
    }
  }

  private func complaints(
    _ value: String, _ place: String, isServer: Bool, _ fix: String?
  ) -> [AccessComplaint] {
    if isServer {
      let words = "a value at the server level never permits; set it with -g"
      return [AccessComplaint(place: place, words: words, isSerious: true, fix: fix)]
    }
    let lint = findings(value)
    return lint.words.map {
      AccessComplaint(
        place: place, words: $0, isSerious: lint.admitsNobody,
        fix: lint.admitsNobody ? fix : nil)
    }
  }

  private func findings(_ list: String) -> (admitsNobody: Bool, words: [String]) {
    let valid = trusted.hosts.filter { !trusted.keys(of: $0, for: .message, at: site.now).isEmpty }
    return AllowLint.findings(
      list, hosts: trusted.hosts, trusted: valid,
      keys: Set(trusted.pins.pins.map(\.key.fingerprint)))
  }

  private func ceilings() -> [AccessComplaint] {
    let all =
      policies.ceilings.map { ("policy.toml", $0) }
      + policies.addressed.map { ("policy.toml [address.\"\($0.pattern)\"]", $0.ceiling) }
    return all.flatMap { place, ceiling in
      [("allow", ceiling.allow), ("deny", ceiling.deny)].flatMap { name, value in
        value.map { findings($0).words }?.map {
          AccessComplaint(place: "\(place) \(name)", words: $0, isSerious: true)
        } ?? []
      }
    }
  }
}

/// `state/list-owners`: the host that each pattern of the access lists was for at the
/// last check, one line each: `<pattern> <host> <host before> <when it changed, ms>`.
/// A change is reported for a week.
private struct ListOwners {
  private static let week: Int64 = 7 * 86_400_000

  private struct Record: Equatable {
    var owner: Host
    var before: Host
    var changed: Int64
  }

  private let site: Site
  private let file: HomeFile
  private var known: [String: Record] = [:]
  private var seen: [String: Record] = [:]

  init(_ site: Site) {
    self.site = site
    file = HomeFile(site.home, "state/list-owners", limit: 256 << 10)
    for line in (try? file.lines()) ?? [] {
      let parts = line.split(separator: " ")
      guard parts.count == 4, let owner = try? Host(validating: parts[1]),
        let before = try? Host(validating: parts[2]), let changed = Int64(parts[3])
      else { continue }
      known[String(parts[0])] = Record(owner: owner, before: before, changed: changed)
    }
  }

  /// - Returns: a sentence for each pattern whose host has changed.
  mutating func changes(_ owners: [String: Host]) -> [String] {
    let now = site.now.milliseconds
    return owners.sorted { $0.key < $1.key }.compactMap { pattern, owner in
      var record = known[pattern] ?? Record(owner: owner, before: owner, changed: 0)
      if record.owner != owner {
        record = Record(owner: owner, before: record.owner, changed: now)
      }
      seen[pattern] = record
      guard record.before != owner, now - record.changed < Self.week else { return nil }
      return
        "\(SafeText.line(pattern)): it is for host \(owner) now; it was for \(record.before) before"
    }
  }

  /// Patterns that are in no list any more are dropped.
  func keep() {
    guard seen != known else { return }
    try? file.write(
      lines: seen.sorted { $0.key < $1.key }
        .map { "\($0.key) \($0.value.owner) \($0.value.before) \($0.value.changed)" })
  }
}
