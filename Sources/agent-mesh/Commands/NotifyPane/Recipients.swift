internal import Mesh
internal import MeshHost

/// A message to more than one: `a,b,c`, `--to-role`, `--to-host`. Each recipient gets a message of its own.
struct Recipients {
  /// More are addressed with `--yes` alone.
  static let mostWithoutYes = 10
  private static let most = 500

  let site: Site
  let message: SendCommand

  /// - Returns: whether the words mean several.
  static func isList(_ words: [String]) -> Bool { words.first?.contains(",") == true }

  /// `a,b,c` at the beginning of the words, the text behind it.
  func runList() throws {
    let names = (message.words.first ?? "").split(separator: ",").map(String.init)
    try run(names, Array(message.words.dropFirst()))
  }

  /// - Parameters:
  ///   - role: words of their role.
  ///   - host: of a host; `all`: of every one; nil: of this one.
  func run(role: String?, host: String?) throws {
    let hosts = try chosen(host)
    let found = try OverviewReading(site).run(asking: false)
    let own = try own()
    let names = found.agents.filter { agent in
      (hosts.map { $0 == agent.host } ?? true) && agent.address != own
        && (role.map { AgentRow.role(agent.role, has: $0) } ?? true)
    }
    guard !names.isEmpty else {
      let whom = role.map { "has the role \(SafeText.line($0, limit: 60))" } ?? "is there"
      throw Failure(
        .unknownAgent, Outcome.unknownAgent.rawValue,
        "no agent of \(hosts?.name ?? "any host") \(whom)", try: "agent-mesh list")
    }
    try run(names.map(\.address.text).sorted(), message.words)
  }

  /// nil: all.
  private func chosen(_ name: String?) throws -> Host? {
    guard let name else { return site.host }
    if name == "all" { return nil }
    guard let host = try? Host(validating: name) else {
      throw Failure.usage(
        "\(SafeText.line(name, limit: 60)) is no host", try: "agent-mesh list")
    }
    return host
  }

  /// Nobody means oneself by a role or a host.
  private func own() throws -> Address {
    let sending = try Setup.sending(site)
    return try Senders.identify(site, sending.trusted, as: message.name).address
  }

  private func run(_ names: [String], _ words: [String]) throws {
    var seen: Set<String> = []
    let names = names.filter { seen.insert($0).inserted }
    guard !names.isEmpty else { throw Failure.usage("no recipient") }
    guard names.count <= Self.mostWithoutYes || message.yes else {
      throw Failure.usage("that is \(names.count) recipients: --yes says that they are meant")
    }
    guard names.count <= Self.most else {
      throw Failure.usage("that is \(names.count) recipients, more than \(Self.most)")
    }
    guard message.file == nil, message.id == nil, !message.reply else {
      throw Failure.usage("--file, --id and --reply go with one recipient")
    }
    let body = try Body.read(words[...], to: names.first)
    var worst: Int32 = 0
    for name in names {
      do throws {
        var one = message
        (one.words, one.body) = ([name], body)
        try one.run(site)
      } catch {
        let failure = Failure(error)
        if !message.json {
          failure.report(as: "notify-pane", .sending, json: false)
        } else if !failure.wasSaid {
          Output.json(RecipientFailure(name, failure))
        }
        worst = max(worst, failure.code)
      }
    }
    Output.forgive()
    if let status = ExitStatus(rawValue: worst), status != .done { throw Failure.said(status) }
  }
}

/// A recipient that could not be tried, as `--json` prints it; one that was tried has its own line.
struct RecipientFailure: Encodable {
  let schema = 1
  let ok = false
  let exit: Int32
  let to: String
  let reason: String
  let error: String
  let hint: String?

  init(_ name: String, _ failure: Failure) {
    to = SafeText.line(name)
    (exit, reason) = (failure.code, failure.reason)
    (error, hint) = (failure.text, failure.hints.first)
  }
}
