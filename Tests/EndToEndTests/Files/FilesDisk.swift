import TestSupport

/// Makes a directory a small disk for the programs that are started through this, in their own mount namespace:
/// nothing stays mounted, however the test ends.
struct FilesDisk {
  /// For `.enabled(if:)`, with `why`.
  static let isPossible = Environment.isRoot && Environment.isLinux
  static let why: String = "a small disk is mounted, which needs root on Linux"

  private static let script = """
    set -e
    mkdir -p -m 700 "$0"
    cp -a "$0" "$0.kept"
    mount -t tmpfs -o "$1,mode=700" none "$0"
    cp -a "$0.kept/." "$0"
    rm -r "$0.kept"
    echo mounted
    exec sleep 86400
    """

  let path: String
  private let sandbox: Sandbox
  private let holder: Running

  /// - Parameters:
  ///   - path: where the disk is mounted.
  ///   - options: options of tmpfs, such as `size=1m` and `nr_inodes=3`.
  init(_ sandbox: Sandbox, at path: String, _ options: String) async throws {
    self.path = path
    self.sandbox = sandbox
    let holder = try sandbox.start("unshare", ["-m", "sh", "-c", Self.script, path, options])
    self.holder = holder
    try await eventually("a small disk at \(path): \(holder.soFar)") {
      if holder.status != nil { throw Trouble("no small disk at \(path): \(holder.soFar)") }
      return holder.soFar.text == "mounted"
    }
  }

  func start(
    _ program: String, _ arguments: [String], environment: [String: String] = [:]
  ) throws -> Running {
    let settings = environment.map { "\($0)=\($1)" }
    return try sandbox.start(
      "nsenter", ["-m", "-t", "\(holder.pid)", "env"] + settings + [program] + arguments)
  }

  func run(
    _ program: String, _ arguments: [String], stdin: [UInt8] = [],
    environment: [String: String] = [:]
  ) async throws -> Ran {
    let running = try start(program, arguments, environment: environment)
    if !stdin.isEmpty { try await running.send(stdin) }
    return try await running.finish()
  }

  /// A process that sees the disk.
  var pid: String { "\(holder.pid)" }

  /// The test's path for a path that those programs see.
  func here(_ path: String) -> String { "/proc/\(holder.pid)/root\(path)" }

  var filler: String { path + "/filler" }

  /// Writes until the disk is full.
  func fill() async throws {
    let ran = try await run("sh", ["-c", "cat /dev/zero >\"$0\"", filler])
    guard ran.status != 0 else { throw Trouble("the disk at \(path) has no end") }
  }

  func clear() { Files.remove(here(filler)) }
}
