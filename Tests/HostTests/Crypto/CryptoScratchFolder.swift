import CLibrary
#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A folder for one test, removed at its end; runs `ssh-keygen` in it.
final class CryptoScratchFolder {
  struct Failure: Error { let what: String }

  struct Answer {
    let status: Int32
    let output: [UInt8]
    var text: String { String(decoding: output, as: UTF8.self) }
  }

  private let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.path + "/agent-mesh-\(UUID().uuidString)"
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes with mode 0600, which `ssh-keygen` requires for secret keys.
  func write(_ name: String, _ bytes: [UInt8]) throws {
    try Data(bytes).write(to: URL(filePath: "\(path)/\(name)"))
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o600], ofItemAtPath: "\(path)/\(name)")
  }

  func read(_ name: String) throws -> [UInt8] {
    try Array(Data(contentsOf: URL(filePath: "\(path)/\(name)")))
  }

  func sshKeygen(_ arguments: String..., input: [UInt8] = []) throws -> Answer {
    try sshKeygen(arguments, input: input)
  }

  func sshKeygen(_ arguments: [String], input: [UInt8]) throws -> Answer {
    try write("stdin", input)
    // The arguments are the test's own words. `cd` keeps file names short; stderr is ignored.
    let script = "cd \"$0\" && exec ssh-keygen \"$@\" <stdin >stdout 2>/dev/null"
    let status = try Self.run(["/bin/sh", "-c", script, path] + arguments)
    return Answer(status: status, output: try read("stdout"))
  }

  private static func run(_ arguments: [String]) throws -> Int32 {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    var argv = unsafe arguments.map { unsafe strdup($0) } + [nil]
    var environment = unsafe [unsafe strdup("PATH=\(path)"), nil]
    defer { unsafe (argv + environment).forEach { unsafe free($0) } }
    var child: pid_t = 0
    guard unsafe posix_spawn(&child, "/bin/sh", nil, nil, &argv, &environment) == 0 else {
      throw Failure(what: "posix_spawn")
    }
    var status: Int32 = 0
    while unsafe waitpid(child, &status, 0) < 0 {
      guard errno == EINTR else { throw Failure(what: "waitpid") }
    }
    guard status & 0x7F == 0 else { throw Failure(what: "ended by a signal") }
    return status >> 8 & 0xFF
  }
}
