/// One tmux client that is talked with: it looks, then reads a script from its stdin and runs it.
struct TypingRoad: ~Copyable {
  enum Event { case look(PaneLook), pasted, refused, entered, held, end }

  /// More than any screen with its styles takes.
  private static let limit = 8 << 20

  let marks: Marks
  private let tmux: Tmux
  private var talk: Conversation
  private var stream: MarkedStream
  private var reader: LookReader

  private init(
    _ tmux: Tmux, _ reader: LookReader, _ first: [[String]]
  ) throws(Tmux.Failure) {
    talk = try tmux.converse(first + [["source-file", "-"]])
    (self.tmux, self.reader, marks) = (tmux, reader, reader.marks)
    stream = MarkedStream(reader.marks)
  }

  /// Looks at once; the script follows by `run`.
  static func looking(
    _ tmux: Tmux, _ pane: PaneID, _ query: OptionQuery
  ) throws(Tmux.Failure) -> TypingRoad {
    let reader = LookReader(pane, query, Marks())
    return try TypingRoad(tmux, reader, reader.commands)
  }

  /// Runs a script and nothing else.
  static func running(
    _ script: (Marks) -> String, _ tmux: Tmux, _ place: PanePlace,
    until end: ContinuousClock.Instant
  ) throws(Tmux.Failure) -> TypingRoad {
    let marks = Marks()
    var road = try TypingRoad(tmux, LookReader(after: place, marks), [])
    try road.run(script(marks), after: place, until: end)
    return road
  }

  /// The look that a client begins with. Nothing has been typed when this fails.
  mutating func firstLook(
    until end: ContinuousClock.Instant
  ) throws(Tmux.Failure) -> PaneLook {
    switch try next(until: end) {
    case .look(let look): return look
    case .end: throw ending(until: end)
    default: throw .garbled
    }
  }

  /// Hands over the script. tmux runs none of it before its end has come: when this fails, nothing was typed.
  mutating func run(
    _ script: String, after place: PanePlace, until end: ContinuousClock.Instant
  ) throws(Tmux.Failure) {
    do {
      try talk.write(Array(script.utf8), until: end)
    } catch .closed {
      throw ending(until: end)
    } catch {
      throw Tmux.Failure.reading(error, binary: tmux.binary)
    }
    talk.closeInput()
    reader = LookReader(after: place, marks)
  }

  /// What comes next.
  mutating func next(until end: ContinuousClock.Instant) throws(Tmux.Failure) -> Event {
    while true {
      while let chunk = stream.next() {
        if let event = try event(chunk) { return event }
      }
      guard stream.pending <= TypingRoad.limit else { throw .garbled }
      do {
        let piece = try talk.read(atMost: 1 << 16, until: end)
        if piece.isEmpty { return .end }
        stream.append(piece)
      } catch {
        throw Tmux.Failure.reading(error, binary: tmux.binary)
      }
    }
  }

  /// Why the client ended by itself.
  mutating func ending(until end: ContinuousClock.Instant) -> Tmux.Failure {
    guard let ending = try? talk.finish(until: end) else { return .timeout }
    return Tmux.Failure.reading(ending.stderr, socket: tmux.socket)
  }

  private mutating func event(_ chunk: Marks.Chunk) throws(Tmux.Failure) -> Event? {
    switch chunk.kind {
    case .pasted: .pasted
    case .refused: .refused
    case .entered: .entered
    case .held: .held
    default: try reader.take(chunk).map { .look($0) }
    }
  }
}
