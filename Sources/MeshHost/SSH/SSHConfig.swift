internal import Mesh
internal import MeshCrypto

/// Our own ssh configuration: one file for each alias and purpose. ssh uses the first value that it
/// finds, so our required options come first; then the user's and the system's files are included.
/// Those decide how the alias is reached, as for `ssh ALIAS`. `ssh -G` tells us their decisions,
/// which are cached in the first line of our file.
struct SSHConfig: Sendable {
  /// ssh fails, without a fallback, if a socket's path is longer than this.
  private static let longestSocketPath = 86
  /// How long the output of `ssh -G` is trusted, in milliseconds, because an included file may
  /// change without our noticing.
  private static let freshness: Int64 = 600_000
  private static let system = "/etc/ssh/ssh_config"

  let home: AgentsHome
  /// The user's ssh configuration.
  let userConfig: String
  /// Use the connection that the user opened for this alias, instead of one of ours.
  let usesOwnMaster: Bool

  /// - Parameter environment: `AGENT_MESH_SSH_CONFIG` names a file that replaces `~/.ssh/config`.
  init(_ home: AgentsHome, _ environment: Environment, usesOwnMaster: Bool = false) {
    self.home = home
    userConfig = environment["AGENT_MESH_SSH_CONFIG"] ?? home.home + "/.ssh/config"
    self.usesOwnMaster = usesOwnMaster
  }

  init(_ site: Site, _ peer: Peer) {
    self.init(site.home, site.environment, usesOwnMaster: peer.ownMaster)
  }

  /// What a connection is for.
  enum Purpose: String, Sendable {
    /// Messages: a person is waiting.
    case message
    /// Slices, in the background, over the same connections.
    case traffic
    /// Fetching a key: a separate connection, to a host whose ssh key is known.
    case introduction
  }

  /// How to call ssh for an alias. Writes the configuration file unless it is up to date.
  func way(to alias: String, _ purpose: Purpose) throws(SetupError) -> SSHWay {
    let directory = try home.directory("state", "ssh")
    let names = names(alias)
    let file = names.file(purpose)
    let path = "\(home.agents)/state/ssh/\(file)"
    let socket = purpose == .introduction || usesOwnMaster ? nil : names.socket
    let text = text(purpose, alias, socket)
    do throws(FileError) {
      if let facts = try directory.facts(of: file), facts.kind == .regular,
        (0..<SSHConfig.freshness).contains(Clock.now.milliseconds(since: facts.modified)),
        let bytes = try? directory.read(file, limit: 65536),
        let resolved = SSHResolved(bytes, for: names.mark, text: text)
      {
        return SSHWay(path, resolved, socket, purpose)
      }
      try directory.writeAtomically(file, Array(text.utf8), sync: false)
      let resolved = SSHResolved.ask(path, alias)
      let first = resolved.header(names.mark) + "\n"
      try directory.writeAtomically(file, Array((first + text).utf8), sync: false)
      try endOthers(directory, names)
      return SSHWay(path, resolved, socket, purpose)
    } catch { throw SetupError(error) }
  }

  /// The arguments with which ssh does what it does for the user. Empty, unless the environment
  /// moves the user's files: ssh itself looks in the account's home, whatever `HOME` is.
  func plainArguments() throws(SetupError) -> [String] {
    guard userConfig != Account.registeredHome.map({ $0 + "/.ssh/config" }) else { return [] }
    try HomeFile(home, "state/ssh/config-plain", limit: 0).write(lines: includes)
    return ["-F", "\(home.agents)/state/ssh/config-plain"]
  }

  /// The user's file, then the system's, in ssh's order. ssh accepts missing files.
  private var includes: [String] {
    [userConfig, SSHConfig.system].filter { !$0.contains("\"") }.map { "Include \"\($0)\"" }
  }

  private func text(_ purpose: Purpose, _ alias: String, _ socket: String?) -> String {
    var lines = [
      // Older versions of ssh do not know all of these, and the user's file may be
      // too new for this ssh too.
      "IgnoreUnknown *",
      "BatchMode yes", "ConnectionAttempts 1", "ServerAliveInterval 2", "ServerAliveCountMax 2",
      "ForwardAgent no", "ForwardX11 no", "ClearAllForwardings yes", "Tunnel no",
      "PermitLocalCommand no", "RequestTTY no", "RemoteCommand none", "SessionType default",
      "StdinNull no", "ForkAfterAuthentication no", "EscapeChar none", "VisualHostKey no",
      // From this level on, banners that ask for a person are shown.
      "LogLevel INFO", "UpdateHostKeys no",
    ]
    if usesOwnMaster {
      lines.append("ControlMaster no")
    } else {
      if purpose == .introduction { lines.append("StrictHostKeyChecking yes") }
      // For this alias only. ssh also passes this file to the ssh that it starts for ProxyJump;
      // otherwise the jump host's connection, with the same path, would be taken for the alias's.
      if let socket {
        lines += [
          "Host \(alias)", "ControlMaster auto", "ControlPath \"\(socket)\"", "ControlPersist 120",
          "Host *",
        ]
      }
      lines += ["ControlMaster no", "ControlPath none"]
    }
    lines += includes
    return lines.joined(separator: "\n") + "\n"
  }

