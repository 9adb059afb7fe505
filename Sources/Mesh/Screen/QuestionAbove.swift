/// A question under which the composer stays drawn: some programs leave it there, and Enter would answer the question.
enum QuestionAbove {
  /// Rows above the composer that are looked at: a question with its answers and hints fits.
  private static let reach = 14
  /// Hints that only a question has. Not "do you want to": agents end their answers so.
  private static let hints = SignSet([
    "(y/n)", "[y/n]", "(y/n/", "[y/n/", "(yes/no", "[yes/no", "(y)es", "[y]es", "esc to cancel",
    "escape to cancel", "enter to confirm", "enter to select",
  ])

  /// - Parameter row: the composer's.
  /// - Parameter ours: rows that hold our own messages.
  static func find(above row: Int, in screen: Screen, without ours: Set<Int>) -> String? {
    let runs = runs(above: row, screen)
    let kept = runs.joined().filter { !ours.contains($0) }
    if kept.contains(where: { DialogSigns.isChosenAnswer(screen.row($0)) }) {
      return "a numbered answer under a marker, above the composer"
    }
    let last = (runs.first ?? []).filter { !ours.contains($0) }
    return Squeezed(screen, rows: last).first(of: hints).map { "\($0), above the composer" }
  }

  /// The two runs of written rows that are nearest; frames and blank rows lie between.
  private static func runs(above row: Int, _ screen: Screen) -> [[Int]] {
    var runs: [[Int]] = [[]]
    for index in stride(from: row - 1, through: max(0, row - reach), by: -1) {
      let isText = screen.row(index).cells.contains { !$0.isBlank && !$0.isFrame }
      if isText {
        runs[runs.count - 1].append(index)
      } else if runs.last?.isEmpty == false {
        if runs.count == 2 { break }
        runs.append([])
      }
    }
    return runs.map { $0.reversed() }
  }
}
