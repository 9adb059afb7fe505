/// Decides a pane's state, with reasons, from what tmux and the system report. Pure; accepts any
/// input and never traps.
///
/// Order: dead, input-off, mode, password, dialog, composer, unknown. What the program reports
/// about itself comes last.
package enum ScreenReader {
  /// - Parameters:
  ///   - given: flags, cursor, terminal and processes of the pane, taken together with the screen.
  ///   - screen: what the pane shows.
  ///   - profiles: `Profile.all(user:)`.
  ///   - delivered: messages that we typed into this pane; their text is not taken for a dialog.
  package static func read(
    _ given: PaneFacts, _ screen: Screen, profiles: [Profile], delivered: [DeliveredText] = []
  ) -> Reading {
    let facts = given.bounded
    let finding = (flagged(facts) ?? byProgram(facts, screen, profiles, delivered))
      .heeding(facts.report)
    let human = facts.humanActive && Self.yieldsToHuman.contains(finding.state)
    let note = human ? ["a person used this pane in the last two seconds"] : []
    return Reading(
      state: human ? .humanTyping : finding.state, beneathHuman: finding.state,
      profile: finding.profile, kind: finding.kind, evidence: note + finding.evidence,
      composer: finding.composer, lineIsEmpty: finding.lineIsEmpty, held: finding.held)
  }

  private static let yieldsToHuman: Set<PaneState> = [
    .ready, .draft, .busyAccepting, .busyRefusing, .unknown,
  ]

  /// States that need no look at the screen.
  private static func flagged(_ facts: PaneFacts) -> Finding? {
    if facts.dead { return Finding(.dead, "the pane's process has ended") }
    if facts.inputOff { return Finding(.inputOff, "tmux keeps input from this pane") }
    if facts.inMode { return Finding(.mode, "the pane is in a tmux mode, such as copy mode") }
    if let terminal = facts.terminal, terminal.canonical, !terminal.echo {
      return Finding(.password, "the terminal reads a line without showing it")
    }
    return nil
  }

  private static func byProgram(
    _ facts: PaneFacts, _ screen: Screen, _ profiles: [Profile], _ delivered: [DeliveredText]
  ) -> Finding {
    if let kind = facts.agentKind { return asSaid(kind, facts, screen, profiles, delivered) }
    switch ProgramMatch(facts, profiles) {
    case .fixed(let profile):
      if profile.kind == .keys {
        return Finding(
          .mode, "a full-screen program in which keys are commands (\(profile.name))",
          profile: profile)
      }
      if profile.kind == .repl, let finding = notItsPrompt(facts, screen, profile, delivered) {
        return finding
      }
      if facts.inputPolicy == .line, readsForScript(facts) {
        return LineReading(facts: facts, screen: screen).read(profile: nil)
      }
      return PromptReading.read(facts, screen, profile)
    case .agents(let agents, let other):
      let readings = agents.map {
        AgentReading(facts: facts, screen: screen, profile: $0, delivered: delivered)
      }
      if let known = readings.first(where: \.agrees) ?? (other == nil ? readings.first : nil) {
        return known.read()
      }
      guard let other else { return Finding(.unknown) }
      return (other.kind == .repl ? notItsPrompt(facts, screen, other, delivered) : nil)
        ?? PromptReading.read(facts, screen, other)
    case .reader(let profile):
      return LineReading(facts: facts, screen: screen).read(profile: profile)
    case .unknown(let name, let interpreted):
      return unknown(facts, screen, name, interpreted, delivered)
    case .unreadable:
      return Finding(.unknown, "the pane's processes cannot be read: they may be another account's")
    }
  }

  /// The pane's owner says what runs here (in a wrapper, a container, on another machine). Only the
  /// screen decides.
  private static func asSaid(
    _ kind: String, _ facts: PaneFacts, _ screen: Screen, _ profiles: [Profile],
    _ delivered: [DeliveredText]
  ) -> Finding {
    var finding: Finding
    if let profile = profiles.first(where: { $0.kind == .agent && $0.name == kind }) {
      finding =
        AgentReading(facts: facts, screen: screen, profile: profile, delivered: delivered).read()
    } else if kind == "generic" {
      finding = GenericReading(facts, screen, delivered).read()
    } else {
      return Finding(.unknown, "@agent-kind names a profile that is not there")
    }
    finding.evidence.append("@agent-kind says what runs here")
    return finding
  }

  /// An interpreter's process also runs scripts and agents. It is at its prompt only if the screen
  /// shows that prompt.
  /// - Returns: `nil` if it is at its prompt.
  private static func notItsPrompt(
    _ facts: PaneFacts, _ screen: Screen, _ profile: Profile, _ delivered: [DeliveredText]
  ) -> Finding? {
    let isBare = facts.foreground.map(profile.isCalledAsItself) ?? !facts.recorded
    let isCanonical = facts.terminal?.canonical == true
    // Started without a script, an interpreter takes single keys only while it waits for input.
    if isBare, !isCanonical { return nil }
    if PromptReading.isAtPrompt(facts, screen, profile, anyGlyph: isBare) { return nil }
    let name = profile.name
    if isCanonical {
      return Finding(
        .busyRefusing, "\(name) runs, and its own prompt is not to be seen: it works",
        profile: profile)
    }
    var finding = GenericReading(facts, screen, delivered).read()
    finding.evidence.insert("\(name) runs something: its own prompt is not to be seen", at: 0)
    return finding
  }

  /// The agent profile that this screen matches, whatever process runs: a suggestion for
  /// `@agent-kind`.
  package static func likeness(_ given: PaneFacts, _ screen: Screen, profiles: [Profile]) -> String?
  {
    let facts = given.bounded
    guard flagged(facts) == nil else { return nil }
    return profiles.first { profile in
      guard profile.kind == .agent, !profile.composer.readsLines else { return false }
      let reading = AgentReading(facts: facts, screen: screen, profile: profile, delivered: [])
      return reading.hasFramedComposer
    }?.name
  }

  /// A script of the shell is reading, not its prompt.
  private static func readsForScript(_ facts: PaneFacts) -> Bool {
    facts.foreground?.first?.script != nil && facts.terminal?.canonical == true
  }

  private static func unknown(
    _ facts: PaneFacts, _ screen: Screen, _ name: String, _ interpreted: Bool,
    _ delivered: [DeliveredText]
  ) -> Finding {
    let known = "no profile knows \(Printable.short(name))"
    let lines = LineReading(facts: facts, screen: screen)
    var finding: Finding
    if facts.inputPolicy == .line {
      finding = lines.read(profile: nil)
    } else if facts.terminal?.canonical == true {
      finding =
        interpreted || facts.shellBeneath
        ? Finding(.busyRefusing, "it works: its terminal hands lines to what lies beneath it")
        : lines.readUnknown()
    } else if PromptReading.looksLikePrompt(facts, screen) {
      finding = Finding(.shellPrompt, "the cursor is after what looks like a shell's prompt")
    } else {
      finding = GenericReading(facts, screen, delivered).read()
    }
    finding.evidence.insert(known, at: 0)
    return finding
  }
}

/// Makes text of others safe for our own sentences.
enum Printable {
  /// At most 40 characters of letters, digits and plain punctuation; the rest becomes `?`.
  static func short(_ text: String) -> String {
    guard !text.isEmpty else { return "the program" }
    return String(
      text.unicodeScalars.prefix(40).map { scalar in
        scalar.isASCII && scalar.value > 0x20 && scalar.value < 0x7F ? Character(scalar) : "?"
      })
  }
}