  /// The file names of an alias. The first half of a socket's name is fixed; the second half
  /// changes when the way to the alias may have changed. `%C` does not include the identity, so a
  /// key that is bound to a command could use another key's connection.
  private struct Names {
    let alias: String
    /// A hash of the files that say how the alias is reached.
    let mark: String
    /// `nil` if a socket's path would be too long or has a `%` or a quote, which ssh interprets.
    let socket: String?

    func file(_ purpose: Purpose) -> String { "config-\(purpose.rawValue)-\(alias)" }
  }

  private func names(_ alias: String) -> Names {
    let files = [
      userConfig, home.home + "/.ssh/config.d", SSHConfig.system, SSHConfig.system + ".d",
    ]
    let facts = files.map { file in
      (try? FileStatus.ofPath(file, followLinks: true))
        .map { "\($0.inode) \($0.size) \($0.modified)" } ?? "-"
    }
    let own = SSHConfig.hash("\(home.home)\n\(alias)", 8)
    let mark = SSHConfig.hash(
      "\(alias)\n\(userConfig)\n\(facts.joined(separator: "\n"))\n\(usesOwnMaster)", 16)
    let path = "\(home.agents)/state/ssh/m\(own)\(mark.prefix(8))"
    // ssh first creates the socket under a temporary name that is 17 bytes longer.
    let fits =
      path.utf8.count <= SSHConfig.longestSocketPath && !path.contains("%")
      && !path.contains("\"")
    return Names(alias: own, mark: mark, socket: fits ? path : nil)
  }

  /// sshd counts refused logins and soon blocks the source address, also for the person at this
  /// machine. So after a refusal we wait this long, in milliseconds.
  private static let pause: Int64 = 5_000

  func noteRefusal(_ alias: String) {
    guard let directory = try? home.directory("state", "ssh") else { return }
    try? directory.writeAtomically("refused-\(names(alias).alias)", [], sync: false)
  }

  /// Whether the host has just refused us with the present configuration.
  func wasRefusedJustNow(_ alias: String) -> Bool {
    guard let directory = try? home.directory("state", "ssh"),
      let facts = try? directory.facts(of: "refused-\(names(alias).alias)")
    else { return false }
    return (0..<SSHConfig.pause).contains(Clock.now.milliseconds(since: facts.modified))
  }

  /// Stops connections that reach the same alias in an outdated way: they take no new sessions and
  /// close after their last one.
  private func endOthers(
    _ directory: borrowing Directory, _ names: Names
  ) throws(FileError) {
    for name in try directory.names(limit: 10_000) where name.hasPrefix("m\(names.alias)") {
      let path = "\(home.agents)/state/ssh/\(name)"
      guard path != names.socket, try directory.facts(of: name)?.kind == .socket else { continue }
      _ = SSHMasters.tell(path, "stop")
      _ = try directory.remove(name)
    }
  }

  private static func hash(_ text: String, _ length: Int) -> String {
    String(Digest.hex(Digest.blake2b256(Array(text.utf8))).prefix(length))
  }
}

extension Int64 {
  /// Milliseconds since an earlier time; negative if that time is in the future.
  fileprivate func milliseconds(since earlier: Int64) -> Int64 {
    subtractingReportingOverflow(earlier).partialValue
  }
}

/// The ssh connections that stay open between messages; their sockets are in `~/.agents/state/ssh`.
package enum SSHMasters {
  /// Closes all of them, and removes sockets of connections that no longer exist.
  /// - Returns: how many were open.
  package static func end(_ site: Site) throws(SetupError) -> Int {
    let directory = try site.home.directory("state", "ssh")
    var ended = 0
    do throws(FileError) {
      for name in try directory.names(limit: 10_000) {
        guard let facts = try directory.facts(of: name), facts.kind == .socket else { continue }
        if tell("\(site.home.agents)/state/ssh/\(name)", "exit") { ended += 1 }
        try directory.remove(name)
      }
    } catch { throw SetupError(error) }
    return ended
  }

  /// Sends `exit` or `stop` to the connection at a socket. `stop`: no new sessions, close after the
  /// last. The host's name is irrelevant, because the socket identifies the connection.
  static func tell(_ socket: String, _ what: String) -> Bool {
    let arguments = ["-F", "/dev/null", "-O", what, "-o", "ControlPath=\(socket)", "--", "none"]
    let done = try? Child.run("ssh", arguments, limit: 4096, deadline: .seconds(5))
    return done?.status == 0
  }
}
