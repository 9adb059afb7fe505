/// Reads the screen of a program without a profile. It is `ready` only if the cursor is directly
/// after a prompt-like sign at the start of its row, or in an empty box at the bottom, and nothing
/// near it is a question, a list or a half-typed text.
struct GenericReading {
  let facts: PaneFacts
  let screen: Screen
  private let ours: Set<Int>

  init(_ facts: PaneFacts, _ screen: Screen, _ delivered: [DeliveredText]) {
    (self.facts, self.screen) = (facts, screen)
    ours = DeliveredRows(delivered, screen, facts).find(nil)
  }

  func read() -> Reading {
    guard let spot = GenericComposer(facts, screen).find() else { return withoutComposer() }
    var finding = reading(of: spot)
    finding.composer = spot.place
    return finding
  }

  private func withoutComposer() -> Reading {
    let all = 0...max(0, screen.height - 1)
    if let sign = DialogSigns.find([DialogSigns.all], in: screen, rows: all, without: ours) {
      return Reading(.dialog, "a question may be open: \(sign)")
    }
    return Reading(.unknown, "the cursor is not after a prompt")
  }

  private func reading(of spot: GenericComposer.Spot) -> Reading {
    let row = spot.place.row
    if let mode { return Reading(.mode, "keys are commands: \(mode)") }
    if let working { return Reading(.busyRefusing, working) }
    if let sign = question(row) { return Reading(.dialog, "a question may be open: \(sign)") }
    if let draft = spot.draft { return Reading(.draft, draft) }
    let hint = screen.row(row).text(from: spot.place.column).drop { !$0.isLetter }.lowercased()
    if let field = Squeezed(screen, rows: row...row).first(of: Self.fields)
      ?? Self.filters.first(where: hint.hasPrefix)
    {
      return Reading(.unknown, "its hint asks for something certain: \(field)")
    }
    if let fault = neighbours(row, spot) { return Reading(.unknown, fault) }
    return Reading(.ready, spot.evidence)
  }

  // MARK: - Questions

  /// Below the composer any question counts; above it only the last thing said.
  private func question(_ row: Int) -> String? {
    if let below = screen.clamped((row + 1)...max(row + 1, screen.height - 1)),
      let sign = DialogSigns.find(
        [DialogSigns.all], in: screen, rows: below, without: ours.union(hintRows))
    {
      return sign
    }
    let above = QuestionAbove(screen: screen, ours: ours, signs: [DialogSigns.all])
    return above.find(above: row)
  }

  /// Rows below the composer that name its own keys, such as the one that cancels or sends.
  private var hintRows: Set<Int> {
    Set(
      screen.rows.indices.filter { index in
        let text = Squeezed(screen, rows: index...index)
        return text.first(of: Self.ownKeys) != nil && text.first(of: DialogSigns.strong) == nil
      })
  }

  private static let ownKeys = SignSet([
    "enter to send", "enter to submit", "enter send", "ctrl+", "ctrl-", "^c", "shift+",
    "for shortcuts", "for help", "for commands", "alt+",
  ])

  // MARK: - Modes and work

  /// An editor's mode in which letters are commands: `-- NORMAL --` on a row of its own.
  private var mode: String? {
    screen.rows.dropFirst(facts.cursorY + 1).lazy.map { $0.text().drop(while: \.isWhitespace) }
      .compactMap { text in Self.modes.first { text.hasPrefix($0) } }.first
  }

  private static let modes = ["-- NORMAL", "-- VISUAL", "-- V-LINE", "-- REPLACE"]

  private var working: String? {
    let last = screen.height - 1
    guard let near = screen.clamped((facts.cursorY - 8)...max(facts.cursorY, last)) else {
      return nil
    }
    let text = Squeezed(screen, rows: near.filter { !ours.contains($0) })
    if let sign = text.first(of: Self.busy) { return "it works: \(sign)" }
    if near.contains(where: { isLoading(screen.row($0)) }) { return "it is starting" }
    let spins = near.contains { !ours.contains($0) && isSpinner(screen.row($0)) }
    return spins ? "it works: something spins" : nil
  }

  private static let busy = SignSet([
    "esc to interrupt", "esc to stop", "esc to abort", "esc interrupt", "ctrl+c to stop",
    "ctrl+c to interrupt", "ctrl-c to stop", "ctrl-c to interrupt", "to interrupt)",
  ])

