internal import Synchronization

/// Hosts in their own network, mount and pid namespaces, made by `Tests/Lab/mesh-lab`: `hub`,
/// `worker-1`, …. As root on Linux it must work; elsewhere there is none.
public struct Lab: Sendable {
  /// For `.enabled(if:)`, with `why`.
  public static var isExpected: Bool { Environment.isRoot && Environment.isLinux }
  public static let why =
    "hosts in namespaces need root on Linux; the loopback hosts serve elsewhere"

  public let hosts: [LabHost]
  private let machinery: Machinery

  /// How to call the script.
  fileprivate struct Machinery: Sendable {
    let sandbox: Sandbox
    let folder: String
    let settings: [String: String]

    static let script = Repository.path("Tests/Lab/mesh-lab")

    func call(_ arguments: [String]) async throws -> String {
      try await sandbox.must(Machinery.script, arguments, environment: settings)
    }
  }

  /// Starts `count` hosts; they end with the sandbox.
  /// - Parameters:
  ///   - forcedCommand: what `pin-<host>` keys may run; `%p` is the caller's name; by default the
  ///     product's `serve`.
  ///   - sshd: lines of `sshd_config(5)` that replace ours.
  public init(
    _ sandbox: Sandbox, _ count: Int = 3, forcedCommand: String? = nil, sshd: [String] = []
  ) async throws {
    let folder = sandbox.directory + "/lab"
    // Accounts that log in there must reach their homes in it. No other account of
    // this machine can get to it.
    try Files.setMode(sandbox.directory, 0o711)
    var settings = [
      "MESH_LAB": folder, "MESH_LAB_PROGRAMS": Programs.directory,
      "MESH_LAB_SSHD": sshd.joined(separator: "\n"),
    ]
    settings["MESH_LAB_COMMAND"] = forcedCommand
    settings["MESH_LAB_TMUX"] = Environment.value("AGENT_MESH_TEST_TMUX")
    let machinery = Machinery(sandbox: sandbox, folder: folder, settings: settings)
    self.machinery = machinery
    hosts = (1...count).map { LabHost(machinery, number: $0, user: "root") }
    sandbox.atEnd { _ = try? await machinery.call(["down"]) }
    _ = try await machinery.call(["up", "\(count)"])
  }

  public var hub: LabHost { hosts[0] }

  /// `worker-<number>`, from 1.
  public func worker(_ number: Int) throws -> LabHost {
    guard hosts.indices.contains(number) else { throw Trouble("no worker-\(number)") }
    return hosts[number]
  }

  /// Ends the lab before the sandbox does.
  public func down() async throws { _ = try await machinery.call(["down"]) }
}

/// An account on a host of the lab; the host's own account is root.
public struct LabHost: Machine {
  public let name: String
  public let user: String
  private let machinery: Lab.Machinery
  private let number: Int

  fileprivate init(_ machinery: Lab.Machinery, number: Int, user: String) {
    self.machinery = machinery
    self.number = number
    self.user = user
    name = number == 1 ? "hub" : "worker-\(number - 1)"
  }

  public var sandbox: Sandbox { machinery.sandbox }
  public var home: String { "/run/home/\(user)" }
  /// The same directory in the test's file system.
  public var homeHere: String { "\(machinery.folder)/h\(number)\(home)" }

  public func start(
    _ program: String, _ arguments: [String] = [], environment more: [String: String] = [:],
    directory: String? = nil
  ) throws -> Running {
    var line = ["exec", "\(user)@\(name)", "env"]
    if let directory { line += ["-C", directory] }
    line += more.map { "\($0)=\($1)" } + [program] + arguments
    return try sandbox.start(Lab.Machinery.script, line, environment: machinery.settings)
  }

  public func file(_ name: String) -> SharedFile {
    let unique = "test-" + (sandbox.path(name).split(separator: "/").last ?? "")
    return SharedFile(there: "\(home)/\(unique)", here: "\(homeHere)/\(unique)")
  }

  /// It has its own /tmp, and so its own default socket.
  public func tmux(_ server: String) throws -> (program: String, arguments: [String]) {
    ("tmux", ["-u", "-L", server, "-f", "/dev/null"])
  }

  /// Runs a shell line on another host with stock ssh: the host's name,
  /// `pin-<name>` or `via-<name>`.
  public func ssh(
    _ peer: String, _ line: String, stdin: [UInt8] = [], options: [String] = [],
    within limit: Duration = .seconds(60)
  ) async throws -> Ran {
    try await run("ssh", options + ["--", peer, line], stdin: stdin, within: limit)
  }

  /// Creates unix accounts on this host, each with keys for the others by `ssh <name>`.
  public func users(_ names: [String]) async throws -> [LabHost] {
    _ = try await machinery.call(["users", name] + names)
    return names.map { LabHost(machinery, number: number, user: $0) }
  }

  /// Causes one of the script's faults on this host.
  public func fault(_ fault: LabFault) async throws {
    _ = try await machinery.call([fault.rawValue, name])
  }
}

/// Faults of a host's line; `mesh-lab` explains them.
public enum LabFault: String, Sendable { case partition, heal, blackhole, nat }
