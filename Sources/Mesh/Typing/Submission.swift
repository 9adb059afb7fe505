/// One look at a pane, read.
package struct Look: Sendable, Equatable {
  package let facts: PaneFacts
  package let screen: Screen
  package let reading: Reading

  package init(_ facts: PaneFacts, _ screen: Screen, _ reading: Reading) {
    self.facts = facts
    self.screen = screen
    self.reading = reading
  }

  /// Reads facts and screen.
  package init(
    _ facts: PaneFacts, _ screen: Screen, profiles: [Profile], delivered: [String] = []
  ) {
    self.init(
      facts, screen, ScreenReader.read(facts, screen, profiles: profiles, delivered: delivered))
  }
}

/// What was typed, as far as it can be found again on a screen.
package struct TypedText: Sendable, Equatable {
  /// The first 8 characters of the id, which stand in the tag.
  let mark: String
  /// The last characters of the text, without blanks.
  let tail: [Character]
  let echoes: Bool
  /// Longer than a screen shows beside everything else: after it was taken, none of it may be in sight.
  let isLong: Bool

  /// - Parameters:
  ///   - id: the message's.
  ///   - end: the text as it was typed, or its last part.
  ///   - echoes: whether the program shows what is typed.
  ///   - isLong: whether it may scroll away as soon as it is taken.
  package init(id: String, end: String, echoes: Bool = true, isLong: Bool = false) {
    self.isLong = isLong
    mark = String(id.prefix(8))
    tail = Array(TypedOnScreen.squeezed(end).suffix(24))
    self.echoes = echoes
  }
}

/// Was it submitted?
package enum Submission {
  package enum Verdict: String, Sendable {
    /// The composer held it and let go of it.
    case submitted
    /// It still stands in the composer: one more Enter, looked at like the first.
    case held
    /// The program does not show what is typed.
    case typed
    case undecided
  }

  package enum BeforeEnter: Sendable, Equatable {
    case press
    /// The text is not to be seen yet.
    case wait
    /// Something came in between: no Enter.
    case stop(Refusal)
  }

  /// Whether Enter may be pressed: the composer holds our text, no dialog has come, the same program reads.
  package static func beforeEnter(before: Look, afterPaste: Look, _ typed: TypedText) -> BeforeEnter
  {
    switch afterPaste.reading.state {
    case .dead: return .stop(.deadPane)
    case .inputOff: return .stop(.inputOff)
    case .password: return .stop(.password)
    case .dialog: return .stop(.dialog)
    case .mode: return .stop(.mode)
    default: break
    }
    guard isSameProgram(before.facts, afterPaste.facts) else { return .stop(.unknownScreen) }
    if !typed.echoes || TypedOnScreen(afterPaste, typed).isHeld { return .press }
    return .wait
  }

  /// - Parameters:
  ///   - before: before the paste.
  ///   - afterPaste: with the text in the composer, before Enter; nil when tmux itself looked.
  ///   - now: after Enter.
  package static func verdict(before: Look, afterPaste: Look?, now: Look, _ typed: TypedText)
    -> Verdict
  {
    guard now.facts.panePID == before.facts.panePID, !now.facts.dead else { return .undecided }
    if !typed.echoes { return .typed }
    let seen = TypedOnScreen(now, typed)
    if seen.isHeld { return .held }
    if seen.isInTranscript { return .submitted }
    let wasHeld = afterPaste.map { TypedOnScreen($0, typed).isHeld } ?? false
    switch now.reading.beneathHuman {
    case .ready, .busyAccepting:
      if seen.isVisible || seen.endIsVisible { return .submitted }
      // Gone, and nowhere to be seen: only what is long or folded may be so. Some programs lose what they are given.
      let mayBeHidden = typed.isLong || now.reading.profile?.signs.folds.isEmpty == false
      return wasHeld && mayBeHidden ? .submitted : .undecided
    case .shellPrompt:
      return wasHeld && before.reading.state == .shellPrompt ? .submitted : .undecided
    case .busyRefusing, .unknown, .draft:
      return wasHeld && seen.isVisible ? .submitted : .undecided
    default: return .undecided
    }
  }

  private static func isSameProgram(_ one: PaneFacts, _ other: PaneFacts) -> Bool {
    one.panePID == other.panePID && one.terminal == other.terminal
      && one.foreground?.first == other.foreground?.first
  }
}
