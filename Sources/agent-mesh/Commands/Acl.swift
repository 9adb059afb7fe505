internal import ArgumentParser
internal import Mesh
internal import MeshCrypto
internal import MeshHost

struct Acl: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "acl", abstract: "Who may send to which pane, and why.",
    subcommands: [Check.self, Explain.self, Lint.self, Keep.self])

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "check",
      abstract:
        "Whether a sender is admitted to an agent of this host: the decision, the rule, its level.",
      discussion: "Exit status: 0 admitted, 5 refused.")
    @Argument(help: "The sender's address.", completion: Completion.addresses)
    var from: String
    @Argument(help: "The recipient's: an agent of this host.", completion: Completion.addresses)
    var to: String
    @Flag(help: "For file drops: @agent-allow-files as well.") var files = false
    @Flag(help: "For --force: @agent-allow-force as well.") var force = false
    @Flag(help: "Print JSON.") var json = false

    mutating func run() throws {
      let acl = try AclInspector()
      let (from, to) = (try acl.sender(from), try acl.recipient(to))
      var kinds: [AccessInspection.Kind] = [.messages]
      if files { kinds.append(.files) }
      if force { kinds.append(.force) }
      var admitted = true
      let via = InboxStanding(to, acl.site.home)?.words
      for kind in kinds {
        let ruling = try acl.inspection.ruling(from, to: to, kind)
        admitted = report(kind, ruling, from.address, to.address, via) && admitted
      }
      if let via, !json { Output.line("  by way of \(via)") }
      if !admitted { throw Failure.said(.refused) }
    }

    private func report(
      _ kind: AccessInspection.Kind, _ ruling: AccessRuling, _ from: Address, _ to: Address,
      _ via: String?
    ) -> Bool {
      let (rule, admits) =
        switch ruling {
        case .admitted(let decision): (decision.rule, true)
        case .refused(let rule): (rule, false)
        }
      let said = SafeText.line(rule.rule)
      Output.say(
        "\(from) → \(to): \(admits ? "admitted" : "refused") by \(kind.rawValue), \(rule.level.rawValue): \(said)",
        [
          "from": from.text, "to": to.text, "option": kind.rawValue, "admitted": admits,
          "level": rule.level.rawValue, "rule": said, "via": via,
        ], json: json)
      if !json, case .admitted(let decision) = ruling, decision.standing == .global {
        Output.line(
          "  typed only where a known agent runs; elsewhere shown: the rule is at the global level")
      }
      return admits
    }
  }

  struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "explain",
      abstract: "The levels of an agent's access lists, their values, and what they mean.")
    @Argument(help: "An agent of this host.", completion: Completion.addresses) var to: String
    @Flag(help: "Print JSON.") var json = false

    mutating func run() throws {
      let acl = try AclInspector()
      let recipient = try acl.recipient(to)
      if json { return try acl.print(recipient) }
      for kind in AccessInspection.Kind.allCases {
        let levels = try acl.inspection.levels(of: recipient.place, kind)
        Output.line(kind.rawValue)
        var rows = levels.map { acl.row($0) }
        if !levels.contains(where: \.decides) {
          rows.append(["→", "unset everywhere", "", "this account"])
        }
        Output.table(rows.map { ["  " + $0[0]] + $0.dropFirst() })
      }
      for loose in acl.inspection.loose() where loose.address == recipient.address {
        Output.line(
          "the value at the \(loose.level) is in the tmux server only: a restart forgets it; agent-mesh acl keep"
        )
      }
      for ceiling in acl.inspection.policies.ceilings(for: recipient.names) {
        if let allow = ceiling.allow { Output.line("policy allow: \(acl.meaning(allow))") }
        if let deny = ceiling.deny { Output.line("policy deny: \(SafeText.line(deny))") }
      }
      if let standing = InboxStanding(recipient, acl.site.home) {
        Output.line("by way of \(standing.words)")
      }
    }
  }

  struct Keep: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "keep",
      abstract:
        "Write the restrictions that are in tmux now into policy.toml, where no restart forgets them.",
      discussion:
        "For each agent whose pane, window or session refuses what the global list would admit, a section with its address; what policy.toml says already stays. Such a ceiling is widened by editing the file, and by no option."
    )
    @Flag(help: "Print JSON.") var json = false

    mutating func run() throws {
      let acl = try AclInspector()
      let inspection = acl.inspection
      let done = try inspection.keep(inspection.loose())
      for one in done.kept {
        Output.say(
          "[address.\"\(one.address)\"] allow = '\(SafeText.line(one.list, limit: 200))'",
          acl.object(one, kept: true), json: json)
      }
      for one in done.left {
        if json { Output.json(acl.object(one, kept: false)) }
        Output.note(
          "agent-mesh: policy.toml has a section for \(one.address) already, with another list: left as it is"
        )
      }
      if done.kept.isEmpty, done.left.isEmpty, !json {
        Output.line("tmux has no restriction that a restart would forget")
      }
    }
  }

  struct Lint: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "lint",
      abstract: "What is wrong or without effect in the access lists of all panes.",
      discussion: "Exit status: 0 nothing, 1 something.")
    @Flag(help: "Print JSON.") var json = false

    mutating func run() throws {
      let complaints = try AclInspector().inspection.lint()
      for complaint in complaints {
        if json {
          Output.encoded(complaint)
        } else {
          Output.line("\(complaint.place): \(complaint.words)")
          if let fix = complaint.fix { Output.line("  try: \(fix)") }
        }
      }
      if complaints.isEmpty {
        if !json { Output.line("no problems found") }
      } else {
        throw Failure.said(.usage)
      }
    }
  }
}

