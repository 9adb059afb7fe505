import Mesh
import TestSupport

/// Accounts that share only a folder.
enum MeshFolder {
  /// One of several accounts, each with its own home and work tree.
  struct Member: Sendable {
    let sandbox: Sandbox
    let name: String
    let home: String
    let tmux: TmuxServer
    var folder: String { home + "/carried" }
    var environment: [String: String] { ["HOME": home, "TMUX_TMPDIR": home] }

    func run(_ program: String, _ arguments: [String] = []) async throws -> Ran {
      try await sandbox.run(program, arguments, environment: environment)
    }

    @discardableResult
    func must(_ program: String, _ arguments: [String] = []) async throws -> String {
      try await sandbox.must(program, arguments, environment: environment)
    }

    func git(_ arguments: String...) async throws {
      try await must(
        "git",
        ["-C", folder, "-c", "user.name=t", "-c", "user.email=t@example.org"] + arguments)
    }

    func list() async throws -> Set<String> {
      Set(try await must("notify-pane", ["--list"]).split(separator: "\n").map(String.init))
    }

    func push() async throws {
      try await git("add", "-A")
      try await git("commit", "-q", "--allow-empty", "-m", "slices")
      try await git("pull", "-q", "--rebase")
      try await git("push", "-q")
    }
  }

  static func member(
    _ sandbox: Sandbox, _ name: String, of names: [String]
  ) async throws -> Member {
    let home = sandbox.directory + "/" + name
    try Files.makeDirectory(home + "/.agents")
    try Files.write(home + "/.agents/self.conf", name + "\n")
    try Files.write(
      home + "/.agents/peers.conf", names.filter { $0 != name }.map { $0 + "\n" }.joined())
    try Files.write(home + "/.agents/slices.conf", home + "/carried\n")
    try Files.makeDirectory(home + "/tmux-\(Environment.userID)")
    let tmux = try await TmuxServer(
      Home(sandbox: sandbox, home: home), window: "reader", command: ["cat"])
    let member = Member(sandbox: sandbox, name: name, home: home, tmux: tmux)
    try await member.must("agent-keys", ["init"])
    return member
  }

  /// A home in a sandbox, used as a machine.
  struct Home: Machine {
    let sandbox: Sandbox
    let home: String

    func start(
      _ program: String, _ arguments: [String], environment more: [String: String],
      directory: String?
    ) throws -> Running {
      let own = ["HOME": home, "TMUX_TMPDIR": home].merging(more) { $1 }
      return try sandbox.start(program, arguments, environment: own, directory: directory ?? home)
    }
    func file(_ name: String) -> SharedFile { sandbox.file(name) }
    func tmux(_ server: String) throws -> (program: String, arguments: [String]) {
      (
        Programs.tmux,
        ["-u", "-S", "\(home)/tmux-\(Environment.userID)/\(server)", "-f", "/dev/null"]
      )
    }
  }

  static func with(
    _ names: [String], _ body: ([Member]) async throws -> Void
  ) async throws {
    try await Sandbox.with { sandbox in
      var members: [Member] = []
      for name in names { members.append(try await member(sandbox, name, of: names)) }
      for member in members {
        for peer in members where peer.name != member.name {
          let key = (Files.text(peer.home + "/.agents/keys/sign.pub") ?? "")
            .split(separator: " ").prefix(2).joined(separator: " ")
          try await member.must("agent-keys", ["trust", peer.name, key])
        }
      }
      try await body(members)
    }
  }
}
