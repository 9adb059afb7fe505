package import Mesh

/// One tmux client for one delivery: it runs a script, reports the result and waits for the next, so a look takes a
/// fraction of a millisecond and no new process. It reads each script from a named pipe in our own folder, so that
/// nothing of it is in arguments that other accounts can read. The caller holds the pane's lock.
package struct TypingClient: ~Copyable {
  /// The most scripts for one client; then another client is started.
  private static let most = 40
  /// More than any screen with its styles takes.
  private static let limit = 8 << 20

  /// The result of one script.
  private struct Step {
    var look: PaneLook?
    var event: Marks.Kind?
  }

  private let tmux: Tmux
  private let pane: PaneID
  private let folder: String
  private var place: PanePlace?
  private var talk: Conversation
  private var marks: Marks
  private var stream: MarkedStream
  private var reader: LookReader
  private var base: String
  /// The pipe of the next script, made before the client opens it.
  private var pipe: NamedPipe?
  private var number = 0

  /// Starts the client.
  /// - Parameter folder: a private folder for the pipes, if none can be made beside the server's socket.
  /// - Parameter options: options to read in the first look.
  package init(
    _ tmux: Tmux, _ pane: PaneID, _ options: OptionQuery = .none, folder: borrowing Directory
  ) throws(Tmux.Failure) {
    let begun = try Self.begun(in: [tmux.socketFolder, folder.path])
    let talk = try tmux.converse(Self.reads(begun.base))
    (self.tmux, self.pane) = (tmux, pane)
    (self.folder, base, pipe) = begun
    marks = Marks()
    stream = MarkedStream(marks)
    reader = LookReader(pane, options, marks)
    self.talk = talk
  }

  private static func newBase(in folder: String) -> String { "\(folder)/am-\(Marks().secret)." }

  /// The server opens the pipe. In a sandbox or container it may see other files than we do, but it sees its
  /// socket's folder.
  private static func begun(
    in folders: [String]
  ) throws(Tmux.Failure) -> (folder: String, base: String, pipe: NamedPipe) {
    var failure = Tmux.Failure.garbled
    for folder in folders {
      let base = newBase(in: folder)
      do { return (folder, base, try made(base, 0)) } catch { failure = error }
    }
    throw failure
  }

  private static func reads(_ base: String) -> [[String]] {
    (0..<most).map { ["source-file", literally("\(base)\($0)")] }
  }

  private static func made(_ base: String, _ number: Int) throws(Tmux.Failure) -> NamedPipe {
    do { return try NamedPipe("\(base)\(number)") } catch {
      throw .refused(Printable.line("\(SystemError(error, "make pipe", base))"))
    }
  }

  /// tmux takes file names for patterns.
  private static func literally(_ path: String) -> String {
    path.reduce(into: "") { text, character in
      if "\\*?[]{}~".contains(character) { text.append("\\") }
      text.append(character)
    }
  }

  // MARK: - Actions

  /// Current flags and screen; the first time also the options.
  /// - Throws: `refused` when the pane is gone.
  package mutating func look(until end: ContinuousClock.Instant) throws(Tmux.Failure) -> PaneLook {
    guard let look = try run({ _ in [] }, until: end).look else { throw ending() }
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
      let failure = ending()
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

  /// Keeps the client, or starts another one when it has read its most scripts.
  private mutating func renew() throws(Tmux.Failure) {
    guard number == Self.most, let place else { return }
    marks = Marks()
    stream = MarkedStream(marks)
    reader = LookReader(after: place, marks)
    base = Self.newBase(in: folder)
    pipe = try Self.made(base, 0)
    talk = try tmux.converse(Self.reads(base))
    number = 0
  }

  // MARK: - A script and its output

  /// Runs the lines, then looks.
  private mutating func run(
    _ lines: (Marks) -> [String], until end: ContinuousClock.Instant
  ) throws(Tmux.Failure) -> Step {
    try renew()
    let look = reader.commands.map(Tmux.line).joined(separator: " ; ")
    let all = lines(marks) + [look, "display-message -p \(marks.event(.stepped))"]
    let script = all.joined(separator: "\n")
    try write(Array("\(script)\n".utf8), until: end)
    var step = Step()
    while true {
      while let chunk = stream.next() {
        switch chunk.kind {
        case .pasted, .refused, .entered, .held: step.event = chunk.kind
        case .stepped: return step
        default:
          guard let look = try reader.take(chunk) else { break }
          (step.look, place) = (look, look.place)
          reader = LookReader(after: look.place, marks)
        }
      }
      try read(until: end)
    }
  }

  private mutating func write(
    _ script: [UInt8], until end: ContinuousClock.Instant
  ) throws(Tmux.Failure) {
    guard let now = pipe else { throw .timeout }
    number += 1
    pipe = number < Self.most ? try Self.made(base, number) : nil
    var rest = script[...]
    let began = ContinuousClock.now
    while !rest.isEmpty {
      let count: Int?
      do { count = try now.write(rest) } catch { throw ending() }
      switch count {
      case nil:
        guard rest.count == script.count, !talk.isOver() else { throw ending() }
        // Nothing tells that the client has opened the pipe: look more seldom the longer it takes.
        let waited = ContinuousClock.now - began
        Waiting.pause(min(max(waited / 8, .microseconds(30)), .milliseconds(2)))
      case 0?: now.waitForRoom(until: end)
      case let count?: rest = rest.dropFirst(count)
      }
      if ContinuousClock.now >= end { throw .timeout }
    }
    now.close()
  }

  private mutating func read(until end: ContinuousClock.Instant) throws(Tmux.Failure) {
    guard stream.pending <= Self.limit else { throw .garbled }
    let piece: [UInt8]
    do { piece = try talk.read(atMost: 1 << 16, until: end) } catch { throw .timeout }
    if piece.isEmpty { throw ending() }
    stream.append(piece)
  }

  /// Why the client did not execute the script.
  private mutating func ending() -> Tmux.Failure {
    pipe = nil
    guard let ending = try? talk.finish(until: .now + .seconds(1)) else { return .timeout }
    return Tmux.Failure.reading(ending.stderr, socket: tmux.socket)
  }
}