/// What the subcommands share: the lists of all panes, and senders and recipients by name.
struct AclInspector {
  let site: Site
  let inspection: AccessInspection
  private let own: String

  init() throws {
    site = try Own.site()
    own = try Own.identity(site).key.fingerprint
    let policies = try Policies(site.home)
    inspection = try AccessInspection(site, try site.trustedKeys(), policies)
  }

  func sender(_ text: String) throws -> VerifiedSender {
    guard let address = try address(text), let host = address.owner(among: inspection.trusted.hosts)
    else {
      throw Failure(
        .refused, .unpinned,
        "\(SafeText.line(text, limit: 80)) belongs to no host that is known here: it is refused",
        try: router.near(text).first.map { "agent-mesh acl check \($0) AGENT" } ?? "agent-keys list"
      )
    }
    guard let key = inspection.trusted.keys(of: host, for: .message, at: site.now).last else {
      throw Failure(
        .refused, .unpinned, "no key counts for \(host): all of it is refused",
        try: "agent-keys trust \(host)")
    }
    let isSelf = host == site.host
    return VerifiedSender(
      address: address, host: host, keyFingerprint: isSelf ? own : key.fingerprint, isSelf: isSelf)
  }

  func recipient(_ text: String) throws -> Recipient {
    guard let address = try address(text) else {
      throw Failure.usage(
        "'\(SafeText.line(text, limit: 80))' is no address", try: near(text) ?? "notify-pane --list"
      )
    }
    if let found = inspection.panes.recipient(address) { return found }
    let owner = address.owner(among: inspection.trusted.hosts)
    if let owner, owner != site.host {
      throw Failure.usage(
        "\(address) is an agent of \(owner): only there its lists are known",
        try: "ssh \(owner) bin/agent-mesh acl explain \(address)")
    }
    throw Failure.leftOut(text, site)
      ?? Failure.unknownAgent(
        "no live pane is called \(address)", try: [near(text) ?? "notify-pane --list"])
  }

  /// A whole address, or a short name that means one agent.
  private func address(_ text: String) throws -> Address? {
    do { return try Router(site, inspection.trusted).route(to: text).to } catch {
      if case .ambiguous = error { throw Failure(error, to: text) }
      return try? Address(validating: text)
    }
  }

  /// The command again, with the nearest name that exists.
  private func near(_ text: String) -> String? {
    router.near(text).first.map { "agent-mesh acl explain \($0)" }
  }

  private var router: Router { Router(site, inspection.trusted, panes: inspection.panes) }

  func meaning(_ value: String) -> String {
    do {
      let list = try AllowList(parsing: value, hosts: inspection.trusted.hosts)
      return list.items.isEmpty ? "nobody" : list.items.map(\.meaning).joined(separator: "; ")
    } catch { return "nobody: \(error.words)" }
  }

  func row(_ level: AccessInspection.Level) -> [String] {
    guard let value = level.value else { return [" ", level.name, "unset", ""] }
    let words = level.name.hasPrefix("server") ? "never permits" : meaning(value)
    return [level.decides ? "→" : " ", level.name, "'\(SafeText.line(value, limit: 200))'", words]
  }

  /// Prints an object for each option: its levels, nearest first, and which of them decides.
  func print(_ recipient: Recipient) throws {
    func whole(_ text: String?) -> String? { text.map { SafeText.line($0, limit: 4096) } }
    for kind in AccessInspection.Kind.allCases {
      let levels = try inspection.levels(of: recipient.place, kind).map { level -> JSONObject in
        [
          "level": level.name, "decides": level.decides, "value": whole(level.value),
          "meaning": level.value.map { _ in row(level)[3] },
        ]
      }
      let ceilings = inspection.policies.ceilings(for: recipient.names).map {
        ["allow": whole($0.allow), "deny": whole($0.deny)] as JSONObject
      }
      Output.json([
        "to": recipient.address.text, "option": kind.rawValue, "levels": levels,
        "ceilings": ceilings, "via": InboxStanding(recipient, site.home)?.words,
      ])
    }
  }

  func object(_ restriction: AccessInspection.Restriction, kept: Bool) -> JSONObject {
    [
      "address": restriction.address.text, "allow": SafeText.line(restriction.list, limit: 4096),
      "kept": kept,
    ]
  }
}
