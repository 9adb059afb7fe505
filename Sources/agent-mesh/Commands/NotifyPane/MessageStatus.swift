internal import Mesh
internal import MeshCrypto
internal import MeshHost

/// `notify-pane --status <id>`: what became of a message that was sent from here.
struct StatusCommand {
  let site: Site
  let output: OutputOptions
  let id: String
  /// The recipient, if the log no longer has it.
  let recipient: String?

  func run(_ sending: borrowing Sending) throws {
    let id = try Named.id(id, site)
    if let own = try SeenStore(site.home).receipt(of: id, from: site.host) {
      let end = own.outcome(of: id, site, hosts: sending.trusted.hosts)
      return try print(id, end, host: site.host, to: nil)
    }
    if Outbox(site).holds(id) {
      return try print(id, Disposition(.queued), host: site.host, to: nil)
    }
    let logged = try AuditReading(site.home).entries(id: id.text).last(where: \.isOfMessage)
    // A local message that was refused before it was taken is in the history alone.
    if let logged, logged.direction(site.host) == .local, let end = logged.disposition {
      return try print(id, end, host: site.host, to: logged.to)
    }
    let to: String
    if let recipient { to = recipient } else { to = try addressee(id) }
    let route = try Named.route(to: to, site, sending)
    let answer = try Own.ask(route, about: id, site, sending)
    guard answer.receipt != nil else {
      let said = answer.said.map { " (\($0))" } ?? ""
      throw Failure(
        .failed, answer.disposition.reason, "\(route.host) did not say what became of \(id)\(said)",
        try: "notify-pane --status \(id)")
    }
    // A host keeps no record of what it refused; the receipt that it gave is in the history here.
    let isForgotten = answer.disposition == Disposition(.unknown, .noRecord)
    let known = isForgotten ? logged?.disposition.flatMap { $0.isFinal ? $0 : nil } : nil
    try print(
      id, known ?? answer.disposition, host: route.host, to: (answer.to ?? route.to).text)
  }

  /// The recipient, according to the log.
  private func addressee(_ id: MessageID) throws -> String {
    let entry = try AuditReading(site.home).sent(id)
    guard let to = entry?.to else {
      throw Failure(
        .unknown, .noRecord, "this host has no record of a message \(id)",
        try: "notify-pane --status \(id) AGENT")
    }
    return to
  }

  private func print(_ id: MessageID, _ end: Disposition, host: Host, to: String?) throws {
    if output.json {
      Output.json([
        "ok": end.outcome.isSuccess, "exit": end.outcome.exitCode, "id": id.text, "to": to,
        "host": host.name, "outcome": end.outcome.rawValue, "reason": end.reason.rawValue,
      ])
    } else {
      let reason = end.reason == .none ? "" : " (\(end.reason.rawValue))"
      let name = to.map { " → \(SafeText.line($0))" } ?? ""
      Output.line("\(id)\(name) (\(host)): \(end.outcome.rawValue)\(reason)")
    }
    guard end.outcome.isSuccess else { throw Failure.said(end.outcome.status) }
  }
}

extension AuditEntry {
  /// The outcome as the history has it.
  fileprivate var disposition: Disposition? {
    outcome.flatMap(Outcome.init).map {
      Disposition($0, reason.flatMap(Reason.init) ?? .none)
    }
  }
}

extension Disposition {
  fileprivate var isFinal: Bool { outcome != .unknown && outcome != .queued }
}

/// `notify-pane --verify <id>`: checks a logged message again.
struct VerifyCommand {
  let site: Site
  let output: OutputOptions
  let id: String
  let directory: String?

  func run() throws {
    let id = try Named.id(id, site)
    let found: LoggedMessage
    do { found = try LoggedMessage.find(id, site) } catch { throw failure(error) }
    let trust = try trust(found)
    if found.bodyMatches == false {
      Output.note(
        "notify-pane: the logged body is not, to the byte, what was signed: it was made safe, or edited"
      )
    }
    var line: String?
    if let directory {
      do { line = "cd \(ShellWord.quoted(directory)) && \(try found.export(to: directory))" } catch
      {
        throw Failure.usage("\(error)", undone: "nothing was exported")
      }
    }
    print(found, trust, line)
  }

  /// - Parameter line: the command that checks what was exported.
  private func print(_ found: LoggedMessage, _ trust: String, _ line: String?) {
    let statement = found.statement
    if output.json {
      return Output.json([
        "ok": true, "id": statement.id.text, "from": statement.from.text,
        "host": statement.fromHost.name, "to": statement.to.text,
        "time": statement.time.text, "key": found.key.fingerprint,
        "outcome": found.entry.outcome ?? "-", "verify": line,
      ])
    }
    Output.line(
      "verified \(statement.id) from \(statement.from) to \(statement.to) at \(statement.time.text)"
    )
    Output.line("signed by \(found.key.fingerprint) of \(statement.fromHost), \(trust)")
    Output.line("outcome \(found.entry.outcome ?? "-"), logged \(found.entry.time)")
    if let line { Output.line(line) }
  }

  /// Why the key is trusted.
  private func trust(_ found: LoggedMessage) throws -> String {
    let key = "the signature is valid, but its key \(found.key.fingerprint) is"
    switch found.standing {
    case .own: return "this account's key"
    case .pinned(let note): return "pinned: \(SafeText.line(note))"
    case .revoked:
      throw Failure(.notAuthentic, .revoked, "\(key) revoked", try: "agent-keys list")
    case .unpinned:
      throw Failure(
        .notAuthentic, .unpinned,
        "\(key) not, or no longer, trusted for \(found.statement.fromHost)",
        try: "agent-keys list")
    }
  }

  private func failure(_ error: LoggedMessageError) -> Failure {
    switch error {
    case .unknown:
      Failure(.usage, .noRecord, "the log has no statement of that message", try: "agent-mesh log")
    case .notKept:
      Failure(
        .usage, .noRecord, "the statement was too long for the log, which has only its hash",
        try: "agent-mesh log")
    case .malformed:
      Failure(
        .notAuthentic, .malformed, "the logged statement is malformed",
        try: "agent-mesh log --check")
    case .signature:
      Failure(
        .notAuthentic, .signature, "the logged signature is not one over the logged statement",
        try: "agent-mesh log --check")
    case .notAuthentic:
      Failure(
        .notAuthentic, .signature,
        "the message was not authentic when it came, so it proves nothing",
        try: "agent-mesh log --id \(id)")
    case .severalHosts(let hosts):
      Failure(
        .notAuthentic, .idReused,
        "\(hosts.map(\.name).joined(separator: " and ")) sent messages with this id",
        try: "agent-mesh log --id \(id)")
    case .setup(let error): Failure(error)
    }
  }
}
