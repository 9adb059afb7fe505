/// Several accounts on this machine, each with its own home, an sshd on 127.0.0.1 and ssh keys for
/// all the others. They act as several hosts, as far as one kernel and one unix account allow.
public struct LoopbackHosts: Sendable {
  public let all: [LoopbackHost]

  /// - Parameters:
  ///   - names: the hosts' names, which are also their ssh aliases.
  ///   - options: lines of `sshd_config(5)` for all of them, which replace ours.
  public init(
    _ sandbox: Sandbox, _ names: [String] = ["alice", "bob"], options: [String] = []
  ) async throws {
    var hosts: [LoopbackHost] = []
    for name in names { hosts.append(try await LoopbackHost(sandbox, name, options: options)) }
    all = hosts
    for host in hosts {
      try host.writeSSHConfig(peers: hosts)
      for peer in hosts { try host.authorize(peer) }
    }
  }

  public subscript(_ name: String) -> LoopbackHost {
    get throws {
      guard let host = all.first(where: { $0.name == name }) else {
        throw Trouble("no host \(name)")
      }
      return host
    }
  }
}

/// One of them.
public final class LoopbackHost: Machine {
  public let name: String
  public let home: String
  public let sandbox: Sandbox
  public let server: SSHServer
  /// The environment of a program of this account outside any pane.
  public let environment: [String: String]

  init(_ sandbox: Sandbox, _ name: String, options: [String]) async throws {
    self.name = name
    self.sandbox = sandbox
    home = "\(sandbox.directory)/\(name)"
    environment = Sandbox.environment(home: home, sandbox: sandbox.directory)
    for folder in ["/tmp", "/.ssh"] { try Files.makeDirectory(home + folder) }
    try Programs.link(into: home + "/bin")
    try await sandbox.must(
      "ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", home + "/.ssh/id_ed25519"])
    server = try await SSHServer(sandbox, home: home, environment: environment, options: options)
  }

  /// This account's ssh public key, `<type> <base64> <name>`.
  public var publicKey: String {
    (Files.text(home + "/.ssh/id_ed25519.pub") ?? "").split(separator: "\n").joined()
  }

  var sshConfig: String { home + "/.ssh/config" }

  func writeSSHConfig(peers: [LoopbackHost]) throws {
    let hosts = peers.map {
      "Host \($0.name)\n  HostName 127.0.0.1\n  Port \($0.server.port)\n  HostKeyAlias \($0.name)\n"
    }
    let common = """
      Host *
        User \(Environment.userName)
        IdentityFile \(home)/.ssh/id_ed25519
        IdentitiesOnly yes
        UserKnownHostsFile \(home)/.ssh/known_hosts
        GlobalKnownHostsFile /dev/null
        StrictHostKeyChecking yes
        BatchMode yes
        GSSAPIAuthentication no
        LogLevel ERROR

      """
    try Files.write(sshConfig, hosts.joined() + common)
    let known = peers.map { "\($0.name) \($0.server.hostKey)\n" }
    try Files.write(home + "/.ssh/known_hosts", known.joined())
  }

  /// Lets a peer log in.
  /// - Parameter command: the only command that its key may run; `nil`: an ordinary login.
  public func authorize(_ peer: LoopbackHost, command: String? = nil) throws {
    let file = home + "/.ssh/authorized_keys"
    let others = (Files.text(file) ?? "").split(separator: "\n").filter {
      !$0.contains(peer.publicKey)
    }
    let options = command.map { "restrict,command=\"\($0)\" " } ?? ""
    try Files.write(file, (others + ["\(options)\(peer.publicKey)"]).joined(separator: "\n") + "\n")
  }

  /// Stops letting a peer log in.
  public func exclude(_ peer: LoopbackHost) throws {
    let file = home + "/.ssh/authorized_keys"
    let others = (Files.text(file) ?? "").split(separator: "\n").filter {
      !$0.contains(peer.publicKey)
    }
    try Files.write(file, others.map { $0 + "\n" }.joined())
  }

  /// Text that each ssh command of this account runs first, if its login shell is bash (on Debian)
  /// or zsh: to produce noise, hangs and early ends.
  public func setLoginScript(_ text: String) throws {
    try Files.write(home + "/.bashrc", text)
    try Files.write(home + "/.zshenv", text)
  }

  public func start(
    _ program: String, _ arguments: [String] = [], environment more: [String: String] = [:],
    directory: String? = nil
  ) throws -> Running {
    try sandbox.start(
      program, arguments, environment: environment.merging(more) { $1 },
      directory: directory ?? home)
  }

  public func file(_ name: String) -> SharedFile { sandbox.file(name) }

  public func tmux(_ server: String) throws -> (program: String, arguments: [String]) {
    try localTmux(server, folder: home)
  }

  /// Runs a shell line on a peer with stock ssh.
  public func ssh(
    _ peer: String, _ line: String, stdin: [UInt8] = [], options: [String] = [],
    within limit: Duration = .seconds(60)
  ) async throws -> Ran {
    try await run(
      "ssh", ["-F", sshConfig] + options + ["--", peer, line], stdin: stdin, within: limit)
  }

  /// Starts this account's tmux server.
  public func tmux(
    session: String = "main", window: String = "first", name: String = "default",
    command: [String] = []
  ) async throws -> TmuxServer {
    try await TmuxServer(self, name: name, session: session, window: window, command: command)
  }
}