  /// `│ model: loading │`: in a box, since prose may end with the word.
  private func isLoading(_ row: Row) -> Bool {
    guard let first = row.cells.first(where: { !$0.isBlank }), first.isFrame else { return false }
    let words = row.text().split { $0.isWhitespace || LineDrawing.isFrame($0) }
    return ["loading", "loading…", "loading..."].contains(words.last?.lowercased() ?? "")
  }

  /// `⠋ Thinking…`, `✻ Working (3s, esc to cancel)`
  private func isSpinner(_ row: Row) -> Bool {
    let text = row.text().drop { $0.isWhitespace || LineDrawing.isFrame($0) }
    guard let first = text.unicodeScalars.first else { return false }
    let turns =
      (0x2801...0x28FF).contains(first.value) || "◐◓◑◒✻✽✶✳✢⣾⣽".unicodeScalars.contains(first)
    return turns && text.dropFirst().first?.isWhitespace == true
      && (text.contains("…") || text.contains("..."))
  }

  // MARK: - Neighbours

  private func neighbours(_ row: Int, _ spot: GenericComposer.Spot) -> String? {
    let above = spot.isBox ? row - 2 : row - 1
    if !isFrame(above), let fault = asking(screen.row(above)) { return fault }
    if isLopsided(row) { return "there is a line below the prompt, and none above it" }
    if !isFrame(row + 1), !isHint(row + 1) { return "there is text right below the prompt" }
    let near = screen.clamped((row - 8)...(row + 8)) ?? 0...0
    let chosen = near.contains { index in
      let at = screen.row(index)
      let isBar = at.isBar(width: screen.width) || index == screen.height - 1
      return at.hasSelection && !ours.contains(index) && !isBar
    }
    return chosen || hasPaintedItem(above: row) ? "there is a chosen item near the prompt" : nil
  }

  /// A composer between lines has two.
  private func isLopsided(_ row: Int) -> Bool {
    screen.isRule(row + 1) && !isFrame(row - 1) && !screen.row(row - 1).isBlank
  }

  /// Whether there is a list above the prompt with one highlighted row next to one that is not.
  private func hasPaintedItem(above row: Int) -> Bool {
    for index in max(1, row - 10)..<max(1, row) where !ours.contains(index) {
      let (one, other) = (screen.row(index - 1), screen.row(index))
      if one.isBlank || other.isBlank || one.isFrameOnly || other.isFrameOnly { continue }
      if one.isPainted != other.isPainted { return true }
    }
    return false
  }

  /// A row directly above the prompt that asks for something specific, not for a message.
  private func asking(_ row: Row) -> String? {
    let text = row.text().split(separator: " ").joined(separator: " ")
    guard let last = text.last else { return nil }
    // `12/340` above its prompt is how a filter shows its number of matches.
    let count = text.split(separator: " ")[0].split(separator: "/")
    if count.count == 2, count.allSatisfy({ Int($0) != nil }) { return "a list is being filtered" }
    if Choice(row)?.isNumbered == true { return "there is a list right above the prompt" }
    let first = text.drop { !$0.isLetter }.prefix { $0.isLetter }.lowercased()
    let asks = "?:？：".contains(last) || Self.wishes.contains(first)
    return asks ? "something is asked right above the prompt" : nil
  }

  /// Words in the hint of a field that is not a composer.
  private static let fields = SignSet([
    "password", "api key", "token", "email", "user name", "file name", "branch name",
    "commit message",
  ])
  private static let filters = ["search", "filter", "find", "rename"]

  private static let wishes: Set<String> = [
    "enter", "choose", "select", "pick", "provide", "specify", "which", "what", "name", "rename",
    "search", "filter", "find", "confirm", "rate", "input", "paste", "set", "new", "add", "insert",
    "your", "please", "write", "give", "token", "password", "passphrase", "key", "code", "login",
    "user", "username", "email", "path", "url",
  ]

  private func isFrame(_ index: Int) -> Bool {
    screen.row(index).isFrameOnly || screen.isRule(index)
  }

  /// A hint below the prompt: dim or grey, a status bar, or a row that names keys.
  private func isHint(_ index: Int) -> Bool {
    let row = screen.row(index)
    let start = row.cells.firstIndex { !$0.isBlank && !$0.isFrame } ?? 0
    if row.isMuted(from: start) || row.isBar(width: screen.width) { return true }
    return Squeezed(screen, rows: index...index).first(of: Self.ownKeys) != nil
  }
}
