/// The right to press Enter once. Only a look that permits it creates one: our text is alone in the composer,
/// there is no dialog or password prompt, nobody is typing, and the same program as before reads the pane.
package struct EnterPermit: Sendable, Equatable {
  fileprivate init() {}
}

/// May Enter be pressed, and was the text submitted? Both answers come only from looks.
package enum Submission {
  package enum Verdict: String, Sendable {
    /// The text was in the composer and has left it.
    case submitted
    /// The text is still in the composer: press Enter once more, after a look like the first.
    case held
    /// The program does not show typed text.
    case typed
    /// The terminal shows the line, but no program has read it.
    case unread
    case undecided
  }

  package enum BeforeEnter: Sendable, Equatable {
    case press(EnterPermit)
    /// The text is not visible yet, or not completely.
    case wait
    /// A person is typing, or has typed after our text: no Enter for now.
    case person
    /// The pane's state changed meanwhile: no Enter.
    case stop(Refusal)
  }

  /// - Parameters:
  ///   - before: the look before the paste.
  ///   - now: the look with the text in the composer.
  ///   - again: Enter was already pressed once, and may have become a line end.
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

  /// Never a success while the pane shows a dialog, a password prompt or another program.
  /// - Parameters:
  ///   - before: the look before the paste.
  ///   - afterPaste: the look with the text in the composer, before Enter; nil when it was not seen there.
  ///   - now: the look after Enter.
  package static func verdict(before: Look, afterPaste: Look?, now: Look, _ typed: TypedText)
    -> Verdict
  {
    // Text typed at a shell's prompt runs there, which the pane's owner has allowed.
    let atShell = before.reading.state == .shellPrompt
    guard now.facts.panePID == before.facts.panePID, !now.facts.dead,
      atShell || isSameProgram(before.facts, now.facts)
    else { return .undecided }
    switch now.reading.beneathHuman {
    case .dialog, .password, .mode, .inputOff, .dead: return .undecided
    default: break
    }
    if !typed.echoes { return .typed }
    // The terminal itself shows lines, also of a program that reads nothing.
    if now.facts.terminal?.canonical == true, now.facts.unread > 0 { return .unread }
    let draft = before.reading.beneathHuman == .draft
    let seen = TypedOnScreen(now, typed, behindDraft: draft)
    if seen.isHeld { return .held }
    if seen.isInTranscript { return .submitted }
    let wasHeld = afterPaste.map { TypedOnScreen($0, typed, behindDraft: draft).isHeld } ?? false
    return wasHeld || seen.isVisible ? gone(before, now, typed, seen, wasHeld: wasHeld) : .undecided
  }

  /// The text is no longer in any composer.
  private static func gone(
    _ before: Look, _ now: Look, _ typed: TypedText, _ seen: TypedOnScreen, wasHeld: Bool
  ) -> Verdict {
    let isKnown = now.reading.profile != nil
    let canonical = now.facts.terminal?.canonical == true
    // In an unknown program, a row of its composer may look like an empty composer.
    if !isKnown, !canonical, now.facts.terminal == before.facts.terminal, seen.isRightAbove {
      return .undecided
    }
    switch now.reading.beneathHuman {
    case .ready, .busyAccepting:
      if seen.isVisible || seen.endIsVisible { return .submitted }
      // The text is gone and not visible. That is normal only for long or folded text; some programs lose input.
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
