/// Reads a shell, an interpreter's prompt or a client. Nothing is typed into these unless the
/// pane's owner wants it raw.
enum PromptReading {
  static func read(_ facts: PaneFacts, _ screen: Screen, _ profile: Profile) -> Reading {
    let row = screen.row(facts.cursorY)
    var finding = Reading(
      .shellPrompt, "a program of the kind \(profile.kind.rawValue) runs here", profile: profile)
    finding.lineIsEmpty =
      isBehindGlyph(row, facts.cursorX, of: shellGlyphs + interpreterGlyphs)
      && screen.rows.dropFirst(facts.cursorY + 1).allSatisfy(\.isBlank)
    finding.evidence.append(
      finding.lineIsEmpty
        ? "nothing is half typed" : "the cursor is not after an empty prompt")
    return finding
  }

  /// Whether the cursor's row begins with one of the profile's prompts and only a hint is below, or
  /// is a later row of the same draft.
  /// - Parameter anyGlyph: anything that looks like a prompt counts too.
  static func isAtPrompt(
    _ facts: PaneFacts, _ screen: Screen, _ profile: Profile, anyGlyph: Bool
  ) -> Bool {
    guard !profile.composer.prompts.isEmpty else { return true }
    let prompts = profile.composer.prompts.map { Glob($0 + "*") }
    let row = screen.row(facts.cursorY)
    for index in stride(from: facts.cursorY, through: max(0, facts.cursorY - 20), by: -1) {
      let text = screen.row(index).text() + " "
      if prompts.contains(where: { $0.matches(text) }) { return true }
      if index < facts.cursorY, screen.row(index).isBlank { break }
    }
    let below = screen.rows.dropFirst(facts.cursorY + 1)
    return below.allSatisfy { $0.isBlank || $0.isMuted() } && anyGlyph
      && isBehindGlyph(row, facts.cursorX, of: shellGlyphs + interpreterGlyphs)
  }

  private static let shellGlyphs = ["$", "#", "%"]
  private static let interpreterGlyphs = [">", ":", "❯", "›", "»", "➜", "λ"]
  /// Prompts of programs that read lines.
  static let lineGlyphs = [">", ":", "❯", "›", "»", "➜", "→", "?"]

  /// Whether an unknown program's cursor is after `$`, `#`, `%`, or after a word and `>`, as
  /// interpreters prompt.
  static func looksLikePrompt(_ facts: PaneFacts, _ screen: Screen) -> Bool {
    let row = screen.row(facts.cursorY)
    if isBehindGlyph(row, facts.cursorX, of: shellGlyphs) { return true }
    let before = row.text(to: facts.cursorX).filter { !$0.isWhitespace }
    if GenericComposer.isPersonsTurn(before) { return false }
    return before.count >= 2 && before.hasSuffix(">")
      && isBehindGlyph(row, facts.cursorX, of: [">"]) && !row.cells.contains { $0.isFrame }
  }

  /// Whether one of the glyphs is directly before the cursor, with at most one blank between, and
  /// only dim text follows.
  static func isBehindGlyph(_ row: Row, _ cursor: Int, of glyphs: [String]) -> Bool {
    guard cursor > 0, cursor <= row.cells.count + 1 else { return false }
    let glyph = row.cell(cursor - 1).isBlank ? cursor - 2 : cursor - 1
    guard glyph >= 0, glyphs.contains(row.cell(glyph).text) else { return false }
    return row.isHint(from: cursor, to: row.end, cursor: cursor)
  }
}

/// Reads a program that reads lines from its terminal.
struct LineReading {
  let facts: PaneFacts
  let screen: Screen

  /// - Parameter profile: `nil` if only the pane's `@agent-input line` says so.
  func read(profile: Profile?) -> Reading {
    var finding = line(prompts: profile == nil)
    if finding.beneathHuman == .unknown { finding.beneathHuman = .draft }
    finding.profile = profile
    finding.kind = .reader
    return finding
  }

  /// A program without a profile, on a terminal that delivers lines.
  func readUnknown() -> Reading {
    let above = (facts.cursorY - 2)...max(facts.cursorY - 2, facts.cursorY)
    if let sign = DialogSigns.find([DialogSigns.strong], in: screen, rows: above) {
      return Reading(.dialog, "a question is open: \(sign)")
    }
    var finding = line(prompts: false)
    finding.kind = .reader
    return finding
  }

  private func line(prompts: Bool) -> Reading {
    let row = screen.row(facts.cursorY)
    if facts.cursorX == 0, row.isBlank, screen.has(facts.cursorY) {
      return Reading(.ready, "the cursor is at the start of an empty row")
    }
    let rows = facts.cursorY...facts.cursorY
    if let sign = DialogSigns.find([DialogSigns.strong], in: screen, rows: rows) {
      return Reading(.dialog, "a question is open: \(sign)")
    }
    if prompts, PromptReading.isBehindGlyph(row, facts.cursorX, of: PromptReading.lineGlyphs) {
      return Reading(.ready, "the cursor is after a prompt")
    }
    return Reading(.unknown, "there is text on the cursor's row")
  }
}
