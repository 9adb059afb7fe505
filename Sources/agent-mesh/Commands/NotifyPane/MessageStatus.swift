internal import Mesh
internal import MeshHost

/// `notify-pane --status <id>`: what became of a message that was sent from here.
struct StatusCommand {
  let site: Site
  let output: OutputOptions
  let id: String
  /// Whom it went to, if the log no longer knows.
  let recipient: String?

  func run(_ sending: borrowing Sending) throws {
    let id = try Setup.id(id, site)
    let own = try SeenStore(site.home).disposition(of: id, site, hosts: sending.trusted.hosts)
    if let own { return try print(id, own, host: site.host, to: nil) }
    if Outbox(site).holds(id) {
      return try print(id, Disposition(.queued), host: site.host, to: nil)
    }
    let to: String
    if let recipient { to = recipient } else { to = try addressee(id) }
    let route = try Setup.route(to: to, site, sending)
    let answer = try Setup.ask(route, about: id, site, sending)
    guard answer.receipt != nil else {
      let said = answer.said.map { " (\($0))" } ?? ""
      throw Failure(
        .failed, answer.disposition.reason, "\(route.host) did not say what became of \(id)\(said)",
        try: "notify-pane --status \(id)")
    }
    try print(id, answer.disposition, host: route.host, to: answer.to ?? route.to)
  }

  /// Whom the log says that it went to.
  private func addressee(_ id: MessageID) throws -> String {
    let entry = try AuditReading(site.home).sent(id)
    guard let to = entry?.to else {
      throw Failure(
        .unknown, .noRecord, "this host has no record of a message \(id)",
        try: "notify-pane --status \(id) AGENT")
    }
    return to
  }

  private func print(
    _ id: MessageID, _ end: Disposition, host: Host, to: Address?
  ) throws {
    if output.json {
      Output.json(Line(id, end, host, to))
    } else {
      let reason = end.reason == .none ? "" : " (\(end.reason.rawValue))"
      let name = to.map { " → \($0)" } ?? ""
      Output.line("\(id)\(name) (\(host)): \(end.outcome.rawValue)\(reason)")
    }
    guard end.outcome.isSuccess else { throw Failure.said(end.outcome.status) }
  }

  private struct Line: Encodable {
    let schema = 1
    let ok: Bool
    let exit: Int32
    let id: String
    let to: String?
    let host: String
    let outcome: String
    let reason: String

    init(_ id: MessageID, _ end: Disposition, _ host: Host, _ to: Address?) {
      (self.id, self.to, self.host) = (id.text, to?.text, host.name)
      (ok, exit) = (end.outcome.isSuccess, end.outcome.exitCode)
      (outcome, reason) = (end.outcome.rawValue, end.reason.rawValue)
    }
  }
}
