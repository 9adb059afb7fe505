/// One child process, start to end: stdin from memory, stdout and stderr to a limit, a deadline.
package enum Child {
  package enum Failure: Error, Equatable, Sendable {
    /// No such program, or not ours to run.
    case notStarted(Errno)
    case timeout
    case tooMuchOutput
  }

  /// `status`: the exit code, or 128 + signal. Of `err` no more than the limit is kept.
  package struct Output: Equatable, Sendable {
    package let status: Int32
    package let out: [UInt8]
    package let err: [UInt8]
  }

  /// - Parameter executable: a path, or a name that is looked up in PATH.
  /// - Parameter environment: the child's whole environment; nil: ours.
  /// - Parameter limit: bytes of stdout above which the child is killed.
  package static func run(
    _ executable: String, _ arguments: [String], environment: [String: String]? = nil,
    stdin: [UInt8] = [], limit: Int = 1 << 20, deadline: Duration
  ) throws(Failure) -> Output {
    let end = ContinuousClock.now + deadline
    do {
      var talk = try Conversation(
        executable, arguments, environment: environment, stderr: .capture(limit: limit))
      try say(stdin, to: &talk, until: end)
      var out: [UInt8] = []
      while true {
        let piece = try talk.read(atMost: 1 << 20, until: end)
        if piece.isEmpty { break }
        out += piece
        guard out.count <= limit else { throw Failure.tooMuchOutput }
      }
      let ending = try talk.finish(until: end)
      return Output(status: ending.status, out: out, err: ending.stderr)
    } catch let failure as Failure {
      throw failure
    } catch {
      switch error as? ConversationError {
      case .notStarted(let code): throw .notStarted(code)
      default: throw .timeout
      }
    }
  }

  /// Starts a process that outlives us: a session of its own, /dev/null as stdio, nobody waits for it.
  package static func detach(
    _ executable: String, _ arguments: [String], environment: [String: String]? = nil
  ) throws(Failure) {
    do {
      let null = try Devices.null()
      let stdio = Spawn.Stdio(input: null.raw, out: null.raw, err: null.raw)
      Detached.add(
        try Spawn.start(
          executable, arguments, environment: environment, stdio, ownSession: true))
    } catch {
      throw .notStarted(error)
    }
  }

  /// A child that does not want its stdin is no failure of ours.
  private static func say(
    _ bytes: [UInt8], to talk: inout Conversation, until end: ContinuousClock.Instant
  ) throws(ConversationError) {
    if !bytes.isEmpty {
      do {
        try talk.write(bytes, until: end)
      } catch .closed {
      }
    }
    talk.closeInput()
  }
}

/// Why a conversation with a child ended early.
package enum ConversationError: Error, Equatable, Sendable {
  /// No such program, or not ours to run.
  case notStarted(Errno)
  /// The time that the caller gave is over.
  case timeout
  /// The child reads no more.
  case closed
}

extension ConversationError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .notStarted(let code): "it could not be started: \(code)"
    case .timeout: "it took too long"
    case .closed: "it stopped reading"
    }
  }
}

