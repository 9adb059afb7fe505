extension Tmux {
  /// Looks at a pane, types what `decide` makes of the look, and lets `judge` look on.
  ///
  /// One tmux client: the look is printed, the decision is written into the client's stdin, and tmux checks in the
  /// same breath as it pastes that the pane is still as it was seen. Enter is guarded once more. The caller holds
  /// the pane's lock.
  /// - Parameter limit: for the first look, and for handing over the script.
  /// - Parameter decide: nil: type nothing.
  /// - Parameter judge: sees every look after the paste, in order.
  /// - Throws: only when nothing was typed.
  public func deliver<Answer>(
    to pane: PaneID, options: OptionQuery = .none, within limit: Duration = Tmux.deadline,
    decide: (PaneLook) -> TypingScript?, judge: (TypingProgress) -> TypingVerdict<Answer>
  ) throws(Failure) -> TypingEnd<Answer> {
    let end = ContinuousClock.now + limit
    var road = try TypingRoad.looking(self, pane, options)
    let look = try road.firstLook(until: end)
    guard let script = decide(look) else { return .declined }
    try road.run(TypingText(script: script, look: look, marks: road.marks).text, until: end)
    var delivery = TypingState(self, script)
    let ending = delivery.follow(&road, judge)
    // A script that was cut short may have left some.
    if case .undecided = ending { dropBuffers(of: script.id) }
    return ending
  }
}

/// From the paste to the verdict.
private struct TypingState {
  /// Enter is tried to be pressed no more often, pressed or not.
  private static let most = (enters: 2, presses: 6)

  private let tmux: Tmux
  private let script: TypingScript
  private var pasted = false
  private var held = false
  private var enters = 0
  private var presses = 0
  private var since = ContinuousClock.now
  private var end: ContinuousClock.Instant

  init(_ tmux: Tmux, _ script: TypingScript) {
    (self.tmux, self.script) = (tmux, script)
    // The waits of the script itself, and time for a busy machine.
    var whole = script.patience + .seconds(3)
    if case .whenSeen(_, let delay) = script.submission { whole += delay }
    end = .now + whole
  }

  mutating func follow<Answer>(
    _ road: inout TypingRoad, _ judge: (TypingProgress) -> TypingVerdict<Answer>
  ) -> TypingEnd<Answer> {
    while let event = try? road.next(until: end) {
      switch event {
      case .refused: return .moved
      case .pasted: (pasted, since) = (true, .now)
      case .entered: (enters, held, since) = (enters + 1, false, .now)
      case .held: held = true
      case .end:
        guard !pasted, hasGone(&road) else { return undecided() }
        tmux.dropBuffers(of: script.id)
        return .moved
      case .look(let look):
        switch judge(progress(look)) {
        case .done(let answer): return .judged(answer)
        case .lookOn: break
        case .pressEnter: press(look, &road)
        }
      }
    }
    return undecided()
  }

  private func undecided<Answer>() -> TypingEnd<Answer> {
    .undecided(pasted: pasted, enters: enters)
  }

  private func progress(_ look: PaneLook) -> TypingProgress {
    TypingProgress(look: look, enters: enters, isHeld: held, elapsed: .now - since)
  }

  /// The pane disappeared before the paste.
  private func hasGone(_ road: inout TypingRoad) -> Bool {
    guard case .refused(let words) = road.ending(until: end) else { return false }
    return words.contains("can't find pane")
  }

  /// A second client presses Enter, if the pane is still as the judge saw it, and looks on.
  private mutating func press(_ look: PaneLook, _ road: inout TypingRoad) {
    guard enters < TypingState.most.enters, presses < TypingState.most.presses else { return }
    presses += 1
    let patience = script.patience
    let soon = ContinuousClock.now + patience + .seconds(3)
    let id = script.id
    guard
      let next = try? TypingRoad.running(
        { TypingText.pressing(look, id: id, $0, for: patience) }, tmux, look.pane, until: soon)
    else { return }
    road = next
    end = soon
  }
}
