/// What the program in a pane reports about itself, apart from its screen. It is evidence for
/// reading the screen, and decides nothing alone: `waiting` may make a reading more careful; `idle`
/// makes it less careful only together with a composer that is seen empty.
package struct SessionReport: Sendable, Equatable {
  /// The program's word, made printable. `idle` and `waiting` have a meaning here.
  package let status: String
  /// What it waits for, made printable.
  package let waitingFor: String?

  package init(status: String, waitingFor: String? = nil) {
    self.status = SafeText.line(status, limit: 32)
    self.waitingFor = waitingFor.map { SafeText.line($0, limit: 64) }
  }

  var isIdle: Bool { status == "idle" }
  var isWaiting: Bool { status == "waiting" }

  /// `waiting: permission prompt`
  package var words: String { waitingFor.map { "\(status): \($0)" } ?? status }
}

extension Finding {
  /// States in which a question may be open without a sign of it on the screen.
  private static let mayHideQuestion: Set<PaneState> = [
    .ready, .draft, .busyAccepting, .busyRefusing, .unknown,
  ]

  /// A program that waits for a person has a question open, whether a profile knows it or not.
  func heeding(_ report: SessionReport?) -> Finding {
    guard let report else { return self }
    var finding = self
    let words = "its session reports \(report.words)"
    guard report.isWaiting, Self.mayHideQuestion.contains(state) else {
      finding.evidence.append(words)
      return finding
    }
    finding.state = .dialog
    finding.evidence.insert("a question is open: \(words)", at: 0)
    return finding
  }
}
