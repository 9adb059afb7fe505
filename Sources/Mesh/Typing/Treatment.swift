/// Why nothing is typed: the reasons for exit code 3, and a dead pane.
package enum Refusal: String, Error, Sendable, CaseIterable {
  case draft
  /// The draft is an earlier message of ours, not submitted.
  case unsubmitted
  case dialog
  case password
  case mode
  case inputOff = "input-off"
  case humanTyping = "human-typing"
  case busy
  case unknownScreen = "unknown-screen"
  case fullScreen = "full-screen"
  case lineTooLong = "line-too-long"
  case shell
  case deadPane = "dead-pane"

  /// What the sender is told about the refusal.
  package var disposition: Disposition {
    self == .deadPane ? Disposition(.failed, .deadPane) : Disposition(.notReady, reason)
  }

  package var reason: Reason { Reason(rawValue: rawValue) ?? .unknownScreen }

  /// A screen that is only half drawn can look like this.
  var mayBeADrawing: Bool {
    [.draft, .unsubmitted, .dialog, .busy, .unknownScreen].contains(self)
  }
}

/// The sender, as far as it matters for typing.
package struct Sender: Sendable, Equatable {
  package var standing: Standing
  /// The pane's own `@agent-allow` names the sender by address or key.
  package var namedByPane: Bool
  /// `force` was requested, and `@agent-allow-force` admits it.
  package var force: Bool
  /// An agent was known in this pane, or the message may wait for one: text printed on the terminal would not be read.
  package var expectsAgent = false
  /// Nothing is typed while an agent works, although it would take it: there is another way.
  package var leavesTurns = false

  package init(_ standing: Standing, namedByPane: Bool = false, force: Bool = false) {
    self.standing = standing
    self.namedByPane = namedByPane
    self.force = force
  }
}

/// What to do with a message for a pane with this reading. Where a password is asked for or copy mode is on is
/// `ScreenReader`'s to say, and which question is open `Dialogs`'.
package enum Treatment: Sendable, Equatable {
  case type(TypingPlan)
  /// Printed on the pane's terminal, like write(1); no program reads it.
  case show
  case refuse(Refusal)

  /// Decides what is typed where. `force` overrides only draft, busy, human-typing and unknown-screen.
  package init(_ reading: Reading, _ facts: PaneFacts, _ sender: Sender) {
    self = Decision(reading: reading, facts: facts, sender: sender).treatment
  }
}

private struct Decision {
  let reading: Reading
  let facts: PaneFacts
  let sender: Sender

  var treatment: Treatment {
    switch reading.state {
    case .dead: .refuse(.deadPane)
    case .inputOff: .refuse(.inputOff)
    case .mode: .refuse(facts.inMode || reading.kind == .agent ? .mode : .fullScreen)
    case .password: .refuse(.password)
    case .dialog: .refuse(.dialog)
    case .shellPrompt: atPrompt
    case .humanTyping: sender.force ? typed(reading.beneathHuman) : .refuse(.humanTyping)
    case .ready, .draft, .busyAccepting, .busyRefusing, .unknown: typed(reading.state)
    }
  }

  private func typed(_ state: PaneState) -> Treatment {
    switch state {
    case .busyAccepting where sender.leavesTurns && !sender.force: .refuse(.busy)
    case .ready, .busyAccepting: intoProgram
    case .draft:
      sender.force ? intoProgram : .refuse(reading.held == nil ? .draft : .unsubmitted)
    case .busyRefusing:
      sender.force ? (reading.kind == .agent ? intoProgram : intoUnknownScreen) : .refuse(.busy)
    default: intoUnknownScreen
    }
  }

  /// Shells, interpreters, clients. `force` changes nothing here.
  private var atPrompt: Treatment {
    switch facts.shellPolicy {
    case .refuse: return .refuse(.shell)
    case .show: return shown
    case .raw:
      guard sender.namedByPane else { return shown }
      if facts.humanActive { return .refuse(.humanTyping) }
      return reading.lineIsEmpty ? .type(.line(facts, raw: false)) : .refuse(.draft)
    }
  }

  private var intoProgram: Treatment {
    if reading.kind == .agent, let profile = reading.profile {
      var plan = TypingPlan(profile, facts)
      // If the agent dies, such a shell would run its unread input line by line.
      if facts.bareShellBeneath { plan.multiline = false }
      return .type(plan)
    }
    guard sender.standing != .global else { return shownOrRefused }
    if reading.kind == .reader {
      return facts.mayReachShell ? shown : .type(.line(facts, raw: false))
    }
    return .type(.line(facts, raw: true))
  }

  private var intoUnknownScreen: Treatment {
    let isRead = facts.foreground?.isEmpty == false
    guard sender.force, isRead else {
      return reading.kind == .agent ? .refuse(.unknownScreen) : shownOrRefused
    }
    if reading.kind == .agent { return .type(.line(facts, raw: true)) }
    if sender.standing == .global || facts.mayReachShell && linesAreRead { return shownOrRefused }
    return .type(.line(facts, raw: !linesAreRead))
  }

  private var linesAreRead: Bool { facts.terminal?.canonical == true }
  private var shownOrRefused: Treatment { linesAreRead ? shown : .refuse(.unknownScreen) }

  /// Printed where a person reads: on the terminal of a shell, an interpreter or a line-based program. Never
  /// over a full-screen program, and not where an agent was expected.
  private var shown: Treatment {
    let isPrompt = reading.kind == .shell || reading.kind == .repl
    guard !facts.alternateScreen, !sender.expectsAgent, isPrompt || linesAreRead else {
      return .refuse(.shell)
    }
    return .show
  }
}

extension PaneFacts {
  /// A shell beneath the program would read what the program leaves unread. With `@agent-input line` the owner
  /// states that the program reads.
  package var mayReachShell: Bool { inputPolicy != .line && shellBeneath }
}

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
