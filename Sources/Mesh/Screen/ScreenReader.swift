/// Decides a pane's state, with reasons, from what tmux and the system report. Pure; accepts any
/// input and never traps.
///
/// Order: dead, input-off, mode, password, dialog, composer, unknown. What the program reports
/// about itself comes last. What could be typed into becomes `humanTyping` while a person presses keys.
package struct ScreenReader {
  private let facts: PaneFacts
  private let screen: Screen
  private let profiles: [Profile]
  private let delivered: [DeliveredText]

  /// - Parameters:
  ///   - facts: flags, cursor, terminal and processes of the pane, taken together with the screen.
  ///   - screen: what the pane shows.
  ///   - profiles: `Profile.all(user:)`.
  ///   - delivered: messages that we typed into this pane; their text is not taken for a dialog.
  package static func read(
    _ facts: PaneFacts, _ screen: Screen, profiles: [Profile], delivered: [DeliveredText] = []
  ) -> Reading {
    let reader = ScreenReader(
      facts: facts.bounded, screen: screen, profiles: profiles, delivered: delivered)
    var reading = (reader.flagged ?? reader.byProgram).heeding(facts.report)
    if facts.humanActive, Self.yieldsToHuman.contains(reading.beneathHuman) {
      reading.isHumanTyping = true
      reading.evidence.insert("a person used this pane in the last two seconds", at: 0)
    }
    return reading
  }

  private static let yieldsToHuman: Set<PaneState> = [
    .ready, .draft, .busyAccepting, .busyRefusing, .unknown,
  ]

  /// States that need no look at the screen.
  private var flagged: Reading? {
    if facts.dead { return Reading(.dead, "the pane's process has ended") }
    if facts.inputOff { return Reading(.inputOff, "tmux keeps input from this pane") }
    if facts.inMode { return Reading(.mode, "the pane is in a tmux mode, such as copy mode") }
    if let terminal = facts.terminal, terminal.canonical, !terminal.echo {
      return Reading(.password, "the terminal reads a line without showing it")
    }
    return nil
  }

  private var byProgram: Reading {
    if let kind = facts.agentKind { return asSaid(kind) }
    switch ProgramMatch(facts, profiles) {
    case .fixed(let profile):
      if profile.kind == .keys {
        return Reading(
          .mode, "a full-screen program in which keys are commands (\(profile.name))",
          profile: profile)
      }
      if profile.kind == .repl, let reading = notItsPrompt(profile) { return reading }
      if facts.inputPolicy == .line, readsForScript { return lines.read(profile: nil) }
      return PromptReading.read(facts, screen, profile)
    case .agents(let agents, let other):
      let readings = agents.map(agent)
      if let known = readings.first(where: \.agrees) ?? (other == nil ? readings.first : nil) {
        return known.read()
      }
      guard let other else { return Reading(.unknown) }
      return (other.kind == .repl ? notItsPrompt(other) : nil)
        ?? PromptReading.read(facts, screen, other)
    case .reader(let profile): return lines.read(profile: profile)
    case .unknown(let name, let interpreted): return unknown(name, interpreted)
    case .unreadable:
      return Reading(.unknown, "the pane's processes cannot be read: they may be another account's")
    }
  }

  private func agent(_ profile: Profile) -> AgentReading {
    AgentReading(facts: facts, screen: screen, profile: profile, delivered: delivered)
  }

  private var lines: LineReading { LineReading(facts: facts, screen: screen) }

  private var generic: Reading { GenericReading(facts, screen, delivered).read() }

  /// The pane's owner says what runs here (in a wrapper, a container, on another machine). Only the
  /// screen decides.
  private func asSaid(_ kind: String) -> Reading {
    var reading: Reading
    if let profile = profiles.first(where: { $0.kind == .agent && $0.name == kind }) {
      reading = agent(profile).read()
    } else if kind == "generic" {
      reading = generic
    } else {
      return Reading(.unknown, "@agent-kind names a profile that is not there")
    }
    reading.evidence.append("@agent-kind says what runs here")
    return reading
  }

  /// An interpreter's process also runs scripts and agents. It is at its prompt only if the screen
  /// shows that prompt.
  /// - Returns: `nil` if it is at its prompt.
  private func notItsPrompt(_ profile: Profile) -> Reading? {
    let isBare = facts.foreground.map(profile.isCalledAsItself) ?? !facts.recorded
    let isCanonical = facts.terminal?.canonical == true
    // Started without a script, an interpreter takes single keys only while it waits for input.
    if isBare, !isCanonical { return nil }
    if PromptReading.isAtPrompt(facts, screen, profile, anyGlyph: isBare) { return nil }
    if isCanonical {
      return Reading(
        .busyRefusing, "\(profile.name) runs, and its own prompt is not to be seen: it works",
        profile: profile)
    }
    var reading = generic
    reading.evidence.insert(
      "\(profile.name) runs something: its own prompt is not to be seen", at: 0)
    return reading
  }

  /// A script of the shell is reading, not its prompt.
  private var readsForScript: Bool {
    facts.foreground?.first?.script != nil && facts.terminal?.canonical == true
  }

  private func unknown(_ name: String, _ interpreted: Bool) -> Reading {
    var reading: Reading
    if facts.inputPolicy == .line {
      reading = lines.read(profile: nil)
    } else if facts.terminal?.canonical == true {
      reading =
        interpreted || facts.shellBeneath
        ? Reading(.busyRefusing, "it works: its terminal hands lines to what lies beneath it")
        : lines.readUnknown()
    } else if PromptReading.looksLikePrompt(facts, screen) {
      reading = Reading(.shellPrompt, "the cursor is after what looks like a shell's prompt")
    } else {
      reading = generic
    }
    reading.evidence.insert("no profile knows \(Self.printable(name))", at: 0)
    return reading
  }

  /// At most 40 characters of letters, digits and plain punctuation; the rest becomes `?`.
  private static func printable(_ name: String) -> String {
    guard !name.isEmpty else { return "the program" }
    return String(
      name.unicodeScalars.prefix(40).map { scalar in
        scalar.isASCII && scalar.value > 0x20 && scalar.value < 0x7F ? Character(scalar) : "?"
      })
  }
}

extension ScreenReader {
  /// The agent profile that this screen matches, whatever process runs: a suggestion for
  /// `@agent-kind`.
  package static func likeness(_ look: Look, profiles: [Profile]) -> String? {
    let reader = ScreenReader(
      facts: look.facts.bounded, screen: look.screen, profiles: profiles, delivered: [])
    guard reader.flagged == nil else { return nil }
    return profiles.first { profile in
      profile.kind == .agent && !profile.composer.readsLines
        && reader.agent(profile).hasFramedComposer
    }?.name
  }
}

/// An attached client that shows the pane.
package struct Watcher: Equatable, Sendable {
  /// When a person last pressed a key there, in seconds since 1970.
  package let activity: Int64
  package let isReadOnly: Bool

  package init(activity: Int64, isReadOnly: Bool) {
    (self.activity, self.isReadOnly) = (activity, isReadOnly)
  }

  /// Whether a person types: a key was pressed in the last two seconds.
  package func isTyping(at now: Int64) -> Bool { !isReadOnly && now - activity <= 2 }
}
