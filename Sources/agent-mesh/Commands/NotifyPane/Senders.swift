internal import Mesh
internal import MeshHost

/// Who is sending.
enum Senders {
  static func identify(
    _ site: Site, _ trusted: TrustedKeys, as name: String?, to: String? = nil
  ) throws -> SenderIdentity {
    do {
      return try SenderIdentity(
        site, hosts: trusted.hosts, as: name, to: to.flatMap { try? Address(validating: $0) })
    } catch { throw Failure(error, name ?? site.environment.agentName ?? "") }
  }

  /// Why no pane speaks here, though one may have been expected; one line, and the command that helps.
  static func explain(_ sender: SenderIdentity) {
    guard let service = sender.service, sender.pane == nil else { return }
    Output.note("notify-pane: \(words(service)); it speaks as \(sender.address)")
    Output.note("  try: \(help)")
    if service.program == "codex" {
      Output.note("  in Codex's config.toml, [features] daemon_auto_start = false avoids it")
    }
  }

  static func words(_ service: SharedService) -> String {
    "this process runs below \(service.program) (pid \(service.pid)), which serves others, so no pane can be named for it"
  }

  /// The address is that of the agent's own pane.
  static let help = "notify-pane --as ADDRESS …"
}
