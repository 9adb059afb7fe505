internal import Synchronization

/// One tmux client that runs one script after another: a further one takes a fraction of a millisecond and no new
/// process. It reads each script from a named pipe in our own folder, so that nothing of it is in arguments that other
/// accounts can read.
struct ScriptClient: ~Copyable, Sendable {
  /// The most scripts for one client. Each ends with the command that reads the next, and tmux nests 50 at most.
  private static let most = 40
  /// More than any listing, and any screen with its styles, takes.
  private static let limit = 16 << 20

  /// What begins and ends the client's output of a script.
  let marks: Marks
  private let socket: String
  private let base: String
  private var talk: Conversation
  private var stream: MarkedStream
  /// The pipe of the next script, made before the client opens it.
  private var pipe: NamedPipe?
  private var number = 0

  /// - Parameter folders: where its pipes may be, the first that can be written: private, or only tmux's own. The
  ///   server opens the pipe, and in a sandbox or container it may see other files than we do; it sees its socket's
  ///   folder.
  init(_ tmux: Tmux, in folders: [String]) throws(Tmux.Failure) {
    var (base, failure) = ("", Tmux.Failure.garbled)
    var made: NamedPipe?
    for folder in folders where made == nil {
      base = "\(folder)/am-\(Marks().secret)."
      do { made = try Self.made(base, 0) } catch { failure = error }
    }
    if made == nil { throw failure }
    let talk = try tmux.converse(Self.reading(base, 0))
    self.init(tmux.socket, base, made.take(), talk)
  }

  private init(
    _ socket: String, _ base: String, _ pipe: consuming NamedPipe?, _ talk: consuming Conversation
  ) {
    let marks = Marks()
    (self.marks, self.socket, self.base) = (marks, socket, base)
    stream = MarkedStream(marks)
    self.pipe = pipe
    self.talk = talk
  }

  private static func made(_ base: String, _ number: Int) throws(Tmux.Failure) -> NamedPipe {
    do { return try NamedPipe("\(base)\(number)") } catch {
      throw .refused(Printable.line("\(SystemError(error, "make pipe", base))"))
    }
  }

  /// The command that reads a pipe. tmux takes file names for patterns.
  private static func reading(_ base: String, _ number: Int) -> [String] {
    var path: [UInt8] = []
    for byte in "\(base)\(number)".utf8 {
      if "\\*?[]{}~".utf8.contains(byte) { path.append(UInt8(ascii: "\\")) }
      path.append(byte)
    }
    return ["source-file", String(decoding: path, as: UTF8.self)]
  }

  /// It has run its most scripts.
  var isUsedUp: Bool { number == Self.most }

  mutating func isOver() -> Bool { isUsedUp || talk.isOver() }

  /// Runs the lines of a script; a line that fails does not stop the next line.
  /// - Parameter meanwhile: what to do while tmux works.
  /// - Parameter take: gets every chunk of its output.
  mutating func run(
    _ lines: [String], until end: ContinuousClock.Instant, meanwhile: () -> Void = {},
    _ take: (Marks.Chunk) throws(Tmux.Failure) -> Void
  ) throws(Tmux.Failure) {
    try write(lines + ["display-message -p \(marks.event(.stepped))"], until: end)
    meanwhile()
    while true {
      while let chunk = stream.next() {
        if chunk.kind == .stepped { return }
        try take(chunk)
      }
      try read(until: end)
    }
  }

  /// Runs commands, one after another; the first that fails ends the client.
  /// - Returns: their output.
  mutating func output(
    of commands: String, until end: ContinuousClock.Instant
  ) throws(Tmux.Failure) -> [UInt8] {
    var (out, isDone) = ([UInt8](), false)
    let begin = "display-message -p \(marks.mark(.output))"
    let line = "\(begin) ; \(commands) ; display-message -p \(marks.event(.done))"
    try run([line], until: end) { chunk throws(Tmux.Failure) in
      if chunk.kind == .output { out = Array(chunk.body.dropFirst()) }
      if chunk.kind == .done { isDone = true }
    }
    guard isDone else { throw ending() }
    return out
  }

  private mutating func write(
    _ lines: [String], until end: ContinuousClock.Instant
  ) throws(Tmux.Failure) {
    guard var now = pipe.take() else { throw .timeout }
    number += 1
    pipe = number < Self.most ? try Self.made(base, number) : nil
    let next = pipe == nil ? [] : [Tmux.line(Self.reading(base, number))]
    let script = Array((lines + next).map { "\($0)\n" }.joined().utf8)
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

  /// Ends the client. - Returns: why it did not execute the script.
  mutating func ending() -> Tmux.Failure {
    pipe = nil
    guard let ending = try? talk.finish(until: .now + .seconds(1)) else { return .timeout }
    // A client whose server ended it says nothing.
    return ending.stderr.isEmpty ? .noServer : .reading(ending.stderr, socket: socket)
  }
}

extension Tmux {
  /// Removes the pipes that killed processes left beside the server's socket an hour ago or earlier.
  package func sweepPipes(now: Int64 = Clock.now) {
    guard let folder = try? Directory.open(socketFolder), let names = try? folder.names(limit: 4096)
    else { return }
    for name in names where name.hasPrefix("am-") && name.contains(".") {
      guard let facts = try? folder.facts(of: name), facts.kind == .other,
        facts.owner == FileStatus.ourselves, now - facts.modified > 3_600_000
      else { continue }
      _ = try? folder.remove(name)
    }
  }
}

/// A client that was started before it is needed, and is kept from one command to the next: a message asks tmux four
/// times. At its end the client is killed.
final class SpareClient: Sendable {
  private let client = Mutex<ScriptClient?>(nil)

  /// - Returns: the client, if there is one that takes another script. The caller has it alone.
  func take() -> ScriptClient? {
    guard var found = client.withLock({ $0.take() }), !found.isOver() else { return nil }
    return found
  }

  var isThere: Bool { client.withLock { $0 != nil } }

  func keep(_ client: consuming ScriptClient?) {
    self.client.withLock { $0 = client.take() }
  }
}
