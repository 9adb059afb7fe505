/// Types one message into one pane, from the first look to the verdict: takes looks, returns the next step. It
/// knows no tmux, no clock and no process, so that recorded looks can be replayed.
///
/// Look, paste, look, Enter, look. Only what the last look permits is typed: a paste needs its `Treatment`, and
/// Enter needs an `EnterPermit`, which only `Submission.beforeEnter` creates.
package struct Typing: Sendable {
  /// The result of the last turn.
  package enum Event: Sendable {
    /// Only a look.
    case looked
    /// The pane changed between look and paste: nothing was typed.
    case moved
    case pasted
    /// The pane changed between look and Enter: Enter was not pressed.
    case held
    case entered
    case shown
    /// Printing on the pane's terminal failed.
    case blocked
  }

  /// The next step. Paste and Enter happen only if the pane is unchanged since the look before.
  package enum Turn: Sendable, Equatable {
    case look(after: Duration)
    case paste(Paste)
    case enter(EnterPermit)
    /// Print on the pane's terminal, like write(1).
    case show(String)
    case end(Ending)

    /// Whether the step reaches the pane, or may reach it.
    package var types: Bool {
      switch self {
      case .paste, .show: true
      case .look, .enter, .end: false
      }
    }
  }

  /// The outcome, and whether to discard input that the pane's programs have not read.
  package struct Ending: Sendable, Equatable {
    package let disposition: Disposition
    package var dropsUnread = false
  }

  private enum Phase { case deciding, pasted, entered, shown }

  /// How often to look again at a pane that changes between look and paste.
  private static let mostMoves = 4
  /// The most attempts to press Enter, and the most presses.
  private static let mostPresses = (tried: 30, done: 2)
  /// The least time that a pasted text has to appear.
  private static let drawing = Duration.seconds(6)
  /// How long a refusal right after another message has to be seen, and a question between paste and Enter: a screen that
  /// is being drawn may look like one.
  private static let question = Duration.milliseconds(150)
  /// How long to wait for a person at the keyboard, in addition to the text's own time.
  private static let person = Duration.seconds(3)

  /// What is typed; in an agent's pane, what it becomes there.
  package private(set) var message: Message
  private let (plain, forAgent): (Message, Message)
  private let sender: Sender
  /// Another message came just before: the program may still be drawing what that changed.
  private let follows: Bool
  private var settling: Settling?
  private var phase = Phase.deciding
  /// When the last step was taken.
  private var since = Duration.zero
  private var moves = 0
  private var presses = 0
  private var enters = 0
  private var plan = TypingPlan()
  private var patience = Duration.seconds(2)
  private var typed: TypedText?
  private var before: Look?
  private var afterPaste: Look?
  /// When a question was first seen between paste and Enter.
  private var asked: Duration?
  /// When the text was first seen gone from the composer.
  private var gone: Duration?

  /// - Parameter forAgent: what to type in place of the message where an agent reads it.
  /// - Parameter follows: another message came just before.
  /// - Parameter settling: that message was not seen taken: type nothing before the program is steady.
  package init(
    _ message: Message, forAgent: Message? = nil, from sender: Sender, follows: Bool = false,
    settling: Bool
  ) {
    (self.message, plain, self.forAgent) = (message, message, forAgent ?? message)
    (self.sender, self.follows) = (sender, follows)
    self.settling = settling ? Settling() : nil
  }

  /// - Parameter now: time since the first look.
  package mutating func next(_ event: Event, _ look: Look, at now: Duration) -> Turn {
    switch event {
    case .looked, .held: break
    case .blocked: return end(.failed, .tmux)
    case .moved:
      moves += 1
      phase = .deciding
      if moves >= Self.mostMoves { return end(.notReady, .humanTyping) }
    case .pasted: (phase, since) = (.pasted, now)
    case .shown: (phase, since) = (.shown, now)
    case .entered:
      (phase, since) = (.entered, now)
      enters += 1
    }
    switch phase {
    case .deciding: return decide(look, now)
    case .pasted: return beforeEnter(look, now)
    case .entered: return afterEnter(look, now)
    case .shown: return afterShowing(look, now)
    }
  }

  /// The outcome when no more looks are possible and something may have reached the pane's program.
  package var interrupted: Ending {
    Ending(disposition: Disposition(plan.style.echoes ? .unknown : .typed))
  }

  /// A line-based reader received it, not an agent.
  package var isForReader: Bool { before?.reading.kind == .reader }
  package var isForAgent: Bool { before?.reading.kind == .agent }

  private func end(_ outcome: Outcome, _ reason: Reason = .none, dropsUnread: Bool = false) -> Turn
  {
    .end(Ending(disposition: Disposition(outcome, reason), dropsUnread: dropsUnread))
  }

  // MARK: - Look, decide

  private mutating func decide(_ look: Look, _ now: Duration) -> Turn {
    // Line-based programs read from the kernel, which loses no input.
    if look.reading.kind != .reader, look.reading.state != .shellPrompt {
      switch settling?.take(look, now) {
      case .wait(let time)?: return .look(after: time)
      case .never?: return end(.notReady, .busy)
      case .steady?, nil: settling = nil
      }
    }
    before = look
    switch Treatment(look.reading, look.facts, sender) {
    case .refuse(let refusal):
      if follows, refusal.mayBeADrawing, now < Self.question {
        return .look(after: Self.pause(now))
      }
      return .end(Ending(disposition: refusal.disposition))
    case .show: return .show(message.spaced)
    case .type(let plan): return paste(plan, look)
    }
  }

  private mutating func paste(_ plan: TypingPlan, _ look: Look) -> Turn {
    self.plan = plan
    message = look.reading.kind == .agent ? forAgent : plain
    let pieces: [String]
    do {
      // Unless the program is known to bracket pasted text, TAB would complete words.
      pieces = try plan.pieces(
        of: plan.style.brackets && plan.multiline ? message.text : message.spaced)
    } catch {
      return .end(Ending(disposition: error.disposition))
    }
    let whole = pieces.joined()
    let size = whole.utf8.count
    let lines = whole.utf8.count { $0 == 10 } + 1
    let (width, height) = (look.facts.width, look.facts.height)
    typed = TypedText(
      id: message.id, end: whole, echoes: plan.style.echoes,
      isLong: lines > height / 3 || size > width * height / 3)
    // Programs that lay text out again for every line need seconds for 10 KB on a busy machine.
    patience = .seconds(2) + min(.seconds(4), .milliseconds(size / 4))
    guard let paste = Paste(id: message.id, pieces, bracketed: plan.style.brackets) else {
      return end(.refused, .text)
    }
    return .paste(paste)
  }

  // MARK: - Look, Enter

  private mutating func beforeEnter(_ look: Look, _ now: Duration) -> Turn {
    guard let before, let typed else { return end(.unknown) }
    let waited = now - since
    var isDisturbed = false
    let answer = Submission.beforeEnter(before: before, now: look, typed)
    if isBrief(answer, now) { return .look(after: Self.pause(waited)) }
    switch answer {
    case .press(let permit):
      afterPaste = look
      let left = .milliseconds(plan.style.enterDelay) - waited
      guard left <= .zero else { return .look(after: min(left, Self.pause(waited))) }
      presses += 1
      if presses <= Self.mostPresses.tried { return .enter(permit) }
    case .stop(let refusal):
      return end(.unknown, refusal.reason, dropsUnread: refusal == .unknownScreen)
    case .person: isDisturbed = true
    case .wait: break
    }
    // A busy machine may take seconds to draw it. If we gave up too early, it would appear afterwards.
    let least = afterPaste == nil && !isDisturbed ? Self.drawing : .zero
    let limit = max(patience, least) + (look.facts.humanActive ? Self.person : .zero)
    if waited < limit { return .look(after: Self.pause(waited)) }
    if isDisturbed { return end(.unknown, .humanTyping) }
    // Pasted input that was not read must not reach the next reader.
    return end(.unknown, dropsUnread: afterPaste == nil)
  }

  /// A question that was not there long enough to be one.
  private mutating func isBrief(_ answer: Submission.BeforeEnter, _ now: Duration) -> Bool {
    guard answer == .stop(.dialog) else {
      asked = nil
      return false
    }
    let began = asked ?? now
    asked = began
    return now - began < Self.question
  }

  // MARK: - Look again

  private mutating func afterEnter(_ look: Look, _ now: Duration) -> Turn {
    guard let before, let typed else { return end(.unknown) }
    let waited = now - since
    let verdict = Submission.verdict(before: before, afterPaste: afterPaste, now: look, typed)
    if verdict != .submitted { gone = nil }
    switch verdict {
    case .submitted: if isSure(look, now) { return end(.submitted) }
    case .typed: return end(.typed)
    case .held:
      if enters < Self.mostPresses.done, presses < Self.mostPresses.tried,
        waited >= .milliseconds(plan.style.settle),
        case .press(let permit) = Submission.beforeEnter(
          before: before, now: look, typed, again: true)
      {
        presses += 1
        return .enter(permit)
      }
    case .unread, .undecided: break
    }
    if waited < patience { return .look(after: Self.pause(waited)) }
    if !plan.style.echoes || verdict == .unread { return end(.typed) }
    switch look.reading.state {
    case .dialog: return end(.unknown, .dialog)
    case .password: return end(.unknown, .password)
    default: return end(.unknown)
    }
  }

  /// A program may be in the middle of drawing: if its composer is not visible, two looks have to agree.
  private mutating func isSure(_ look: Look, _ now: Duration) -> Bool {
    if [.ready, .busyAccepting].contains(look.reading.beneathHuman) { return true }
    guard let gone else {
      gone = now
      return false
    }
    return now - gone >= .milliseconds(50)
  }

  /// Printed text counts only while it is visible: many programs paint over it.
  private func afterShowing(_ look: Look, _ now: Duration) -> Turn {
    if now - since < .milliseconds(150) { return .look(after: .milliseconds(150) - (now - since)) }
    let shown = TypedText(id: message.id, end: message.spaced)
    return TypedOnScreen(look, shown).isShown ? end(.shown) : end(.notReady, .shell)
  }

  /// Most programs answer within a few milliseconds, some take a second.
  private static func pause(_ waited: Duration) -> Duration {
    min(max(waited / 4, .microseconds(500)), .milliseconds(40))
  }
}
