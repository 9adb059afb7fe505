internal import Mesh

/// Right behind another message: some programs lose what comes as a turn begins or ends. The next one waits until two
/// looks in a row find the recipient in the same state, its composer and cursor where they were.
struct Steadiness {
  /// Between two looks.
  private static let gap = Duration.milliseconds(120)
  private static let patience = Duration.seconds(3)

  private let delivery: PaneDelivery
  private let delivered: [DeliveredText]

  init(_ delivery: PaneDelivery, _ delivered: [DeliveredText]) {
    (self.delivery, self.delivered) = (delivery, delivered)
  }

  /// - Returns: false when the time is over.
  func isReached() throws(Stop) -> Bool {
    let end = ContinuousClock.now + Self.patience
    var before = try look()
    while ContinuousClock.now < end {
      Waiting.pause(Self.gap)
      let now = try look()
      if now == before { return true }
      before = now
    }
    return false
  }

  private struct Sight: Equatable {
    var state: PaneState
    var kind: Profile.Kind?
    var composer: ComposerPlace?
    var cursorX: Int
    var cursorY: Int
  }

  private func look() throws(Stop) -> Sight {
    let look: PaneLook
    do { look = try delivery.tmux.look(delivery.recipient.pane.id) } catch { throw Stop(error) }
    let facts = PaneFacts(look)
    let screen = Screen(capture: look.capture, width: look.columns, height: look.rows)
    let reading = ScreenReader.read(
      facts, screen, profiles: delivery.profiles, delivered: delivered)
    return Sight(
      state: reading.beneathHuman, kind: reading.kind, composer: reading.composer,
      cursorX: facts.cursorX, cursorY: facts.cursorY)
  }
}
