internal import Mesh
internal import MeshCrypto
internal import MeshHost

/// `notify-pane --verify <id>`: what the log has of a message, checked again.
struct VerifyCommand {
  let site: Site
  let output: OutputOptions
  let id: String
  let directory: String?

  func run() throws {
    let id = try Setup.id(id, site)
    let found: LoggedMessage
    do { found = try LoggedMessage.find(id.text, site) } catch { throw failure(error) }
    try standing(found)
    if found.bodyMatches == false {
      Output.note(
        "notify-pane: the logged body is not, to the byte, what was signed: it was made safe, or edited"
      )
    }
    var line: String?
    if let directory {
      do { line = try found.export(to: directory) } catch {
        throw Failure.usage("\(error)", undone: "nothing was exported")
      }
    }
    if output.json { return Output.json(Report(found, line)) }
    Output.line(
      "verified \(found.statement.id) from \(found.statement.from) to \(found.statement.to) at \(found.statement.time.text)"
    )
    Output.line("signed by \(found.key.fingerprint), \(words(found.standing))")
    Output.line("outcome \(found.entry.outcome ?? "-"), logged \(found.entry.time)")
    if let line, let directory { Output.line("cd \(Shell.quoted(directory)) && \(line)") }
  }

  private func words(_ standing: LoggedMessage.Standing) -> String {
    switch standing {
    case .own: "this account's key"
    case .pinned(let note): "pinned: \(SafeText.line(note))"
    case .revoked: "revoked"
    case .unpinned: "not pinned"
    }
  }

  private func standing(_ found: LoggedMessage) throws {
    let host = found.statement.fromHost
    switch found.standing {
    case .own, .pinned: return
    case .revoked:
      throw Failure(
        .notAuthentic, .revoked,
        "the signature is valid, but its key \(found.key.fingerprint) is revoked",
        try: "agent-keys list")
    case .unpinned:
      throw Failure(
        .notAuthentic, .unpinned,
        "the signature is valid, but its key \(found.key.fingerprint) is not, or no longer, trusted for \(host)",
        try: "agent-keys list")
    }
  }

  private func failure(_ error: LoggedMessageError) -> Failure {
    switch error {
    case .unknown, .ambiguous:
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
    case .setup(let error): Failure(error)
    }
  }

  private struct Report: Encodable {
    let schema = 1
    let ok = true
    let id: String
    let from: String
    let to: String
    let time: String
    let key: String
    let outcome: String
    let verify: String?

    init(_ found: LoggedMessage, _ line: String?) {
      id = found.statement.id.text
      from = found.statement.from.text
      to = found.statement.to.text
      time = found.statement.time.text
      key = found.key.fingerprint
      outcome = found.entry.outcome ?? "-"
      verify = line
    }
  }
}

/// Words that a person pastes into a shell.
enum Shell {
  static func quoted(_ text: String) -> String {
    let plain = text.utf8.allSatisfy {
      (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0)
        || Array("/._-~".utf8).contains($0)
    }
    return plain && !text.isEmpty
      ? text
      : "'"
        + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
        + "'"
  }
}
