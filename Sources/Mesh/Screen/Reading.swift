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
  /// The state if the human at the keyboard is ignored, as `force` does.
  package internal(set) var beneathHuman: PaneState
  var isHumanTyping = false
  package var state: PaneState { isHumanTyping ? .humanTyping : beneathHuman }
  /// The profile that matches, if any.
  package internal(set) var profile: Profile?
  /// The recipient's kind, if known: that of the profile, or `reader` for a program that reads
  /// lines; `nil` if unknown.
  package internal(set) var kind: Profile.Kind?
  /// Short sentences, safe to print.
  package internal(set) var evidence: [String]
  /// Where text goes, if that was found.
  package internal(set) var composer: ComposerPlace?
  /// Whether a shell's or interpreter's prompt is empty: nothing is half typed.
  package internal(set) var lineIsEmpty = false
  /// The draft is an earlier message of ours, not submitted.
  package internal(set) var held: HeldMessage?

  init(_ state: PaneState, _ evidence: String..., profile: Profile? = nil) {
    (beneathHuman, self.evidence) = (state, evidence)
    (self.profile, kind) = (profile, profile?.kind)
  }
}

/// One look at a pane, read.
package struct Look: Sendable, Equatable {
  package let facts: PaneFacts
  package let screen: Screen
  package let reading: Reading

  package init(
    _ facts: PaneFacts, _ screen: Screen, profiles: [Profile], delivered: [DeliveredText] = []
  ) {
    (self.facts, self.screen) = (facts, screen)
    reading = ScreenReader.read(facts, screen, profiles: profiles, delivered: delivered)
  }

  /// The row that decided (the composer's or the cursor's), made safe to print, so that a person
  /// sees whether a draft is real or an error. `nil` if it would not help. It may contain what a
  /// person typed, so show it only to this account.
  package var row: String? {
    guard [.draft, .unknown, .mode].contains(reading.beneathHuman) else { return nil }
    let text = screen.row(reading.composer?.row ?? facts.bounded.cursorY).text()
    let shown = SafeText.line(
      text.split(whereSeparator: \.isWhitespace).joined(separator: " "), limit: 80)
    return shown.isEmpty ? nil : shown
  }
}

/// A message that we typed and that still is in the composer.
package struct HeldMessage: Sendable, Equatable {
  /// The first 8 characters of its id.
  package let mark: String
  /// The composer holds the message and nothing else. Otherwise it ends with the message's end.
  package let isAlone: Bool
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

extension Reading {
  /// States in which a question may be open without a sign of it on the screen.
  private static let mayHideQuestion: Set<PaneState> = [
    .ready, .draft, .busyAccepting, .busyRefusing, .unknown,
  ]

  /// A program that waits for a person has a question open, whether a profile knows it or not.
  func heeding(_ report: SessionReport?) -> Reading {
    guard let report else { return self }
    var reading = self
    let words = "its session reports \(report.words)"
    if report.isWaiting, Self.mayHideQuestion.contains(beneathHuman) {
      reading.beneathHuman = .dialog
      reading.evidence.insert("a question is open: \(words)", at: 0)
    } else {
      reading.evidence.append(words)
    }
    return reading
  }
}
