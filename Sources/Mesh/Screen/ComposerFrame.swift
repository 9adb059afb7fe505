/// The rows around a composer.
extension ComposerSearch {
  /// Whether the rows above an index are these, outward.
  func isBelow(_ frame: [Profile.FrameRow], _ index: Int) -> Bool { fits(frame, index, -1) }
  /// Whether the rows below an index are these, outward.
  func isAbove(_ frame: [Profile.FrameRow], _ index: Int) -> Bool { fits(frame, index, 1) }

  private func fits(_ frame: [Profile.FrameRow], _ index: Int, _ step: Int) -> Bool {
    var at = index + step
    for kind in frame {
      switch kind {
      case .rule:
        guard screen.isRule(at) else { return false }
        at += step
      case .blank:
        guard screen.row(at).isBlank else { return false }
        at += step
      case .bars:
        guard screen.has(at), screen.row(at).isFrameOnly, !screen.row(at).isBlank else {
          return false
        }
        at += step
      case .words:
        guard screen.has(at), !screen.row(at).isBlank, !screen.isRule(at) else { return false }
        at += step
      case .blanks:
        while screen.has(at), screen.row(at).isBlank { at += step }
      case .text:
        let limit = at + 8 * step
        while at != limit, isPlainText(at) { at += step }
      }
    }
    return true
  }

  private func isPlainText(_ index: Int) -> Bool {
    screen.has(index) && !screen.row(index).isBlank && !screen.isRule(index)
      && promptColumns(index) == nil
  }
}
