/// Runs one child process from start to end: stdin from memory, limits on
/// stdout and stderr, a deadline.
package enum Child {
  package enum Failure: Error, Equatable, Sendable {
    /// The program does not exist, or we may not run it.
    case notStarted(Errno)
    case timeout
    case tooMuchOutput
  }

  /// `status`: the exit code, or 128 + signal. `err` is cut at the limit.
  package struct Output: Equatable, Sendable {
    package let status: Int32
    package let out: [UInt8]
    package let err: [UInt8]
  }

  /// - Parameter executable: a path, or a name that is searched in PATH.
  /// - Parameter environment: the child's whole environment; `nil`: ours.
  /// - Parameter limit: if stdout has more bytes, the child is killed.
  package static func run(
    _ executable: String, _ arguments: [String], environment: [String: String]? = nil,
    stdin: [UInt8] = [], limit: Int = 1 << 20, deadline: Duration
  ) throws(Failure) -> Output {
    let end = ContinuousClock.now + deadline
    do {
      var talk = try Conversation(
        executable, arguments, environment: environment, complaintLimit: limit)
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

  /// Starts a process that outlives us, in its own session with /dev/null as
  /// stdio. Nobody waits for it.
  package static func detach(
    _ executable: String, _ arguments: [String]
  ) throws(Failure) {
    do {
      let null = try Devices.null()
      let stdio = Spawn.Stdio(input: null.raw, out: null.raw, err: null.raw)
      Detached.add(
        try Spawn.start(
          executable, arguments, environment: nil, stdio, ownSession: true))
    } catch {
      throw .notStarted(error)
    }
  }

  /// It is not an error if the child does not read its stdin.
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
  /// The program does not exist, or we may not run it.
  case notStarted(Errno)
  /// The caller's deadline has passed.
  case timeout
  /// The child has closed its stdin.
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

/// A conversation with one child: bytes to its stdin, bytes from its stdout, with a deadline on
/// everything. One `poll` loop, without threads or an async runtime. When it goes out of scope, the
/// child is killed and reaped.
package struct Conversation: ~Copyable, Sendable {
  /// How the child ended: its exit code, or 128 + signal.
  package struct Ending: Equatable, Sendable {
    package let status: Int32
    package let stderr: [UInt8]
  }

  /// How far we read ahead of the caller at most.
  private static let readAhead = 16 << 20

  private var child: ChildProcess
  private var input: Descriptor
  private var out: Descriptor
  private var err: Descriptor
  private var unsent: ArraySlice<UInt8> = []
  private var inputBroken = false
  private var unread: [UInt8] = []
  /// How many bytes of `unread` the caller has taken.
  private var taken = 0
  /// What the child has written to stderr so far, up to the limit.
  package private(set) var complaints: [UInt8] = []
  private let complaintLimit: Int

  /// - Parameter executable: a path, or a name that is searched in PATH.
  /// - Parameter environment: the child's whole environment; `nil`: ours.
  /// - Parameter complaintLimit: how many bytes of its stderr are kept; the rest is read and dropped.
  /// - Parameter isAwaited: whether, at our end, to wait until the killed child is gone.
  package init(
    _ executable: String, _ arguments: [String], environment: [String: String]? = nil,
    complaintLimit: Int = 65536, isAwaited: Bool = true
  ) throws(ConversationError) {
    do {
      let input = try Pipe()
      let out = try Pipe()
      let err = try Pipe()
      let stdio = Spawn.Stdio(input: input.read.raw, out: out.write.raw, err: err.write.raw)
      child = ChildProcess(
        try Spawn.start(executable, arguments, environment: environment, stdio),
        isAwaited: isAwaited)
      self.input = input.write
      self.out = out.read
      self.err = err.read
    } catch {
      throw .notStarted(error)
    }
    self.complaintLimit = max(0, complaintLimit)
    self.input.makeNonBlocking()
    self.out.makeNonBlocking()
    self.err.makeNonBlocking()
  }

  /// Waits until the child has printed something.
  /// - Returns: at most `limit` bytes; empty if the child closed its stdout.
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

  /// Writes all bytes. Meanwhile it keeps reading stdout and stderr, so that the two sides cannot
  /// block each other.
  package mutating func write(
    _ bytes: [UInt8], until end: ContinuousClock.Instant
  ) throws(ConversationError) {
    guard input.isOpen, !inputBroken else { throw .closed }
    unsent = bytes[...]
    // Usually the pipe has room for everything.
    give()
    if inputBroken { throw .closed }
    while !unsent.isEmpty {
      try step(until: end)
      if inputBroken { throw .closed }
    }
  }

  /// Prepares for a large amount to write.
  package mutating func expectMuch() { input.widen() }

  /// Whether the child has ended.
  package mutating func isOver() -> Bool { child.poll() != nil }

  /// Closes stdin, so that the child reads end of file.
  package mutating func closeInput() { input.close() }

  /// Closes stdin, reads the rest and waits for the child to end. A grandchild that keeps stderr
  /// open does not delay this once the child has exited.
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

  /// Waits once and handles whatever is ready.
  private mutating func step(until end: ContinuousClock.Instant) throws(ConversationError) {
    var interests = [
      Waiting.Interest(unread.count < Conversation.readAhead ? out.raw : -1),
      Waiting.Interest(err.raw),
      Waiting.Interest(unsent.isEmpty ? -1 : input.raw, forWriting: true),
    ]
    let now = ContinuousClock.now
    guard now < end else { throw .timeout }
    // A grandchild may keep our pipes open after the child exits. Poll the child too, so that we do
    // not wait for end of file without limit.
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

  /// The child has exited. Read what it wrote between our last poll and its exit;
  /// that is still in the pipes.
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
