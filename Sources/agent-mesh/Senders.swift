internal import Mesh
internal import MeshHost

/// Who is sending, with errors as failures.
enum Senders {
  static func identify(
    _ site: Site, _ trusted: TrustedKeys, as name: String?, to: String? = nil
  ) throws(Failure) -> SenderIdentity {
    let wish = name ?? site.environment.agentName
    do {
      return try SenderIdentity(
        site, hosts: trusted.hosts, as: wish, to: to.flatMap { try? Address(validating: $0) })
    } catch { throw failure(error, wish ?? "") }
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
    case .foreign:
      return Failure(
        code: 6, reason: Reason.spoofed.rawValue,
        text: "\(name) is no address of this host; nothing was sent")
    case .tmux(let error): return Failure(error)
    }
  }
}
