package import Mesh

/// One tmux client for one delivery: each look and each action is a script of it. The caller holds the pane's lock.
package struct TypingClient: ~Copyable {
  /// The result of one script.
  private struct Step {
    var look: PaneLook?
    var event: Marks.Kind?
  }

  private let tmux: Tmux
  /// For the pipes, if none can be made beside the server's socket.
  private let folder: String
  private var client: ScriptClient
  private var place: PanePlace?
  private var query: LookQuery
  /// tmux says that the pane has changed. In case we and tmux read the screen differently, it searches it from then on.
  private var asksForSigns = false

  /// - Parameter folder: a private folder for the pipes, if none can be made beside the server's socket.
  /// - Parameter options: options to read in the first look.
  package init(
    _ tmux: Tmux, _ pane: PaneID, _ options: OptionQuery = .none, folder: borrowing Directory
  ) throws(Tmux.Failure) {
    (self.tmux, self.folder) = (tmux, folder.path)
    client = try tmux.scriptClient(or: folder.path)
    query = LookQuery(pane, options, client.marks)
  }

  // MARK: - Actions

  /// Current flags and screen; the first time also the options.
  /// - Throws: `refused` when the pane is gone.
  package mutating func look(
    until end: ContinuousClock.Instant, meanwhile: () -> Void = {}
  ) throws(Tmux.Failure) -> PaneLook {
    guard let look = try run({ _ in [] }, until: end, meanwhile: meanwhile).look else {
      throw client.ending()
    }
    return look
  }

  /// Types, if the pane is unchanged since the look.
  /// - Returns: the result and a look right after; no look when the pane is gone.
  /// - Throws: when the result is unknown.
  package mutating func paste(
    _ paste: Paste, since look: PaneLook, until end: ContinuousClock.Instant
  ) throws(Tmux.Failure) -> (event: Typing.Event, look: PaneLook?) {
    let step = try run({ TypingScript(look: look, marks: $0).paste(paste) }, until: end)
    switch step.event {
    case .pasted: return (.pasted, step.look)
    case .refused: return (.moved, step.look)
    default:
      // The client's error text tells whether the pane existed.
      let failure = client.ending()
      tmux.dropBuffers(of: paste.id)
      guard case .refused(let words) = failure, words.contains("can't find pane") else {
        throw failure
      }
      return (.moved, nil)
    }
  }

  /// Presses Enter, if the pane is unchanged since the look.
  package mutating func enter(
    _ permit: EnterPermit, since look: PaneLook, until end: ContinuousClock.Instant
  ) throws(Tmux.Failure) -> (event: Typing.Event, look: PaneLook?) {
    let step = try run({ TypingScript(look: look, marks: $0).enter }, until: end)
    return (step.event == .entered ? .entered : .held, step.look)
  }

  /// Runs the lines, then looks. A client that has run its most scripts is replaced.
  private mutating func run(
    _ lines: (Marks) -> [String], until end: ContinuousClock.Instant, meanwhile: () -> Void = {}
  ) throws(Tmux.Failure) -> Step {
    if client.isUsedUp, let place {
      client = try tmux.scriptClient(or: folder)
      query = LookQuery(after: place, client.marks, signs: asksForSigns)
    }
    let marks = client.marks
    let look = query.commands.map(Tmux.line).joined(separator: " ; ")
    var (step, query, signs) = (Step(), query, asksForSigns)
    try client.run(lines(marks) + [look], until: end, meanwhile: meanwhile) {
      chunk throws(Tmux.Failure) in
      switch chunk.kind {
      case .pasted, .entered: step.event = chunk.kind
      case .refused, .held: (step.event, signs) = (chunk.kind, true)
      default:
        guard let look = try query.take(chunk) else { break }
        step.look = look
        query = LookQuery(after: look.place, marks, signs: signs)
      }
    }
    (self.query, asksForSigns) = (query, signs)
    place = step.look?.place ?? place
    return step
  }
}
