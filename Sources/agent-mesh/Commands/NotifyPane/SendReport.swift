internal import Mesh
internal import MeshCrypto
internal import MeshHost

/// The report of `notify-pane` about a message that was sent.
struct SendReport {
  let order: Order
  let route: Route
  let delivered: Delivered
  /// `<session>:<index>` of the recipient.
  var target: String?
  /// The id of an earlier message in the recipient's input, if it can be seen from this host.
  var held: String?
  /// Names similar to a mistyped one.
  var near: [Address] = []

  /// - Parameter quietly: print nothing about a success.
  func print(json: Bool, quietly: Bool, _ site: Site) throws {
    let outcome = delivered.disposition.outcome
    guard outcome.isSuccess else {
      var failure = failure
      if outcome == .unknownAgent { explain(&failure, site) }
      guard json else { throw failure }
      Output.json(object(failure))
      throw Failure.said(outcome.status)
    }
    if json { return Output.json(object()) }
    if quietly { return }
    if let now = delivered.to, now != route.to {
      Output.note("notify-pane: \(route.to) is called \(now) now")
    }
    let target = target.map { "[\($0)]" } ?? ""
    let evidence = Failure.evidence(delivered.disposition.reason)
    Output.line("→ \(route.to) (\(route.host)\(target)): \(outcome.rawValue)\(evidence)")
    if let path {
      Output.line("\(route.host):\(SafeText.line(path, limit: 512)) \(delivered.digest ?? "-")")
    }
    if outcome == .queued {
      Output.note("notify-pane: to see what becomes of it: notify-pane --status \(order.id.short)")
    } else if outcome == .shown {
      Output.note(
        "notify-pane: shown on the terminal of \(route.to), where no agent reads; not typed")
    }
  }

  /// An unknown name is mistyped, or there is no tmux server that could have the pane.
  private func explain(_ failure: inout Failure, _ site: Site) {
    if route.to == Address(route.host) { return explainHost(&failure) }
    if !near.isEmpty { failure.hints = Failure.near(near) }
    guard route.alias == nil else { return }
    do { _ = try site.tmux.serverIdentity() } catch Tmux.Failure.noServer {
      let isNamed = site.environment.filled("TMUX_SOCKET") != nil
      failure.text = isNamed ? "no tmux server listens at TMUX_SOCKET" : "\(Tmux.Failure.noServer)"
      failure.text += ", so there is no pane \(route.to)"
      failure.hints = [isNamed ? "unset TMUX_SOCKET" : "tmux new-session -d -s main"]
    } catch {}
    if let leftOut = Failure.leftOut(route.to.text, site) {
      (failure.text, failure.hints) = (leftOut.text, leftOut.hints)
    }
  }

  /// The name of a host alone is the sender of what was sent from no pane.
  private func explainHost(_ failure: inout Failure) {
    let isAnswer = order.inReplyTo != nil
    failure.text =
      isAnswer
      ? "it was sent from no pane of \(route.host): nobody there can be answered"
      : "\(route.host) is a host, and no agent of it is called so"
    if isAnswer { failure.hints = ["notify-pane --list"] }
  }

  /// The path of the file on the recipient's host; `nil` if none was stored.
  private var path: String? {
    delivered.receipt?.name.map { "~/.agent-inbox/\(order.from)/\($0.decoded)" }
  }

  var failure: Failure {
    var failure = Failure(delivered.disposition, to: route, order.id)
    if order.options.force, Self.forced.contains(delivered.disposition.reason) {
      failure.text += "; --force is not admitted there (@agent-allow-force)"
    }
    if let held { failure.text += " (message \(held))" }
    if let said = delivered.said { failure.text += " (\(said))" }
    if let wait = order.options.wait, delivered.disposition.outcome == .notReady {
      failure.text += ", after \(wait) s of waiting"
      failure.hints.removeAll { $0.contains("--wait") }
    }
    if let path {
      failure.text = failure.text.replacing(
        Failure.storedPlace(route.to), with: "the file is in \(SafeText.line(path, limit: 512))")
    }
    return failure
  }

  /// What `--force` types over, where the recipient admits it.
  private static let forced: [Reason] = [.draft, .unsubmitted, .busy, .humanTyping]

  /// - Parameter failure: the error that people see; `nil` for a success.
  private func object(_ failure: Failure? = nil) -> JSONObject {
    let (outcome, reason) = (delivered.disposition.outcome, delivered.disposition.reason)
    return [
      "ok": outcome.isSuccess, "exit": outcome.exitCode, "id": order.id.text,
      "from": order.from.text, "to": (delivered.to ?? route.to).text, "host": route.host.name,
      "outcome": outcome.rawValue, "reason": reason.rawValue, "proven": delivered.receipt != nil,
      "error": failure?.sentence(.sending), "hint": failure?.hints.first, "path": path,
      "bytes": order.attachment?.file.size, "digest": delivered.digest,
    ]
  }
}

/// `notify-pane --dry-run`: where a message would go, and what would probably happen to it there.
struct DryRun {
  let order: Order
  let route: Route

  func print(_ site: Site, _ sending: borrowing Sending, json: Bool) throws {
    let (forecast, reason) = try forecast(site, sending)
    if json {
      return Output.json([
        "ok": true, "from": order.from.text, "to": route.to.text, "host": route.host.name,
        "key": route.key.fingerprint, "bytes": order.body.count,
        "file": order.attachment?.name.text, "way": route.alias.map { "ssh \($0)" } ?? "local",
        "forecast": forecast, "reason": reason,
      ])
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

  /// What the recipient's host would answer: an outcome, or `unknown`. Only this host's own lists
  /// and screens can be looked at.
  private func forecast(_ site: Site, _ sending: borrowing Sending) throws -> (String, String?) {
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
    let seen = try RecipientReading(site, hosts: sending.trusted.hosts, at: route.to)
    switch seen?.treatment {
    case nil: return (Outcome.unknownAgent.rawValue, nil)
    case .type: return (Outcome.submitted.rawValue, nil)
    // A message that may wait is for an agent: it waits for one in place of being shown.
    case .show where order.options.queue || order.options.wait != nil: return waiting(.shell)
    case .show: return (Outcome.shown.rawValue, nil)
    case .refuse(let refusal): return waiting(refusal)
    }
  }

  private func waiting(_ refusal: Refusal) -> (String, String?) {
    let outcome: Outcome = order.options.queue ? .queued : .notReady
    return (outcome.rawValue, refusal.rawValue)
  }
}
