/// Reads the screen of a pane in which an agent's process runs: does the screen agree, and what
/// state does it show?
struct AgentReading {
  let facts: PaneFacts
  let screen: Screen
  let profile: Profile
  /// Rows with messages that we delivered.
  private let ours: Set<Int>
  private let delivered: DeliveredRows
  private let found: ComposerFinding

  init(facts: PaneFacts, screen: Screen, profile: Profile, delivered: [DeliveredText]) {
    let screen = screen.plain(for: profile.composer)
    self.facts = facts
    self.screen = screen
    self.profile = profile
    let search = ComposerSearch(facts, screen, profile.composer)
    self.delivered = DeliveredRows(delivered, screen, facts)
    found = Self.anchored(search.find(), search, self.delivered)
    ours = self.delivered.find(found.place)
  }

  /// A row of our text may begin as the prompt does: the composer begins where the text does. Above a line across the
  /// screen it is in the transcript.
  private static func anchored(
    _ found: ComposerFinding, _ search: ComposerSearch, _ delivered: DeliveredRows
  ) -> ComposerFinding {
    guard let place = found.place, let tag = delivered.typedRow, tag < place.row,
      !(tag..<place.row).contains(where: search.screen.isRule),
      let row = (max(0, tag - 3)...tag).reversed().first(where: { search.promptColumns($0) != nil }
      ),
      let column = search.promptColumns(row)
    else { return found }
    return ComposerFinding(
      content: .draft, place: ComposerPlace(row: row, column: column),
      evidence: "the cursor is on a later row of a draft")
  }

  /// Whether something on the screen belongs to this program.
  var agrees: Bool {
    found.content != .none || busySign != nil
      || DialogSigns.find([SignSet(profile.signs.dialog)], in: screen, rows: zone, without: ours)
        != nil
  }

  /// Whether the composer has a frame that no other program draws by chance.
  var hasFramedComposer: Bool {
    let look = profile.composer
    let drawn: Set<Profile.FrameRow> = [.rule, .bars]
    return (found.content == .empty || found.content == .draft)
      && !drawn.isDisjoint(with: look.above) && !drawn.isDisjoint(with: look.below)
  }

  func read() -> Reading {
    var finding = dialog() ?? content()
    finding.profile = profile
    finding.kind = .agent
    finding.composer = found.place
    return finding
  }

  // MARK: - Dialogs

  /// Where a dialog of this program would appear: from the composer down; or around the cursor; or
  /// anywhere when there is no composer.
  private var zone: ClosedRange<Int> {
    let last = max(0, screen.height - 1)
    if let place = found.place { return min(max(0, place.row - 1), last)...last }
    if profile.signs.dialogAtCursor { return min(max(0, facts.cursorY - 3), last)...last }
    return 0...last
  }

  private func dialog() -> Reading? {
    if !isLive, let title = profile.signs.dialogTitles.first(where: { $0.matches(facts.title) }) {
      return Reading(.dialog, "the title says so: \(title.pattern)")
    }
    let general = found.content == .none ? DialogSigns.all : DialogSigns.strong
    let signs = [general, SignSet(profile.signs.dialog)]
    let draft = found.content == .draft ? draftRows : []
    let sign = DialogSigns.find(
      signs, in: screen, rows: zone, without: ours.union(draft).union(workingRows),
      menus: found.content == .empty || isAtWork)
    if let sign { return Reading(.dialog, "a question is open: \(sign)") }
    if let place = found.place, found.content == .empty,
      let edge = screen.clamped(place.row - 1...place.row + 1),
      edge.contains(where: { DialogSigns.isChosenAnswer(screen.row($0)) && !ours.contains($0) })
    {
      return Reading(.dialog, "a question is open: there is an answer in the composer's frame")
    }
    if found.content == .draft, let menu = Choice.menu(draft, in: screen, without: ours) {
      return Reading(.dialog, "a question is open: \(menu)")
    }
    guard let place = found.place, !profile.signs.dialogAtCursor else { return nil }
    let isOurs = found.content == .empty || ours.contains(place.row)
    let above = QuestionAbove(
      screen: screen, ours: ours.union(workingRows), signs: [SignSet(profile.signs.question)],
      listsAreProse: isOurs && facts.report?.isIdle == true)
    if let sign = above.find(above: place.row) {
      return Reading(.dialog, "a question is open: \(sign)")
    }
    return selection(above: place.row)
  }

  /// Whether the composer takes a message, whatever the title says: in a dialog
  /// its cursor would be hidden.
  private var isLive: Bool { found.content == .empty && profile.composer.cursor == .shown }

