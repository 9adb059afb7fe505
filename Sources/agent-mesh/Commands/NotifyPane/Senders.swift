internal import Mesh
internal import MeshHost

/// Who is sending, with errors as failures.
enum Senders {
  static func identify(
    _ site: Site, _ trusted: TrustedKeys, as name: String?, to: String? = nil
  ) throws(Failure) -> SenderIdentity {
    do {
      return try SenderIdentity(
        site, hosts: trusted.hosts, as: name, to: to.flatMap { try? Address(validating: $0) })
    } catch { throw failure(error, name ?? site.environment.agentName ?? "") }
  }

  /// Why no pane speaks here, though one may have been expected; one line, and the command that helps.
  static func explain(_ sender: SenderIdentity, _ site: Site) {
    guard sender.pane == nil else { return }
    if let service = sender.service {
      Output.note("notify-pane: \(words(service)); it speaks as \(sender.address)")
      Output.note("  try: \(help(service))")
    } else if sender.panes == nil, let path = site.missingSocket {
      let failure = Failure(Tmux.Failure.unreachable(path: path, why: "not there"))
      Output.note("notify-pane: it speaks as \(sender.address): \(failure.text)")
      failure.hint.map { Output.note("  try: \($0)") }
    }
  }

  static func words(_ service: SharedService) -> String {
    "this process runs below \(service.program) (pid \(service.pid)), which serves others, so no pane can be named for it"
  }

  static func words(_ served: ServedPanes, as host: Host) -> String {
    "\(served.service.program) (pid \(served.service.pid)) runs the commands of \(served.count.counted("pane")): what they send before they have received a message is \(host)'s, and no pane's"
  }

  static func help(_ service: SharedService) -> String {
    let claim = "notify-pane --as <address of the agent's pane> …"
    guard service.program == "codex" else { return claim }
    return "\(claim)   or, in Codex's config.toml: [features] daemon_auto_start = false"
  }

  private static func failure(_ error: SenderError, _ wish: String) -> Failure {
    let name = SafeText.line(wish, limit: 60)
    switch error {
    case .badName:
      return .usage("\(name) is no address to send as; nothing was sent")
    case .inPane(let own):
      return Failure(
        code: 6, reason: Reason.spoofed.rawValue,
        text: "this process is in the pane \(own) and cannot speak as \(name); nothing was sent",
        hint: "unset AGENT_NAME")
    case .held:
      return Failure(
        code: 6, reason: Reason.spoofed.rawValue,
        text: "\(name) is a live pane, and this process is not in it; nothing was sent")
    case .notServed(let service):
      return Failure(
        code: 6, reason: Reason.spoofed.rawValue,
        text:
          "\(name) is a live pane that \(service.program) (pid \(service.pid)), below which this process runs, does not serve; nothing was sent"
      )
    case .foreign:
      return Failure(
        code: 6, reason: Reason.spoofed.rawValue,
        text: "\(name) is no address of this host; nothing was sent")
    case .tmux(let error): return Failure(error)
    }
  }
}
