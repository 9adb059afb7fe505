internal import Mesh
internal import MeshCrypto

/// Our own ssh configuration: options that must hold stand before the user's file is included, since ssh takes the
/// first value it meets. The user's file decides how an alias is reached.
struct SSHConfig: Sendable {
  /// A socket path above this fails without a fallback.
  private static let longestSocketPath = 86

  let home: AgentsHome
  /// The user's ssh configuration.
  let userConfig: String

  /// - Parameter environment: `AGENT_MESH_SSH_CONFIG` names a file in place of `~/.ssh/config`.
  init(_ home: AgentsHome, _ environment: Environment) {
    self.home = home
    userConfig = environment["AGENT_MESH_SSH_CONFIG"] ?? home.home + "/.ssh/config"
  }

  /// What a connection is for.
  enum Purpose: String, Sendable {
    /// Messages and slices: multiplexed.
    case traffic
    /// Fetching a key: a connection of its own, to a host whose ssh key is known.
    case introduction
  }

  /// Writes the configuration file if it is not there as wanted.
  /// - Returns: its path, for `ssh -F`.
  func file(for alias: String, _ purpose: Purpose) throws(SetupError) -> String {
    let directory = try home.directory("state", "ssh")
    let socket = try controlPath(alias)
    let text = text(purpose, alias, socket)
    let name = "\(purpose.rawValue)-\(SSHConfig.hash(socket ?? "none"))"
    do {
      let bytes = Array(text.utf8)
      if (try? directory.read(name, limit: 65536)) != bytes {
        try directory.writeAtomically(name, bytes, sync: false)
      }
    } catch { throw SetupError(error) }
    return "\(home.agents)/state/ssh/\(name)"
  }

  private func text(_ purpose: Purpose, _ alias: String, _ socket: String?) -> String {
    var lines = [
      "BatchMode yes", "ConnectTimeout 3", "ConnectionAttempts 1", "ServerAliveInterval 2",
      "ServerAliveCountMax 2", "ForwardAgent no", "ForwardX11 no", "ClearAllForwardings yes",
      "PermitLocalCommand no", "RequestTTY no", "EscapeChar none", "LogLevel ERROR",
      "UpdateHostKeys no",
    ]
    switch purpose {
    case .introduction:
      lines += ["StrictHostKeyChecking yes", "ControlMaster no", "ControlPath none"]
    case .traffic:
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
    let quoted = userConfig.contains("\"") ? "" : "Include \"\(userConfig)\"\n"
    return lines.joined(separator: "\n") + "\n" + quoted
  }

  /// Of ours alone, and another one when the way to the alias may have changed: `%C` leaves the identity out,
  /// so a key that is bound to a command would ride on somebody else's connection.
  private func controlPath(_ alias: String) throws(SetupError) -> String? {
    let facts = try? FileStatus.ofPath(userConfig, followLinks: true)
    let mark = facts.map { "\($0.inode) \($0.size) \($0.modified)" } ?? "-"
    let name = SSHConfig.hash("\(home.home)\n\(alias)\n\(userConfig)\n\(mark)")
    let path = "\(home.agents)/state/ssh/m\(name)"
    // ssh makes the socket under a temporary name, 17 bytes longer, first.
    let fits =
      path.utf8.count <= SSHConfig.longestSocketPath && !path.contains("%")
      && !path.contains("\"")
    return fits ? path : nil
  }

  /// Whether a connection of ours to the alias seems to be open.
  func hasConnection(to alias: String) -> Bool {
    guard let path = try? controlPath(alias) else { return false }
    return (try? FileStatus.ofPath(path, followLinks: false)) != nil
  }

  private static func hash(_ text: String) -> String {
    String(Digest.hex(Digest.blake2b256(Array(text.utf8))).prefix(16))
  }
}
