/// From the paste to the verdict: which client runs what next.
struct TypingState {
  /// Enter is tried to be pressed no more often, pressed or not.
  private static let most = (enters: 2, presses: 6)
  /// How long tmux itself waits to see what Enter needs.
  private static let waitForEnter = Duration.seconds(1)

  private let tmux: Tmux
  private let script: TypingScript
  private let first: PaneLook
  private var pasted = false
  private var refused = false
  /// Enter will not be pressed by tmux on its own.
  private var held = false
  private var gaveUp = false
  private var enters = 0
  private var presses = 0
  /// The last thing that was done.
  private var since = ContinuousClock.now
  /// One client's time.
  private var end: ContinuousClock.Instant
  /// Whether this client has brought a look.
  private var looked = false
  private let delay: Duration

  init(_ tmux: Tmux, _ script: TypingScript, _ first: PaneLook) {
    (self.tmux, self.script, self.first) = (tmux, script, first)
    if case .whenSeen(_, let delay) = script.submission {
      self.delay = delay
    } else {
      delay = .zero
    }
    end = .now + delay + Tmux.deadline
  }

  mutating func follow<Answer>(
    _ road: inout TypingRoad, _ judge: (TypingProgress) -> TypingVerdict<Answer>
  ) -> TypingEnd<Answer> {
    while let event = try? road.next(until: end) {
      switch event {
      case .refused:
        refused = true
        return .moved
      case .pasted: (pasted, since) = (true, .now)
      case .entered: (enters, held, since) = (enters + 1, false, .now)
      case .held: (held, since) = (true, .now)
      case .look(let look):
        looked = true
        switch judge(progress(look)) {
        case .done(let answer): return .judged(answer)
        case .lookOn: break
        case .pressEnter: press(look, &road)
        }
      case .end:
        if !pasted, hasGone(&road) { return .moved }
        guard pasted, looked, goOn(&road) else { return undecided() }
      }
    }
    return undecided()
  }

  /// A script deletes its buffers where it ends as it should.
  var mayHaveLeftBuffers: Bool { !refused && (!pasted || awaitsEnter) }

  /// tmux presses Enter as soon as it sees what it needs.
  private var awaitsEnter: Bool {
    guard case .whenSeen = script.submission else { return false }
    return enters == 0 && !held && !gaveUp
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

  /// What the next client does. - Returns: false when the time is over.
  private mutating func goOn(_ road: inout TypingRoad) -> Bool {
    let waited = ContinuousClock.now - since
    if awaitsEnter {
      let isTime = waited < TypingState.waitForEnter + delay
      gaveUp = !isTime
      return start(&road, first) { isTime ? $0.trying : $0.givingUp }
    }
    guard waited < script.patience else { return false }
    return start(&road, first) { $0.looking }
  }

  /// A further client presses Enter, if the pane is still as the judge saw it, and looks on. Not while tmux itself
  /// is still waiting for its moment: that would be two.
  private mutating func press(_ look: PaneLook, _ road: inout TypingRoad) {
    guard enters < TypingState.most.enters, presses < TypingState.most.presses, !awaitsEnter else {
      return
    }
    presses += 1
    _ = start(&road, look) { $0.pressing }
  }

  private mutating func start(
    _ road: inout TypingRoad, _ look: PaneLook, _ text: (TypingText) -> String
  ) -> Bool {
    let soon = ContinuousClock.now + Tmux.deadline
    let script = script
    let next = try? TypingRoad.running(
      { text(TypingText(script: script, look: look, marks: $0)) }, tmux, look.place, until: soon)
    guard let next else { return false }
    road = next
    (end, looked) = (soon, false)
    return true
  }
}
