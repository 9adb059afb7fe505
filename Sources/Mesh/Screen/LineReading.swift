/// A program that reads lines from its terminal.
struct LineReading {
  let facts: PaneFacts
  let screen: Screen

  /// - Parameter profile: nil when the pane's `@agent-input line` says so.
  func read(profile: Profile?) -> Finding {
    var finding = line(prompts: profile == nil)
    if finding.state == .unknown { finding.state = .draft }
    finding.profile = profile
    finding.kind = .reader
    return finding
  }

  /// A program that no profile knows, on a terminal that reads lines.
  func readUnknown() -> Finding {
    let above = (facts.cursorY - 2)...max(facts.cursorY - 2, facts.cursorY)
    if let sign = DialogSigns.find([DialogSigns.strong], in: screen, rows: above) {
      return Finding(.dialog, "a question is open: \(sign)")
    }
    var finding = line(prompts: false)
    finding.kind = .reader
    return finding
  }

  private func line(prompts: Bool) -> Finding {
    let row = screen.row(facts.cursorY)
    if facts.cursorX == 0, row.isBlank, screen.has(facts.cursorY) {
      return Finding(.ready, "the cursor stands at the start of an empty row")
    }
    let rows = facts.cursorY...facts.cursorY
    if let sign = DialogSigns.find([DialogSigns.strong], in: screen, rows: rows) {
      return Finding(.dialog, "a question is open: \(sign)")
    }
    if prompts, PromptReading.isBehindGlyph(row, facts.cursorX, of: PromptReading.lineGlyphs) {
      return Finding(.ready, "the cursor stands behind a prompt")
    }
    return Finding(.unknown, "text stands on the cursor's row")
  }
}
