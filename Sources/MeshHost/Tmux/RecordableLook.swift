/// A look that can be saved as a `Recording`.
extension Tmux {
  /// A look, and `capture-pane -p -e` of the same moment, which omits the
  /// blanks at the ends of rows.
  package func recordableLook(_ pane: PaneID) throws(Failure) -> (look: PaneLook, capture: [UInt8])
  {
    let marks = Marks()
    var reader = LookReader(pane, .none, marks)
    let out = try run(
      all: [["capture-pane", "-p", "-e", "-t", pane.description]] + reader.commands)
    let start = out[...].position(of: Array(marks.secret.utf8)) ?? out.count
    var stream = MarkedStream(marks)
    stream.append(out)
    while let chunk = stream.next() {
      if let look = try reader.take(chunk) { return (look, Array(out.prefix(start))) }
    }
    throw .garbled
  }
}
