/// What a pane is ready for, at one look.
package enum PaneState: String, Sendable, CaseIterable {
  /// An empty composer, or a program that waits for a line: text and Enter make a message.
  case ready
  /// Something is half typed.
  case draft
  /// A question is open that a key would answer.
  case dialog
  /// The terminal reads without echo.
  case password
  /// The program is working, but queues what is typed.
  case busyAccepting = "busy-accepting"
  case busyRefusing = "busy-refusing"
  /// A shell, an interpreter's prompt, or a client connected to something else:
  /// messages are shown, not typed.
  case shellPrompt = "shell-prompt"
  /// Keys or text would be commands: tmux's copy mode, a command mode of the program, an editor.
  case mode
  case inputOff = "input-off"
  case dead
  case humanTyping = "human-typing"
  case unknown
}

/// The state of a pane, with the reasons. `ScreenReader` makes it; typing, `look`, `list` and
/// `doctor` use it.
package struct Reading: Sendable, Equatable {
  package let state: PaneState
  /// The state if the human at the keyboard is ignored, as `force` does.
  package let beneathHuman: PaneState
  /// The profile that matches, if any.
  package let profile: Profile?
  /// The recipient's kind, if known: that of the profile, or `reader` for a program that reads
  /// lines; `nil` if unknown.
  package let kind: Profile.Kind?
  /// Short sentences, safe to print.
  package let evidence: [String]
  /// Where text goes, if that was found.
  package let composer: ComposerPlace?
  /// Whether a shell's or interpreter's prompt is empty: nothing is half typed.
  package let lineIsEmpty: Bool
  /// The draft is an earlier message of ours, not submitted.
  package let held: HeldMessage?
}

/// A message that we typed and that still is in the composer.
package struct HeldMessage: Sendable, Equatable {
  /// The first 8 characters of its id.
  package let mark: String
  /// The composer holds the message and nothing else. Otherwise it ends with the message's end.
  package let isAlone: Bool
}

/// A reading while it is being made.
struct Finding {
  var state: PaneState
  var profile: Profile?
  var kind: Profile.Kind?
  var evidence: [String]
  var composer: ComposerPlace?
  var lineIsEmpty = false
  var held: HeldMessage?

  init(
    _ state: PaneState, _ evidence: String..., profile: Profile? = nil, kind: Profile.Kind? = nil
  ) {
    (self.state, self.evidence) = (state, evidence)
    (self.profile, self.kind) = (profile, kind ?? profile?.kind)
  }
}

extension Reading {
  /// The row that decided (the composer's or the cursor's), made safe to print, so that a person
  /// sees whether a draft is real or an error. `nil` if it would not help. It may contain what a
  /// person typed, so show it only to this account.
  package func row(_ facts: PaneFacts, _ screen: Screen) -> String? {
    guard [.draft, .unknown, .mode].contains(beneathHuman) else { return nil }
    let text = screen.row(composer?.row ?? facts.bounded.cursorY).text()
    let shown = SafeText.line(
      text.split(whereSeparator: \.isWhitespace).joined(separator: " "), limit: 80)
    return shown.isEmpty ? nil : shown
  }
}

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
