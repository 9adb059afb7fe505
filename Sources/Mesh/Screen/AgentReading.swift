/// An agent's process runs: does its screen agree, and what does it show?
struct AgentReading {
  let facts: PaneFacts
  let screen: Screen
  let profile: Profile
  /// Rows that hold our own messages.
  let ours: Set<Int>
  private let found: ComposerFinding

  init(facts: PaneFacts, screen: Screen, profile: Profile, ours: Set<Int>) {
    self.facts = facts
    self.screen = screen
    self.profile = profile
    self.ours = ours
    found = ComposerSearch(facts, screen, profile.composer).find()
  }

  /// Something on the screen is this program's own.
  var agrees: Bool {
    found.content != .none || busySign != nil
      || DialogSigns.find([SignSet(profile.signs.dialog)], in: screen, rows: zone, without: ours)
        != nil
  }

  func read() -> Finding {
    var finding = dialog() ?? content()
    finding.profile = profile
    finding.kind = .agent
    finding.composer = found.place
    return finding
  }

  // MARK: - Dialogs

  /// Where a dialog of this program would stand: from the composer downward; around the cursor; anywhere when there is no composer.
  private var zone: ClosedRange<Int> {
    let last = max(0, screen.height - 1)
    if let place = found.place { return min(max(0, place.row - 1), last)...last }
    if profile.signs.dialogAtCursor { return min(max(0, facts.cursorY - 3), last)...last }
    return 0...last
  }

  private func dialog() -> Finding? {
    if let title = profile.signs.dialogTitles.first(where: { $0.matches(facts.title) }) {
      return Finding(.dialog, "the title says so: \(title.pattern)")
    }
    let general = found.content == .none ? DialogSigns.all : DialogSigns.strong
    let signs = [general, SignSet(profile.signs.dialog)]
    let draft = found.content == .draft ? draftRows : []
    if let sign = DialogSigns.find(signs, in: screen, rows: zone, without: ours.union(draft)) {
      return Finding(.dialog, "a question is open: \(sign)")
    }
    guard let place = found.place, !profile.signs.dialogAtCursor else { return nil }
    return selection(above: place.row)
  }

  /// A half-typed text is not a dialog, whatever it says.
  private var draftRows: Set<Int> {
    guard let place = found.place else { return [] }
    return Set(place.row...max(place.row, facts.cursorY))
  }

  /// A chosen item right above the composer: a menu or a completion that Enter would take.
  private func selection(above row: Int) -> Finding? {
    guard let rows = screen.clamped((row - 4)...(row - 1)),
      rows.contains(where: { screen.row($0).hasSelection && !ours.contains($0) })
    else { return nil }
    return Finding(.dialog, "a menu is open above the composer")
  }

  // MARK: - Composer

  private func content() -> Finding {
    switch found.content {
    case .empty: return empty()
    case .draft: return Finding(.draft, found.evidence)
    case .command: return Finding(.mode, found.evidence)
    case .none:
      guard let busySign else {
        return Finding(
          .unknown, "\(profile.name) runs, but its composer is not to be seen", found.evidence)
      }
      return Finding(.busyRefusing, busySign, found.evidence)
    }
  }

  private func empty() -> Finding {
    let terminal = "its terminal reads lines, which its composer does not"
    guard let busySign else {
      return facts.terminal?.canonical == true
        ? Finding(.unknown, terminal) : Finding(.ready, found.evidence)
    }
    if facts.terminal?.canonical == true { return Finding(.busyRefusing, busySign, terminal) }
    let state = profile.typing.takesWhileBusy ? PaneState.busyAccepting : .busyRefusing
    return Finding(state, found.evidence, busySign)
  }

  /// Why it is taken to be at work: the title, or words near the composer.
  private var busySign: String? {
    if let title = profile.signs.busyTitles.first(where: { $0.matches(facts.title) }) {
      return "it works: the title is \(title.pattern)"
    }
    let last = max(0, screen.height - 1)
    let from = profile.signs.dialogAtCursor ? facts.cursorY - 1 : (found.place?.row ?? last) - 12
    let to = profile.signs.dialogAtCursor ? facts.cursorY + 1 : last
    guard from <= to else { return nil }
    guard let rows = screen.clamped(from...to) else { return nil }
    let text = Squeezed(screen, rows: rows.filter { !ours.contains($0) })
    let sign = text.first(of: SignSet(profile.signs.busy))
    return sign.map { "it works: \($0)" }
  }
}
