internal import Mesh
internal import MeshCrypto

/// Our own ssh configuration, one file for each alias and purpose. ssh takes the first value that it meets, so what
/// must hold stands before the user's file and the system's file are included; those two decide how an alias is
/// reached, as they do for `ssh ALIAS`. What they decide is asked of `ssh -G`, and kept in the first line of our file.
struct SSHConfig: Sendable {
  /// A socket path above this fails without a fallback.
  private static let longestSocketPath = 86
  /// Included files may change without our noticing: what `ssh -G` said counts for this long.
  private static let freshness: Int64 = 600_000
  private static let system = "/etc/ssh/ssh_config"

  let home: AgentsHome
  /// The user's ssh configuration.
  let userConfig: String
  /// Whether to use the connection that the user opened for this alias, in place of one of ours.
  let usesOwnMaster: Bool

  /// - Parameter environment: `AGENT_MESH_SSH_CONFIG` names a file in place of `~/.ssh/config`.
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
    /// Messages: a person waits.
    case message
    /// Slices, in the background: on the same connections.
    case traffic
    /// Fetching a key: a connection of its own, to a host whose ssh key is known.
    case introduction
  }

  /// How to call ssh for an alias. Writes the configuration file if it is not there as wanted.
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

  /// The arguments with which ssh does what it does for the user: none, unless the environment says that the user's
  /// files are elsewhere (ssh itself looks into the account's home, whatever `HOME` is).
  func plainArguments() throws(SetupError) -> [String] {
    guard userConfig != Account.registeredHome.map({ $0 + "/.ssh/config" }) else { return [] }
    let directory = try home.directory("state", "ssh")
    let lines = includes.joined(separator: "\n") + "\n"
    do throws(FileError) {
      try directory.writeAtomically("config-plain", Array(lines.utf8), sync: false)
    } catch { throw SetupError(error) }
    return ["-F", "\(home.agents)/state/ssh/config-plain"]
  }

  /// The user's file, then the system's, as ssh reads them. A missing one is no error to ssh.
  private var includes: [String] {
    [userConfig, SSHConfig.system].filter { !$0.contains("\"") }.map { "Include \"\($0)\"" }
  }

  private func text(_ purpose: Purpose, _ alias: String, _ socket: String?) -> String {
    var lines = [
      // An older ssh does not know all of these, and a newer one than the user's file was written for knows more.
      "IgnoreUnknown *",
      "BatchMode yes", "ConnectionAttempts 1", "ServerAliveInterval 2", "ServerAliveCountMax 2",
      "ForwardAgent no", "ForwardX11 no", "ClearAllForwardings yes", "Tunnel no",
      "PermitLocalCommand no", "RequestTTY no", "RemoteCommand none", "SessionType default",
      "StdinNull no", "ForkAfterAuthentication no", "EscapeChar none", "VisualHostKey no",
      // Banners that ask for a person are shown at this level and above.
      "LogLevel INFO", "UpdateHostKeys no",
    ]
    if usesOwnMaster {
      lines.append("ControlMaster no")
    } else {
      if purpose == .introduction { lines.append("StrictHostKeyChecking yes") }
      // Of this alias alone: ssh hands this file on to the one that it starts for ProxyJump, and the jump host's
      // connection at the same path would be taken for the alias's own.
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

  /// The names of an alias's files. The first half of a socket's name is the alias's own; the second half changes
  /// when the way to the alias may have changed: `%C` leaves the identity out, so a key that is bound to a command
  /// would ride on another key's connection.
  private struct Names {
    let alias: String
    /// Of the files that say how the alias is reached.
    let mark: String
    /// nil where a socket's path would be too long, or not a word to ssh.
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
    // ssh makes the socket under a temporary name, 17 bytes longer, first.
    let fits =
      path.utf8.count <= SSHConfig.longestSocketPath && !path.contains("%")
      && !path.contains("\"")
    return Names(alias: own, mark: mark, socket: fits ? path : nil)
  }

  /// sshd counts refused logins, and after a few it shuts a source out, the person at this machine too: a host that
  /// refused us is left alone for a moment.
  private static let pause: Int64 = 5_000

  func noteRefusal(_ alias: String) {
    guard let directory = try? home.directory("state", "ssh") else { return }
    try? directory.writeAtomically("refused-\(names(alias).alias)", [], sync: false)
  }

  /// Whether the host refused us a moment ago, by the configuration as it is now.
  func wasRefusedJustNow(_ alias: String) -> Bool {
    guard let directory = try? home.directory("state", "ssh"),
      let facts = try? directory.facts(of: "refused-\(names(alias).alias)")
    else { return false }
    return (0..<SSHConfig.pause).contains(Clock.now.milliseconds(since: facts.modified))
  }

  /// Connections to the same alias by a way that no longer counts take no more sessions, and end with their last.
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
  /// Milliseconds from an earlier time to this one; negative when that one is in the future.
  fileprivate func milliseconds(since earlier: Int64) -> Int64 {
    subtractingReportingOverflow(earlier).partialValue
  }
}
