/// Where programs run: the sandbox itself, a loopback host, a host of the lab or an account of one.
public protocol Machine: Sendable {
  /// What it ends with.
  var sandbox: Sandbox { get }
  /// HOME, as its programs see it.
  var home: String { get }

  /// Starts a program. A name without a slash is looked up in its PATH, `~/bin` first.
  /// - Parameters:
  ///   - more: beside, or in place of, what a login sees.
  ///   - directory: where it starts; the home when nil.
  func start(
    _ program: String, _ arguments: [String], environment more: [String: String], directory: String?
  ) throws -> Running

  /// A path for a new file.
  func file(_ name: String) -> SharedFile

  /// The tmux to call, and the arguments that say which server.
  func tmux(_ server: String) throws -> (program: String, arguments: [String])
}

/// One file under the names that it has for a machine's programs and for the test.
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

  /// Runs a program that has to succeed.
  /// - Returns: what it printed.
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

  /// The arguments that name a server by its socket, for machines that share ours: never the user's own server.
  func localTmux(_ server: String, folder: String) throws -> (program: String, arguments: [String])
  {
    let folder = "\(folder)/tmux-\(Environment.userID)"
    try Files.makeDirectory(folder)
    return (Programs.tmux, ["-u", "-S", "\(folder)/\(server)", "-f", "/dev/null"])
  }
}
