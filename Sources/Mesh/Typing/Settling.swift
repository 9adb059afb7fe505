/// Some programs lose input that comes while a turn begins or ends: two looks, a moment apart, must find the
/// program in the same state, with composer and cursor in the same place.
struct Settling: Sendable {
  enum Answer { case steady, never, wait(Duration) }

  private static let gap = Duration.milliseconds(120)
  private static let patience = Duration.seconds(3)

  private struct Sight: Equatable {
    var state: PaneState
    var kind: Profile.Kind?
    var composer: ComposerPlace?
    var cursorX: Int
    var cursorY: Int
  }

  private var began: Duration?
  private var last: (sight: Sight, at: Duration)?

  mutating func take(_ look: Look, _ now: Duration) -> Answer {
    let sight = Sight(
      state: look.reading.beneathHuman, kind: look.reading.kind, composer: look.reading.composer,
      cursorX: look.facts.cursorX, cursorY: look.facts.cursorY)
    let began = began ?? now
    self.began = began
    if let last, last.sight == sight {
      let left = Self.gap - (now - last.at)
      return left <= .zero ? .steady : .wait(left)
    }
    last = (sight, now)
    return now - began < Self.patience ? .wait(Self.gap) : .never
  }
}
