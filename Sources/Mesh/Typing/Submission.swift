/// The right to press Enter once. Only a look that permits it makes one: our text stands in the composer, alone, no dialog
/// or password prompt has come, nobody is typing, and the program that was read before still reads.
package struct EnterPermit: Sendable, Equatable {
  fileprivate init() {}
}

/// May Enter be pressed, and was it submitted? Both are read from looks, and from nothing else.
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
    case press(EnterPermit)
    /// The text is not to be seen yet, or not whole.
    case wait
    /// A person types, or typed behind our text: no Enter while this is so.
    case person
    /// Something came in between: no Enter.
    case stop(Refusal)
  }

  /// - Parameters:
  ///   - before: before the paste.
  ///   - now: with the text in the composer.
  ///   - again: an Enter was pressed already, and may have become a line end.
  package static func beforeEnter(
    before: Look, now: Look, _ typed: TypedText, again: Bool = false
  ) -> BeforeEnter {
    switch now.reading.state {
    case .dead: return .stop(.deadPane)
    case .inputOff: return .stop(.inputOff)
    case .password: return .stop(.password)
    case .dialog: return .stop(.dialog)
    case .mode: return .stop(.mode)
    default: break
    }
    guard isSameProgram(before.facts, now.facts), before.facts.terminal == now.facts.terminal
    else { return .stop(.unknownScreen) }
    if now.facts.humanActive, !before.facts.humanActive { return .person }
    guard typed.echoes else { return .press(EnterPermit()) }
    switch TypedOnScreen(now, typed, behindDraft: before.reading.beneathHuman == .draft).hold {
    case .alone: return .press(EnterPermit())
    case .newline: return again ? .press(EnterPermit()) : .person
    case .mixed: return .person
    case .none, .partly: return .wait
    }
  }

  /// Never a success while a dialog, a password prompt or another program stands there.
  /// - Parameters:
  ///   - before: before the paste.
  ///   - afterPaste: with the text in the composer, before Enter; nil when it was not seen there.
  ///   - now: after Enter.
  package static func verdict(before: Look, afterPaste: Look?, now: Look, _ typed: TypedText)
    -> Verdict
  {
    // What was typed at a shell's prompt runs there, as its owner wants.
    let atShell = before.reading.state == .shellPrompt
    guard now.facts.panePID == before.facts.panePID, !now.facts.dead,
      atShell || isSameProgram(before.facts, now.facts)
    else { return .undecided }
    switch now.reading.beneathHuman {
    case .dialog, .password, .mode, .inputOff, .dead: return .undecided
    default: break
    }
    if !typed.echoes { return .typed }
    let draft = before.reading.beneathHuman == .draft
    let seen = TypedOnScreen(now, typed, behindDraft: draft)
    if seen.isHeld { return .held }
    if seen.isInTranscript { return .submitted }
    let wasHeld = afterPaste.map { TypedOnScreen($0, typed, behindDraft: draft).isHeld } ?? false
    return wasHeld || seen.isVisible ? gone(before, now, typed, seen, wasHeld: wasHeld) : .undecided
  }

  /// It stands in no composer any more.
  private static func gone(
    _ before: Look, _ now: Look, _ typed: TypedText, _ seen: TypedOnScreen, wasHeld: Bool
  ) -> Verdict {
    let isKnown = now.reading.profile != nil
    let canonical = now.facts.terminal?.canonical == true
    // Of a program that we do not know, a row of its composer may look like an empty one.
    if !isKnown, !canonical, now.facts.terminal == before.facts.terminal, seen.isRightAbove {
      return .undecided
    }
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
    one.panePID == other.panePID && one.foreground?.first == other.foreground?.first
  }
}
