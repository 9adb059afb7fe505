/// A full-screen program that no profile knows. `ready` only if the cursor stands right behind a prompt-like glyph, on an
/// otherwise empty row, between blank rows or parts of a frame; any sign of a dialog or of text wins.
struct GenericReading {
  let facts: PaneFacts
  let screen: Screen
  let ours: Set<Int>

  /// What composers begin with. Not `$`, `#`, `%` and not a word before it: those are prompts of shells and interpreters.
  private static let glyphs: Set<String> = ["❯", "›", ">", "»", "▸", "▶", "❭", "⟩", "➜", "→"]

  func read() -> Finding {
    let all = 0...max(0, screen.height - 1)
    if let sign = DialogSigns.find([DialogSigns.all], in: screen, rows: all, without: ours) {
      return Finding(.dialog, "a question may be open: \(sign)")
    }
    guard let column = glyphColumn else {
      return Finding(.unknown, "the cursor does not stand behind a prompt")
    }
    let place = ComposerPlace(row: facts.cursorY, column: column + 2)
    if let fault = fault(place) { return at(place, fault) }
    var finding = Finding(
      .ready, "the cursor stands behind a prompt, on an empty row, in an empty frame")
    finding.composer = place
    return finding
  }

  private func at(_ place: ComposerPlace, _ fault: Fault) -> Finding {
    var finding = Finding(fault.state, fault.evidence)
    finding.composer = place
    return finding
  }

  private struct Fault {
    let state: PaneState
    let evidence: String
  }

  /// The column of the glyph that the cursor's row begins with, behind at most two blanks or parts of a frame.
  private var glyphColumn: Int? {
    let row = screen.row(facts.cursorY)
    let first = row.cells.firstIndex { !$0.isBlank && !$0.isFrame }
    guard let first, first <= 4, Self.glyphs.contains(row.cell(first).text) else { return nil }
    return row.cell(first + 1).isBlank ? first : nil
  }

  private func fault(_ place: ComposerPlace) -> Fault? {
    let row = screen.row(place.row)
    let framed = row.end > 0 && row.cell(row.end - 1).isFrame
    guard row.isHint(from: place.column, to: framed ? row.end - 1 : row.end, cursor: place.column)
    else {
      return Fault(state: .draft, evidence: "text stands behind the prompt")
    }
    guard facts.cursorX == place.column else {
      return Fault(state: .draft, evidence: "the cursor does not stand right behind the prompt")
    }
    guard facts.cursorShown || row.cell(place.column).style.contains(.reversed) else {
      return Fault(state: .unknown, evidence: "no cursor is to be seen behind the prompt")
    }
    guard isFrame(place.row - 1), isFrame(place.row + 1) else {
      return Fault(state: .unknown, evidence: "text stands right above or below the prompt")
    }
    guard !near(place.row).contains(where: { screen.row($0).hasSelection && !ours.contains($0) })
    else {
      return Fault(state: .unknown, evidence: "a chosen item stands near the prompt")
    }
    return nil
  }

  private func isFrame(_ index: Int) -> Bool {
    screen.row(index).isFrameOnly || screen.isRule(index)
  }

  private func near(_ row: Int) -> ClosedRange<Int> {
    screen.clamped((row - 8)...(row + 8)) ?? 0...0
  }
}