  /// Rows that say that the program works. They may name the key that stops
  /// it; that is not a question.
  private var workingRows: Set<Int> {
    let busy = SignSet(profile.signs.busy)
    return Set(
      screen.rows.indices.filter { Squeezed(screen, rows: $0...$0).first(of: busy) != nil })
  }

  /// Rows of a half-typed text: whatever it says, it is not a dialog.
  private var draftRows: Set<Int> {
    guard let place = found.place else { return [] }
    return Set(place.row...max(place.row, facts.cursorY))
  }

  /// A chosen item directly above the composer: a menu or a completion that Enter would accept.
  private func selection(above row: Int) -> Reading? {
    guard let rows = screen.clamped((row - 4)...(row - 1)),
      rows.contains(where: { screen.row($0).hasSelection && !ours.contains($0) })
    else { return nil }
    return Reading(.dialog, "a menu is open above the composer")
  }

  // MARK: - Composer

  private func content() -> Reading {
    switch found.content {
    case .empty: return empty()
    case .draft where isAtWork: return Reading(.busyRefusing, workEvidence, found.evidence)
    case .draft: return draft()
    case .command: return Reading(.mode, found.evidence)
    case .none:
      guard let busySign else {
        if isAtWork { return Reading(.busyRefusing, workEvidence, found.evidence) }
        return Reading(
          .unknown, "\(profile.name) runs, but its composer is not to be seen", found.evidence)
      }
      return Reading(.busyRefusing, busySign, found.evidence)
    }
  }

  private func draft() -> Reading {
    var finding = Reading(.draft, found.evidence)
    finding.held = found.place.flatMap(delivered.held)
    if let held = finding.held {
      finding.evidence.append(
        "\(held.isAlone ? "" : "the end of ")message \(held.mark) is in it, not submitted:"
          + " press Enter there to submit it, or clear the input")
    }
    return finding
  }

  private func empty() -> Reading {
    if let loading = profile.signs.loadingInBox
      ? boxedLoading : sign(of: profile.signs.loading, above: 4)
    {
      return Reading(.busyRefusing, "it is starting: \(loading)")
    }
    if let mode = sign(of: profile.signs.mode, above: 0) {
      return Reading(.mode, "keys are commands: \(mode)")
    }
    let terminal = "its terminal reads lines, which its composer does not"
    guard let busySign else {
      let isRead = facts.terminal?.canonical != true || profile.composer.readsLines
      return isRead ? Reading(.ready, found.evidence) : Reading(.unknown, terminal)
    }
    if facts.terminal?.canonical == true { return Reading(.busyRefusing, busySign, terminal) }
    let state = profile.typing.takesWhileBusy ? PaneState.busyAccepting : .busyRefusing
    return Reading(state, found.evidence, busySign)
  }

  /// The composer reads single keys; if the terminal delivers whole lines, the
  /// composer is not reading.
  private var isAtWork: Bool { facts.terminal?.canonical == true && !profile.composer.readsLines }
  private var workEvidence: String { "it works: its terminal hands over lines" }

  /// Why the program seems to be working: its title, or words near the composer.
  private var busySign: String? {
    if let title = profile.signs.busyTitles.first(where: { $0.matches(facts.title) }) {
      return "it works: the title is \(title.pattern)"
    }
    return sign(of: profile.signs.busy, above: 12).map { "it works: \($0)" }
  }

  /// A loading sign only counts in the program's own box, which begins with a frame; elsewhere the
  /// words may be anybody's.
  private var boxedLoading: String? {
    let boxed = screen.rows.indices.filter { index in
      screen.row(index).cells.first { !$0.isBlank }?.isFrame == true
    }
    return Squeezed(screen, rows: boxed).first(of: SignSet(profile.signs.loading))
  }

  /// The first of the words near the composer: up to `above` rows above it, or
  /// anywhere below. If the program's dialogs are at the cursor, only rows around
  /// the cursor count; further up is history.
  private func sign(of words: [String], above: Int) -> String? {
    let last = max(0, screen.height - 1)
    let atCursor = profile.signs.dialogAtCursor
    let from = atCursor ? facts.cursorY - 1 : (found.place?.row ?? last) - above
    let to = atCursor ? facts.cursorY + 1 : last
    guard from <= to, let rows = screen.clamped(from...to) else { return nil }
    let text = Squeezed(screen, rows: rows.filter { !ours.contains($0) })
    return text.first(of: SignSet(words))
  }
}
