extension Tmux {
  /// Looks at a pane, types what `decide` makes of the look, and lets `judge` look on.
  ///
  /// One tmux client: the look is printed, the decision is written into the client's stdin, and tmux checks in the
  /// same breath as it pastes that the pane is still as it was seen. Enter is guarded once more. The caller holds
  /// the pane's lock.
  /// - Parameter limit: for the first look, and for handing over the script.
  /// - Parameter meanwhile: what there is to do until tmux has told what it shows.
  /// - Parameter decide: nil: type nothing.
  /// - Parameter judge: sees every look after the paste, in order.
  /// - Throws: only when nothing was typed.
  package func deliver<Answer>(
    to pane: PaneID, options: OptionQuery = .none, within limit: Duration = Tmux.deadline,
    meanwhile: () -> Void = {}, decide: (PaneLook) -> TypingScript?,
    judge: (TypingProgress) -> TypingVerdict<Answer>
  ) throws(Failure) -> TypingEnd<Answer> {
    let end = ContinuousClock.now + limit
    var road = try TypingRoad.looking(self, pane, options)
    meanwhile()
    let look = try road.firstLook(until: end)
    guard let script = decide(look) else { return .declined }
    let text = TypingText(script: script, look: look, marks: road.marks)
    try road.run(text.first, after: look.place, until: end)
    var typing = TypingState(self, script, look)
    let ending = typing.follow(&road, judge)
    if typing.mayHaveLeftBuffers { dropBuffers(of: script.id) }
    return ending
  }
}
