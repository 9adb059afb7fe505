internal import Synchronization

/// A test's private place: a directory that no other account can read, a home, and an environment
/// without the user's settings. Everything that was started in it ends with it, and the directory
/// is removed, also if the test fails or crashes.
public final class Sandbox: Machine {
  /// Short enough for the path of a socket in it.
  public let directory: String
  /// HOME of the programs in it.
  public var home: String { directory + "/home" }
  /// Links to the built programs; first in PATH.
  public var bin: String { home + "/bin" }
  /// The whole environment of the programs in it.
  public let environment: [String: String]

  private let endings = Mutex<[@Sendable () async -> Void]>([])
  private let names = Mutex(0)

  /// True inside `with`, so that a sandbox in a sandbox does not wait for a free place.
  @TaskLocal private static var isInside = false

  /// Lends a new sandbox. Only a few are open at a time.
  public static func with<Result>(_ body: (Sandbox) async throws -> Result) async throws -> Result {
    if isInside { return try await open(body) }
    await Gate.tests.enter()
    let outcome: Swift.Result<Result, any Error>
    do {
      outcome = .success(try await $isInside.withValue(true) { try await open(body) })
    } catch { outcome = .failure(error) }
    await Gate.tests.leave()
    return try outcome.get()
  }

  private static func open<Result>(_ body: (Sandbox) async throws -> Result) async throws -> Result
  {
    let sandbox = try Sandbox()
    do {
      let result = try await body(sandbox)
      try await sandbox.end()
      return result
    } catch {
      try? await sandbox.end()
      throw error
    }
  }

  private init() throws {
    directory = try Files.makeTemporary(in: SandboxPlace.base(), prefix: "amt.")
    Reaper.shared?.watch(directory)
    let home = directory + "/home"
    try Files.makeDirectory(home + "/tmp")
    try Programs.link(into: home + "/bin")
    environment = Sandbox.environment(home: home, sandbox: directory)
  }

  /// The environment of a program of an account with that home.
  static func environment(home: String, sandbox: String) -> [String: String] {
    let user = Environment.userName
    return [
      "HOME": home, "PATH": "\(home)/bin:\(Environment.path)", "USER": user, "LOGNAME": user,
      "SHELL": "/bin/sh", "TERM": "xterm-256color", "LANG": "C.UTF-8", "TMPDIR": home + "/tmp",
      "TMUX_TMPDIR": home, Processes.mark: sandbox, "SWIFT_BACKTRACE": "enable=no",
    ]
  }

  /// Runs at the end; the last one added runs first.
  public func atEnd(_ work: @escaping @Sendable () async -> Void) {
    endings.withLock { $0.append(work) }
  }

  private func end() async throws {
    let work = endings.withLock { list in
      defer { list = [] }
      return list
    }
    for step in work.reversed() { await step() }
    let directory = directory
    // A process that was just begun may still write a file.
    try await eventually(within: .seconds(60), every: .milliseconds(50), "\(directory) to go") {
      try await Processes.sweep(directory)
      Files.remove(directory)
      return !Files.exists(directory)
    }
  }

  /// A new path in the sandbox.
  public func path(_ name: String) -> String {
    let number = names.withLock { count in
      count += 1
      return count
    }
    return "\(directory)/\(number)-\(name)"
  }

  public var sandbox: Sandbox { self }

  public func start(
    _ program: String, _ arguments: [String] = [], environment more: [String: String] = [:],
    directory: String? = nil
  ) throws -> Running {
    let all = environment.merging(more) { $1 }
    guard let path = Environment.find(program, in: all["PATH"] ?? "") else {
      throw Trouble("there is no program \(program)")
    }
    let launch = Launch(program: path, arguments: arguments, environment: all)
    return try Running(launch.starting(in: directory ?? home))
  }

  public func file(_ name: String) -> SharedFile {
    let path = path(name)
    return SharedFile(there: path, here: path)
  }

  public func tmux(_ server: String) throws -> (program: String, arguments: [String]) {
    try localTmux(server, folder: home)
  }
}

/// Where sandboxes are created: in a directory that others cannot write, all the way up (otherwise
/// keys are not accepted), with a short path (a socket's path has at most 107 bytes).
enum SandboxPlace {
  private static let longest = 40

  static func base() throws -> String {
    var candidates = [Environment.value("TMPDIR"), Environment.value("XDG_RUNTIME_DIR")].compactMap(
      \.self)
    if Environment.isRoot { candidates.append("/var/lib") }
    if let home = Environment.value("HOME") { candidates.append(home) }
    guard let good = candidates.first(where: isGood) else {
      throw Trouble("no short directory that only this account can write: set TMPDIR to one")
    }
    return good
  }

  private static func isGood(_ path: String) -> Bool {
    guard path.hasPrefix("/"), path.utf8.count <= longest else { return false }
    var above = path[...]
    while true {
      guard let status = Files.status(above.isEmpty ? "/" : String(above)) else { return false }
      let isDirectory = status.mode & 0o170000 == 0o040000
      guard isDirectory, status.mode & 0o022 == 0, [0, Environment.userID].contains(status.owner)
      else { return false }
      guard let slash = above.lastIndex(of: "/") else { return true }
      above = above[..<slash]
    }
  }
}
