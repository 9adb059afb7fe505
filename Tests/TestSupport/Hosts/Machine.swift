/// Where programs run: the sandbox itself, a loopback host, a lab host or an account on one.
public protocol Machine: Sendable {
  /// The sandbox that ends it.
  var sandbox: Sandbox { get }
  /// HOME of its programs.
  var home: String { get }

  /// Starts a program. A name without a slash is searched in its PATH, `~/bin` first.
  /// - Parameters:
  ///   - more: added to a login's environment, or replacing parts of it.
  ///   - directory: the working directory; `nil`: the home.
  func start(
    _ program: String, _ arguments: [String], environment more: [String: String], directory: String?
  ) throws -> Running

  /// A path for a new file.
  func file(_ name: String) -> SharedFile

  /// The tmux to call, and the arguments that select the server.
  func tmux(_ server: String) throws -> (program: String, arguments: [String])
}

/// One file, with its path for a machine's programs and its path for the test.
public struct SharedFile: Sendable {
  public var there: String
  public var here: String

  func with(_ ending: String) -> SharedFile {
    SharedFile(there: there + ending, here: here + ending)
  }
}

extension Machine {
  /// Runs a program to its end.
  public func run(
    _ program: String, _ arguments: [String] = [], stdin: [UInt8] = [],
    environment more: [String: String] = [:], directory: String? = nil,
    within limit: Duration = .seconds(60)
  ) async throws -> Ran {
    let running = try start(program, arguments, environment: more, directory: directory)
    if !stdin.isEmpty { try await running.send(stdin) }
    return try await running.finish(within: limit)
  }

  /// Runs a program that must succeed.
  /// - Returns: its output.
  @discardableResult
  public func must(
    _ program: String, _ arguments: [String] = [], stdin: [UInt8] = [],
    environment more: [String: String] = [:]
  ) async throws -> String {
    let ran = try await run(program, arguments, stdin: stdin, environment: more)
    guard ran.status == 0 else {
      throw Trouble("\(program) \(arguments.joined(separator: " ")): \(ran)")
    }
    return ran.text
  }

  /// The arguments that select a server by its socket, for machines that share our file system.
  /// Never the user's own server.
  func localTmux(_ server: String, folder: String) throws -> (program: String, arguments: [String])
  {
    let folder = "\(folder)/tmux-\(Environment.userID)"
    try Files.makeDirectory(folder)
    return (Programs.tmux, ["-u", "-S", "\(folder)/\(server)", "-f", "/dev/null"])
  }
}
