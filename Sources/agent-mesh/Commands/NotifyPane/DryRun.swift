internal import Mesh
internal import MeshCrypto
internal import MeshHost

/// `notify-pane --dry-run`: where a message would go, and what would become of it there, as far as this host can know.
struct DryRun {
  let order: Order
  let route: Route

  func print(_ site: Site, _ sending: borrowing Sending, json: Bool) throws {
    let (forecast, reason) = try forecast(site, sending)
    if json {
      return Output.json(
        Report(
          from: order.from.text, to: route.to.text, host: route.host.name,
          key: route.key.fingerprint, bytes: Int64(order.body.count),
          file: order.attachment?.name.text, way: route.alias.map { "ssh \($0)" } ?? "local",
          forecast: forecast, reason: reason))
    }
    let way = route.alias.map { "by ssh to \($0)" } ?? "on this host"
    let foreseen = reason.map { "\(forecast) (\($0))" } ?? forecast
    Output.line(
      "would send \(what) from \(order.from) to \(route.to) (\(route.host), \(way), key \(route.key.fingerprint)); outcome: \(foreseen); nothing was sent"
    )
  }

  private var what: String {
    guard let attachment = order.attachment else { return "\(order.body.count) bytes" }
    return "\(attachment.name) (\(attachment.file.size) bytes)"
  }

  /// What the recipient's host would answer. Only this host's own lists and screens can be looked at.
  private func forecast(
    _ site: Site, _ sending: borrowing Sending
  ) throws -> (String, String?) {
    guard route.alias == nil else { return ("unknown", "decided on \(route.host)") }
    let inspection = try AccessInspection(site, sending.trusted, try Policies(site.home))
    guard let recipient = inspection.panes.recipient(route.to) else {
      return (Outcome.unknownAgent.rawValue, nil)
    }
    let sender = VerifiedSender(
      address: order.from, host: site.host, keyFingerprint: sending.fingerprint, isSelf: true)
    var kinds: [AccessInspection.Kind] = [.messages]
    if order.attachment != nil { kinds.append(.files) }
    for kind in kinds {
      if case .refused(let rule) = try inspection.ruling(sender, to: recipient, kind) {
        return (Outcome.refused.rawValue, "\(rule.level.rawValue): \(SafeText.line(rule.rule))")
      }
    }
    let looking = try Looking(site, hosts: sending.trusted.hosts, at: route.to)
    switch looking.treatment {
    case .type: return (Outcome.submitted.rawValue, nil)
    case .show: return (Outcome.shown.rawValue, nil)
    case .refuse(let refusal):
      return (
        order.options.queue ? Outcome.queued.rawValue : Outcome.notReady.rawValue, refusal.rawValue
      )
    }
  }

  private struct Report: Encodable {
    let schema = 1
    let ok = true
    let from: String
    let to: String
    let host: String
    let key: String
    let bytes: Int64
    let file: String?
    let way: String
    /// An outcome, or `unknown` where only the recipient's host can tell.
    let forecast: String
    let reason: String?
  }
}