/// A conversation with one child: bytes to its stdin, bytes from its stdout, deadlines on everything.
/// No thread and no async runtime: one `poll` loop. When it goes out of scope the child is killed and reaped.
package struct Conversation: ~Copyable, Sendable {
  /// What happens to the child's stderr.
  package enum Stderr: Sendable {
    /// Kept to this many bytes; what is more is read and left out.
    case capture(limit: Int)
    case inherit
    case discard
  }

  /// How the child ended: its exit code, or 128 + signal.
  package struct Ending: Equatable, Sendable {
    package let status: Int32
    package let stderr: [UInt8]

    package init(status: Int32, stderr: [UInt8]) {
      self.status = status
      self.stderr = stderr
    }
  }

  /// Read ahead of the caller at most this far.
  private static let readAhead = 16 << 20

  private var child: ChildProcess
  private var input: Descriptor
  private var out: Descriptor
  private var err: Descriptor
  private var unsent: ArraySlice<UInt8> = []
  private var inputBroken = false
  private var unread: [UInt8] = []
  /// How much of `unread` the caller has.
  private var taken = 0
  /// What the child wrote to stderr until now, to the limit.
  package private(set) var complaints: [UInt8] = []
  private let complaintLimit: Int

  /// - Parameter executable: a path, or a name that is looked up in PATH.
  /// - Parameter environment: the child's whole environment; nil: ours.
  package init(
    _ executable: String, _ arguments: [String], environment: [String: String]? = nil,
    stderr: Stderr = .capture(limit: 65536)
  ) throws(ConversationError) {
    do {
      let input = try Pipe()
      let out = try Pipe()
      var errRead = Descriptor(-1)
      var errWrite = Descriptor(-1)
      var limit = 0
      switch stderr {
      case .inherit: break
      case .discard: errWrite = try Devices.null()
      case .capture(let most):
        let pipe = try Pipe()
        errRead = pipe.read
        errWrite = pipe.write
        limit = max(0, most)
        errRead.makeNonBlocking()
      }
      let stdio = Spawn.Stdio(
        input: input.read.raw, out: out.write.raw, err: errWrite.isOpen ? errWrite.raw : nil)
      child = ChildProcess(
        try Spawn.start(executable, arguments, environment: environment, stdio))
      self.input = input.write
      self.out = out.read
      err = errRead
      complaintLimit = limit
    } catch {
      throw .notStarted(error)
    }
    self.input.makeNonBlocking()
    self.out.makeNonBlocking()
  }

  /// What the child printed, as soon as there is something.
  /// - Returns: at most that many bytes; empty: the child closed its stdout.
  package mutating func read(
    atMost limit: Int, until end: ContinuousClock.Instant
  ) throws(ConversationError) -> [UInt8] {
    while unread.isEmpty {
      guard out.isOpen else { return [] }
      try step(until: end)
    }
    let piece = Array(unread[taken...].prefix(max(1, limit)))
    taken += piece.count
    if taken == unread.count { dropUnread() }
    return piece
  }

  /// Writes all of it, and keeps reading stdout and stderr meanwhile, so that neither side waits for the other.
  package mutating func write(
    _ bytes: [UInt8], until end: ContinuousClock.Instant
  ) throws(ConversationError) {
    guard input.isOpen, !inputBroken else { throw .closed }
    unsent = bytes[...]
    // Mostly there is room at once.
    give()
    if inputBroken { throw .closed }
    while !unsent.isEmpty {
      try step(until: end)
      if inputBroken { throw .closed }
    }
  }

  /// Much is going to be written.
  package mutating func expectMuch() { input.widen() }

  /// The child reads end of file.
  package mutating func closeInput() { input.close() }

  /// Closes stdin, reads what is left and waits for the end.
  /// A grandchild that keeps stderr open does not hold this up once the child itself is gone.
  package mutating func finish(
    until end: ContinuousClock.Instant
  ) throws(ConversationError) -> Ending {
    closeInput()
    while out.isOpen || err.isOpen {
      try step(until: end)
      dropUnread()
    }
    guard let status = child.wait(until: end) else { throw .timeout }
    return Ending(status: status, stderr: complaints)
  }

  private mutating func dropUnread() {
    unread.removeAll(keepingCapacity: unread.capacity <= 1 << 20)
    taken = 0
  }

  /// One wait and whatever it brought.
  private mutating func step(until end: ContinuousClock.Instant) throws(ConversationError) {
    var interests = [
      Waiting.Interest(unread.count < Conversation.readAhead ? out.raw : -1),
      Waiting.Interest(err.raw),
      Waiting.Interest(unsent.isEmpty ? -1 : input.raw, forWriting: true),
    ]
    let now = ContinuousClock.now
    guard now < end else { throw .timeout }
    // Whoever lives on with the child's descriptors must not keep us: look after the child now and then.
    let slice: Duration = out.isOpen ? .milliseconds(50) : .milliseconds(2)
    guard Waiting.poll(&interests, until: min(end, now + slice)) else {
      if child.poll() != nil { closeAfterExit() }
      return
    }
    if interests[0].ready { takeOut() }
    if interests[1].ready { takeErr() }
    if interests[2].ready { give() }
  }

  private mutating func takeOut() {
    switch out.read(atMost: 65536) {
    case .bytes(let bytes): unread += bytes
    case .again: break
    case .end, .failed: out.close()
    }
  }

  private mutating func takeErr() {
    switch err.read(atMost: 65536) {
    case .bytes(let bytes): complaints += bytes.prefix(complaintLimit - complaints.count)
    case .again: break
    case .end, .failed: err.close()
    }
  }

  private mutating func give() {
    do {
      unsent = unsent.dropFirst(try input.write(unsent))
    } catch {
      inputBroken = true
      unsent = []
    }
  }

  /// The child has ended. What it wrote between our last look at the pipes and its end is still in them.
  private mutating func closeAfterExit() {
    var (before, now) = (-1, unread.count)
    while out.isOpen, now != before, now < Conversation.readAhead {
      takeOut()
      (before, now) = (now, unread.count)
    }
    if err.isOpen { takeErr() }
    out.close()
    err.close()
    inputBroken = true
    unsent = []
  }
}
