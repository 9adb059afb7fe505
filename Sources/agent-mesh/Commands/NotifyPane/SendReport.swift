internal import Mesh
internal import MeshHost

/// What `notify-pane` says of a message that was sent.
struct SendReport {
  let order: Order
  let route: Route
  let delivered: Delivered
  /// The earlier message that stands in the recipient's input, as far as it can be seen from here.
  var held: String?

  /// - Parameter quietly: says nothing of a success.
  /// - Parameter near: names that a mistyped one may have meant.
  func print(json: Bool, quietly: Bool = false, site: Site, near: () -> [Address]) throws {
    let outcome = delivered.disposition.outcome
    guard outcome.isSuccess else {
      var failure = failure
      if outcome == .unknownAgent { explain(&failure, site, near()) }
      guard json else { throw failure }
      Output.json(Line(self, failure))
      throw Failure.said(outcome.status)
    }
    if json { return Output.json(Line(self, nil)) }
    if quietly { return }
    if let now = delivered.to, now != route.to {
      Output.note("notify-pane: \(route.to) is called \(now) now")
    }
    let target = route.target.map { "[\($0)]" } ?? ""
    let evidence = Failure.evidence(delivered.disposition.reason)
    Output.line("→ \(route.to) (\(route.host)\(target)): \(outcome.rawValue)\(evidence)")
    if let path {
      Output.line("\(route.host):\(SafeText.line(path, limit: 512)) \(delivered.digest ?? "-")")
    }
    switch outcome {
    case .queued:
      Output.note("notify-pane: to see what becomes of it: notify-pane --status \(order.id.short)")
    case .shown:
      Output.note(
        "notify-pane: shown on the terminal of \(route.to), where no agent reads; not typed")
    default: break
    }
  }

  /// An unknown name may be a mistyped one, or there is no server in which it could be.
  private func explain(_ failure: inout Failure, _ site: Site, _ near: [Address]) {
    if !near.isEmpty { failure.hints = Failure.near(near) }
    guard route.alias == nil else { return }
    do { _ = try site.tmux.serverIdentity() } catch Tmux.Failure.noServer {
      let isNamed = site.environment.filled("TMUX_SOCKET") != nil
      failure.text = isNamed ? "no tmux server listens at TMUX_SOCKET" : "\(Tmux.Failure.noServer)"
      failure.text += ", so there is no pane \(route.to)"
      failure.hints = [isNamed ? "unset TMUX_SOCKET" : "tmux new-session -d -s main"]
    } catch {}
  }

  /// Where a file lies on its host; nil when none landed.
  private var path: String? {
    delivered.receipt?.name.map { "~/.agent-inbox/\(order.from)/\($0.decoded)" }
  }

  var failure: Failure {
    var failure = Failure(delivered.disposition, to: route, order.id)
    if let held { failure.text += " (message \(held))" }
    if let said = delivered.said { failure.text += " (\(said))" }
    if let wait = order.options.wait, delivered.disposition.outcome == .notReady {
      failure.text += ", after \(wait) s of waiting"
      failure.hints.removeAll { $0.contains("--wait") }
    }
    if let path { failure.text += " (\(SafeText.line(path, limit: 512)))" }
    return failure
  }

  private struct Line: Encodable {
    let schema = 1
    let ok: Bool
    let exit: Int32
    let id: String
    let from: String
    let to: String
    let host: String
    let outcome: String
    let reason: String
    let proven: Bool
    /// As people are told it; absent when all is well.
    let error: String?
    let hint: String?
    /// Of a file: where it lies on its host, how long it is, and its BLAKE2b-256.
    let path: String?
    let bytes: Int64?
    let digest: String?

    init(_ report: SendReport, _ failure: Failure?) {
      let disposition = report.delivered.disposition
      ok = disposition.outcome.isSuccess
      exit = disposition.outcome.exitCode
      id = report.order.id.text
      from = report.order.from.text
      to = (report.delivered.to ?? report.route.to).text
      host = report.route.host.name
      outcome = disposition.outcome.rawValue
      reason = disposition.reason.rawValue
      proven = report.delivered.receipt != nil
      error = failure?.sentence(.sending)
      hint = failure?.hints.first
      path = report.path
      bytes = report.order.attachment?.file.size
      digest = report.delivered.digest
    }
  }
}
