/// The only way to tmux: nothing else in the project runs it. Every client runs with `-u` (without
/// a UTF-8 locale tmux would print `_` for a tab), an explicit socket, argument arrays and a
/// deadline. None ever starts a server.
package struct Tmux: Sendable {
  /// How long one client may take. A machine on which fifty agents build at once needs seconds for it.
  package static let deadline = Duration.seconds(10)

  /// A path, or a name that is searched in PATH.
  let binary: String
  /// The server's socket, an absolute path.
  package let socket: String
  /// The folder of the socket.
  var socketFolder: String { socket.lastIndex(of: "/").map { String(socket[..<$0]) } ?? "/" }
  /// The server's name for `-L`, or its path; `nil` for the default server.
  package var serverName: String? {
    guard let last = socket.split(separator: "/").last, last != "default" else { return nil }
    return String(last)
  }
  private let childEnvironment: [String: String]
  /// How long a client may take.
  private let patience: Duration
  private let spare: SpareClient
  /// The socket was there, and ours, when this value was made.
  private let isOurs: Bool

  /// The server that the environment means: `TMUX_SOCKET` (a path, or a name as for `-L`),
  /// otherwise the socket in `TMUX`, otherwise the account's default server. It need not be
  /// running; if its socket exists, it must be ours.
  package init(_ environment: Environment) throws(Failure) {
    binary = try TmuxBinary.path(environment)
    patience = Tmux.deadline
    spare = SpareClient()
    socket = try TmuxSocket.path(environment)
    // A client takes its current pane and server from these two variables, and
    // passes the others to the server.
    var passed = environment.all
    (passed["TMUX"], passed["TMUX_PANE"]) = (nil, nil)
    childEnvironment = passed
    let state = LocalSocket.state(socket)
    isOurs = state == .ours
    switch state {
    case .insecure: throw .insecureSocket(path: Printable.line(socket))
    case .hidden: throw .unreachable(path: Printable.line(socket), why: "Permission denied")
    case .missing, .ours: break
    }
  }

  private init(_ other: Tmux, _ socket: String, _ patience: Duration, _ spare: SpareClient) {
    (binary, childEnvironment) = (other.binary, other.childEnvironment)
    (self.socket, self.patience, self.spare) = (socket, patience, spare)
    isOurs = socket == other.socket && other.isOurs
  }

  /// The same program with another server's socket. - Parameter socket: absolute.
  func at(_ socket: String) -> Tmux { Tmux(self, socket, patience, SpareClient()) }

  /// The same server with less time to answer.
  package func hurried(_ patience: Duration) -> Tmux { Tmux(self, socket, patience, spare) }

  /// Starts a client that the next commands use, so that it comes up while we read other things. If that fails, the
  /// next command starts its own and says why.
  package func prepare() {
    guard !spare.isThere, isOurs || LocalSocket.state(socket) == .ours else { return }
    spare.keep(try? ScriptClient(self, in: [socketFolder]))
  }

  /// Ends the prepared client, if there is one.
  package func dismiss() { spare.keep(nil) }

  /// The prepared client; otherwise a new one. The caller has it alone.
  /// - Parameter folder: a private folder for its pipes, if none can be made beside the server's socket.
  func scriptClient(or folder: String) throws(Failure) -> ScriptClient {
    if let ready = spare.take() { return ready }
    return try ScriptClient(self, in: [socketFolder, folder])
  }

  /// Runs commands in one client, one after another; the first that fails ends it.
  /// - Parameter commands: each is a command with its arguments, as after `tmux`, without `;`.
  /// - Returns: their output.
  @discardableResult
  package func run(_ commands: [String]...) throws(Failure) -> [UInt8] { try run(all: commands) }

  @discardableResult
  package func run(all commands: [[String]]) throws(Failure) -> [UInt8] {
    // Not in the arguments, which other accounts can read: values of options are in them, and our marks.
    let script = commands.map(Tmux.line).joined(separator: " ; ")
    if var client = spare.take() {
      let out = try client.output(of: script, until: .now + patience)
      spare.keep(client)
      return out
    }
    let done: Child.Output
    do {
      done = try Child.run(
        binary, arguments(["source-file", "-"]), environment: childEnvironment,
        stdin: Array((script + "\n").utf8), limit: 16 << 20, deadline: patience)
    } catch {
      throw Failure.reading(error, binary: binary)
    }
    guard done.status == 0 else {
      throw Failure.reading(done.err.isEmpty ? Tmux.complaint(done.out) : done.err, socket: socket)
    }
    return done.out
  }

  /// tmux prints errors of the script itself, after its name and line.
  private static func complaint(_ out: [UInt8]) -> [UInt8] {
    let place = Array("-:1: ".utf8)
    return out.starts(with: place) ? Array(out.dropFirst(place.count)) : out
  }

  /// Starts a client to exchange data with.
  func converse(_ command: [String]) throws(Failure) -> Conversation {
    do {
      return try Conversation(
        binary, arguments(command), environment: childEnvironment, isAwaited: false)
    } catch {
      throw Failure.reading(error, binary: binary)
    }
  }

  /// A command as a line of a script, each of its words quoted.
  static func line(_ command: [String]) -> String {
    command.map { word in
      let isPlain = word.utf8.allSatisfy { (0x20..<0x7F).contains($0) && $0 != 0x27 }
      return isPlain ? "'\(word)'" : octal(Array(word.utf8))
    }.joined(separator: " ")
  }

  /// Bytes as a word of a script, in which no byte means anything.
  static func octal(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = [0x22]
    text.reserveCapacity(bytes.count * 4 + 2)
    for byte in bytes {
      text += [0x5c, 0x30 + (byte >> 6), 0x30 + (byte >> 3 & 7), 0x30 + (byte & 7)]
    }
    text.append(0x22)
    return String(decoding: text, as: UTF8.self)
  }

  private func arguments(_ command: [String]) -> [String] { ["-u", "-S", socket] + command }
}
