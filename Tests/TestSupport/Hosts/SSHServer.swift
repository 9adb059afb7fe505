internal import Synchronization

/// One sshd on 127.0.0.1, for one account. Works as root and as any other user. OpenSSH takes the
/// home from the user database, so SetEnv replaces HOME after the login.
public final class SSHServer: Sendable {
  public let port: UInt16
  private let folder: String
  private let sandbox: Sandbox
  private let home: String
  private let environment: [String: String]

  private struct State {
    var listener: Running?
    var silent: SilentPeer?
    var orphans: [Int32] = []
    var options: [String] = []
    var loginShell: String?
  }
  private let state = Mutex(State())

  init(_ sandbox: Sandbox, home: String, environment: [String: String], options: [String])
    async throws
  {
    self.sandbox = sandbox
    self.home = home
    self.environment = environment
    folder = sandbox.path("sshd")
    port = try Loopback.freePort()
    try Files.makeDirectory(folder)
    if Environment.isRoot, Environment.isLinux { try Files.makeDirectory("/run/sshd", mode: 0o755) }
    state.withLock { $0.options = options }
    try await makeHostKey()
    sandbox.atEnd { [self] in stopAll() }
    try await start()
  }

  /// The host's public key, `<type> <base64>`.
  var hostKey: String {
    (Files.text(folder + "/hostkey.pub") ?? "").split(separator: " ").prefix(2).joined(
      separator: " ")
  }

  /// The content of sshd's log.
  public var log: String { Files.text(folder + "/log") ?? "" }

  private func makeHostKey() async throws {
    Files.remove(folder + "/hostkey")
    Files.remove(folder + "/hostkey.pub")
    try await sandbox.must(
      "ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "host", "-f", folder + "/hostkey"])
  }

  private func configuration() -> String {
    let passed = ["HOME", "PATH", "TMUX_TMPDIR", "LANG", "TMPDIR", Processes.mark]
    let settings = passed.compactMap { name in environment[name].map { "\(name)=\($0)" } }
    let more = state.withLock(\.options)
    let ours = [
      "ListenAddress 127.0.0.1", "Port \(port)", "HostKey \(folder)/hostkey", "PidFile none",
      "AuthorizedKeysFile \(home)/.ssh/authorized_keys", "StrictModes no", "UsePAM no", "UseDNS no",
      "PasswordAuthentication no", "KbdInteractiveAuthentication no", "PrintMotd no",
      "MaxStartups 200:30:400", "MaxSessions 64", "SetEnv \(settings.joined(separator: " "))",
    ]
    // For most options the first value counts, for some the last; so each must occur only once.
    let said = Set(more.map(SSHServer.keyword))
    let lines = more + ours.filter { !said.contains(SSHServer.keyword($0)) }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func keyword(_ line: String) -> String {
    line.split(separator: " ").first.map { $0.lowercased() } ?? ""
  }

  /// Starts sshd, replacing whatever uses its port.
  /// - Parameters:
  ///   - options: lines of `sshd_config(5)` that replace ours; `nil`: as the last time.
  ///   - loginShell: another login shell for this account; only as root on Linux.
  public func start(options: [String]? = nil, loginShell: String? = nil) async throws {
    kill()
    if let options { state.withLock { $0.options = options } }
    if let loginShell { state.withLock { $0.loginShell = loginShell } }
    try Files.write(folder + "/config", configuration())
    let listener = try sandbox.start("sh", ["-c", try launchLine()])
    state.withLock { $0.listener = listener }
    let port = port
    try await eventually("sshd to listen: \(log)") {
      guard listener.status == nil else { throw Trouble("sshd: \(log)") }
      return try await offPool { Loopback.answers(port) }
    }
  }

  /// Another login shell needs another user database, which only this sshd sees.
  private func launchLine() throws -> String {
    let start = "exec \(try sshd()) -D -f \(folder)/config -E \(folder)/log"
    guard let shell = state.withLock(\.loginShell) else { return start }
    let entries = (Files.text("/etc/passwd") ?? "").split(separator: "\n").map { line in
      var fields = line.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
      if fields.count == 7, fields[0] == Environment.userName { fields[6] = shell }
      return fields.joined(separator: ":") + "\n"
    }
    try Files.write(folder + "/passwd", entries.joined(), mode: 0o644)
    return "exec unshare -m sh -c 'mount --bind \(folder)/passwd /etc/passwd && \(start)'"
  }

  /// sshd must be called by its absolute path.
  private func sshd() throws -> String {
    guard let path = Environment.find("sshd", in: Environment.path) else {
      throw Trouble("there is no sshd: install openssh-server")
    }
    return path
  }

  /// Ends sshd: connections are refused after this.
  /// - Parameter sessions: also end open sessions, as a crash of the machine would.
  public func kill(sessions: Bool = true) {
    let (listener, silent) = state.withLock { state in
      defer { (state.listener, state.silent) = (nil, nil) }
      return (state.listener, state.silent)
    }
    silent?.stop()
    guard let listener, listener.status == nil else { return }
    // Get the sessions first: when their parent has ended, nobody can tell whose they were.
    let below = Processes.descendants(of: listener.pid)
    listener.kill()
    if sessions { Processes.kill(below) } else { state.withLock { $0.orphans += below } }
    // Its port stays open until it has ended, which is soon.
    let watched = sessions ? below + [listener.pid] : [listener.pid]
    for _ in 0..<2000 where watched.contains(where: Processes.lives) {
      ChildIO.pause(milliseconds: 1)
    }
  }

  private func stopAll() {
    kill()
    Processes.kill(state.withLock(\.orphans))
  }

  /// Replaces sshd by a peer that accepts connections and sends nothing, or only `greeting`.
  public func hang(greeting: [UInt8] = []) async throws {
    kill()
    let port = port
    let silent = try await eventually("port \(port) to be free") {
      try? SilentPeer(port: port, greeting: greeting)
    }
    state.withLock { $0.silent = silent }
  }
}
