/// Looks at many panes at once, to show them, not to type into one.
extension PanePlace {
  /// From a listing.
  init(_ placed: PlacedPane) {
    let pane = placed.pane
    (self.pane, window, session) = (pane.id, pane.window, pane.session)
    (windowIndex, paneIndex, tty) = (pane.windowIndex, pane.index, pane.tty)
    (sessionName, windowName, server) = (pane.sessionName, pane.windowName, placed.server)
  }
}

extension Tmux {
  /// tmux sends a client's commands in one message of at most 16 KiB; a look
  /// needs about 650 bytes of it.
  private static let looksOfOneClient = 20

  /// What tmux reports about panes of this server, with their screens. Each look is from one
  /// moment. Panes that have closed are left out.
  func looks(_ places: [PanePlace]) -> [PaneLook] {
    stride(from: 0, to: places.count, by: Tmux.looksOfOneClient).flatMap { start in
      halving(places[start..<min(start + Tmux.looksOfOneClient, places.count)])
    }
  }

  /// If a pane has closed, the client that looks at it fails. Then look at the halves separately.
  private func halving(_ places: ArraySlice<PanePlace>) -> [PaneLook] {
    do { return try together(places) } catch {
      if case .timeout = error { return [] }
      guard places.count > 1 else { return [] }
      let middle = places.startIndex + places.count / 2
      return halving(places[..<middle]) + halving(places[middle...])
    }
  }

  private func together(_ places: ArraySlice<PanePlace>) throws(Failure) -> [PaneLook] {
    let marks = Marks()
    var readers = places.map { LookReader(after: $0, marks) }[...]
    var stream = MarkedStream(marks)
    stream.append(try run(all: readers.flatMap(\.commands)))
    var looks: [PaneLook] = []
    while let chunk = stream.next(), !readers.isEmpty {
      guard let look = try readers[readers.startIndex].take(chunk) else { continue }
      looks.append(look)
      readers.removeFirst()
    }
    return looks
  }
}
