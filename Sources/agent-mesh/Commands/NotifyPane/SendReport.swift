internal import Mesh
internal import MeshHost

/// What `notify-pane` says of a message that was sent.
struct SendReport {
  let order: Order
  let route: Route
  let delivered: Delivered
  /// Names that a mistyped one may have meant.
  let near: [Address]

  /// - Parameter quietly: says nothing of a success.
  func print(json: Bool, quietly: Bool = false) throws(Failure) {
    let outcome = delivered.disposition.outcome
    guard outcome.isSuccess || !json else {
      Output.json(Line(self))
      throw Failure.said(outcome.exitCode)
    }
    guard outcome.isSuccess else { throw failure }
    if json { return Output.json(Line(self)) }
    if quietly { return }
    if let now = delivered.to, now != route.to {
      Output.note("notify-pane: \(route.to) is called \(now) now")
    }
    let target = route.target.map { "[\($0)]" } ?? ""
    let evidence = Words.evidence(delivered.disposition.reason)
    Output.line("→ \(route.to) (\(route.host)\(target)): \(outcome.rawValue)\(evidence)")
    if let path {
      Output.line("\(route.host):\(SafeText.line(path, limit: 512)) \(delivered.digest ?? "-")")
    }
  }

  /// Where a file lies on its host; nil when none landed.
  private var path: String? {
    delivered.receipt?.name.map { "~/.agent-inbox/\(order.from)/\($0.decoded)" }
  }

  private var failure: Failure {
    let disposition = delivered.disposition
    let words = Words.of(disposition, to: route, order.id)
    var text = words.text
    if let said = delivered.said { text += " (\(said))" }
    if let path { text += "\n  there: \(SafeText.line(path, limit: 512))" }
    return Failure(
      code: disposition.outcome.exitCode, reason: disposition.reason.rawValue, text: text,
      hint: near.isEmpty ? words.hint : near.map(\.text).joined(separator: ", "))
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

    init(_ report: SendReport) {
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
      error = ok ? nil : report.failure.text
      hint = ok ? nil : report.failure.hint
      path = report.path
      bytes = report.order.attachment?.file.size
      digest = report.delivered.digest
    }
  }
}
