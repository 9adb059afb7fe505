internal import Mesh
internal import MeshHost

/// The sender of messages from this process.
enum Senders {
  static func identify(
    _ site: Site, _ trusted: TrustedKeys, as name: String?, to: String? = nil
  ) throws -> SenderIdentity {
    do {
      return try SenderIdentity(
        site, hosts: trusted.hosts, as: name, to: to.flatMap { try? Address(validating: $0) })
    } catch {
      throw Failure(error, name ?? site.environment.agentName ?? "", isOption: name != nil)
    }
  }

  /// Says why no pane was found for this process, and which command helps.
  static func explain(_ sender: SenderIdentity, _ site: Site) {
    guard sender.pane == nil else { return }
    if let service = sender.service {
      Output.note("notify-pane: \(words(service)); it speaks as \(sender.address)")
      Output.note("  try: \(help(service))")
    } else if let path = site.missingSocket {
      let failure = Failure(Tmux.Failure.unreachable(path: path, why: "not there"))
      Output.note("notify-pane: it speaks as \(sender.address): \(failure.text)")
      for hint in failure.hints { Output.note("  try: \(hint)") }
    }
  }

  static func words(_ service: SharedService) -> String {
    "this process runs below \(service.program) (pid \(service.pid)), which serves others, so no pane can be named for it"
  }

  static func words(_ served: ServedPanes, as host: Host) -> String {
    "\(served.service.program) (pid \(served.service.pid)) runs the commands of \(served.count.counted("pane")): what they send before they have received a message is \(host)'s, and no pane's"
  }

  /// How to name the sender; the user fills in the address of the agent's own pane.
  static func help(_ service: SharedService) -> String {
    let claim = "notify-pane --as ADDRESS …"
    guard service.program == "codex" else { return claim }
    return "\(claim)   or, in Codex's config.toml: [features] daemon_auto_start = false"
  }
}
