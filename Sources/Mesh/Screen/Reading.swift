/// What a pane is ready for, at one look.
package enum PaneState: String, Sendable, CaseIterable {
  /// An empty composer, or a program that waits for a line: text and Enter make a message.
  case ready
  /// Something is half typed.
  case draft
  /// A question is open that a key would answer.
  case dialog
  /// The terminal reads without showing.
  case password
  /// The program works, and queues what is typed.
  case busyAccepting = "busy-accepting"
  case busyRefusing = "busy-refusing"
  /// A shell, an interpreter's prompt, or a client behind which something else stands: messages are shown, not typed.
  case shellPrompt = "shell-prompt"
  /// Keys or text would be commands: tmux's copy mode, a command mode of the program, an editor.
  case mode
  case inputOff = "input-off"
  case dead
  case humanTyping = "human-typing"
  case unknown
}

/// How a pane was read, and why.
package struct Reading: Sendable, Equatable {
  package let state: PaneState
  /// The state with no regard to the human at the keyboard: what `force` has to do with.
  package let beneathHuman: PaneState
  /// The profile that fits, if any.
  package let profile: Profile?
  /// What the recipient is, as far as it is known: the profile's kind, `reader` for what reads lines; nil for an unknown program.
  package let kind: Profile.Kind?
  /// Short sentences, safe for a terminal.
  package let evidence: [String]
  /// Where text goes in, when that was found.
  package let composer: ComposerPlace?
  /// At a shell's or interpreter's prompt: nothing is half typed.
  package let lineIsEmpty: Bool
}

/// A reading while it is being made.
struct Finding {
  var state: PaneState
  var profile: Profile?
  var kind: Profile.Kind?
  var evidence: [String]
  var composer: ComposerPlace?
  var lineIsEmpty = false

  init(
    _ state: PaneState, _ evidence: String..., profile: Profile? = nil, kind: Profile.Kind? = nil
  ) {
    self.state = state
    self.evidence = evidence
    self.profile = profile
    self.kind = kind ?? profile?.kind
  }
}

extension Reading {
  /// The row that decided, the composer's or the cursor's, made safe for a terminal: a person sees at once whether a draft is
  /// somebody's or rubbish. Nil where it is of no help. It may hold what a person typed: for this account's eyes alone.
  package func row(_ facts: PaneFacts, _ screen: Screen) -> String? {
    guard [.draft, .unknown, .mode].contains(beneathHuman) else { return nil }
    let text = screen.row(composer?.row ?? facts.bounded.cursorY).text()
    let shown = SafeText.line(
      text.split(whereSeparator: \.isWhitespace).joined(separator: " "), limit: 80)
    return shown.isEmpty ? nil : shown
  }
}
