/// The errors of tmux clients, and how a client's stderr is interpreted.
extension Tmux {
  /// Why a tmux command failed.
  package enum Failure: Error, Equatable, Sendable {
    case noServer
    /// The server is running, but its socket was removed, so no client reaches it.
    case socketLost(pid: Int32)
    /// Client and server have incompatible versions; the server is running.
    case versionMismatch
    /// The server is too old for our typing. The version is made printable.
    case tooOld(version: String)
    case timeout
    /// The name or path that was searched for, made printable.
    case notFound(binary: String)
    /// tmux's own message, made printable, at most 200 characters.
    case refused(String)
    /// The socket belongs to another account, or others can replace it.
    case insecureSocket(path: String)
    /// There is a socket, but this process may not use or see it, as in a sandbox. With the
    /// system's error text.
    case unreachable(path: String, why: String)
    /// We cannot read what tmux printed.
    case garbled

    /// Interprets a client's stderr.
    static func reading(_ stderr: [UInt8], socket: String) -> Failure {
      let said = String(decoding: stderr.prefix(4096), as: UTF8.self)
      if said.contains("protocol version mismatch") { return .versionMismatch }
      if said.contains("server exited unexpectedly") || said.contains("lost server") {
        return livesOn(socket) ? .versionMismatch : .noServer
      }
      if said.contains("no server running on") || said.contains("server exited") {
        return .noServer
      }
      // Scripts from stdin came with 3.0.
      if said.hasPrefix("-: No such file") { return .tooOld(version: "older than 3.0") }
      let connecting = said.contains("error connecting to")
      if connecting, said.contains("No such file") || said.contains("refused") { return .noServer }
      for why in ["Operation not permitted", "Permission denied"]
      where connecting && said.contains(why) {
        return .unreachable(path: Printable.line(socket), why: why)
      }
      let firstLine = stderr.prefix { $0 != UInt8(ascii: "\n") }
      return .refused(Printable.line(firstLine))
    }

    /// A client older than its server says that the server exited, though it is running. A server
    /// that really exits keeps its socket a moment longer.
    private static func livesOn(_ socket: String) -> Bool {
      for _ in 0..<10 {
        guard LocalSocket.isListening(socket) else { return false }
        Waiting.pause(.milliseconds(20))
      }
      return true
    }

    static func reading(_ failure: Child.Failure, binary: String) -> Failure {
      switch failure {
      case .notStarted(let code): notStarted(code, binary)
      case .timeout: .timeout
      case .tooMuchOutput: .garbled
      }
    }

    static func reading(_ error: ConversationError, binary: String) -> Failure {
      if case .notStarted(let code) = error { return notStarted(code, binary) }
      return .timeout
    }

    private static func notStarted(_ code: Errno, _ binary: String) -> Failure {
      switch code {
      case .noSuchFileOrDirectory, .notDirectory, .permissionDenied, .isDirectory:
        .notFound(binary: Printable.line(binary))
      default: .refused(Printable.line("\(SystemError(code, "start", binary))"))
      }
    }
  }
}

extension Tmux.Failure: CustomStringConvertible {
  package var description: String {
    switch self {
    case .noServer: "no tmux server of this account is running"
    case .socketLost(let pid): "a tmux server of yours (pid \(pid)) runs without its socket"
    case .versionMismatch: "the tmux client and the running tmux server have different versions"
    case .tooOld(let version): "the tmux server is \(version), and 3.2 or later is needed"
    case .timeout: "tmux did not answer in time"
    case .notFound(let binary): "there is no program \(binary)"
    case .unreachable(let path, let why):
      "the tmux socket \(path) cannot be reached from here (\(why)), as in a sandbox"
    case .refused(let words): "tmux: \(words)"
    case .insecureSocket(let path):
      "the tmux socket \(path) belongs to another account, or others can replace it"
    case .garbled: "tmux printed something that cannot be read"
    }
  }
}
