package import SystemPackage

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
