package import Mesh

/// What is missing or wrong in an account's files, found before anything was sent or typed. Each
/// case leads to a command that repairs it.
package enum SetupError: Error, Equatable, Sendable {
  case noHome
  /// `self.conf` or the host's name is not a valid host alias.
  case badSelf
  case noKeys
  /// Messages to this host must be sealed, but its seal key is unknown or too old.
  case noSealKey(Host)
  /// Others could read or change it. `fix`: the command that repairs it.
  case insecure(path: String, fix: String)
  /// Constant words about a file of ours that does not parse.
  case malformed(path: String, what: String)
  case file(FileError)

  init(_ error: FileError) {
    switch error {
    case .insecure(let path, let mode, _):
      let bits = String(mode & 0o7700, radix: 8)
      self = .insecure(path: path, fix: "chmod \(bits) \(path)")
    default: self = .file(error)
    }
  }
}

extension SetupError: CustomStringConvertible {
  /// What is wrong, for a person. The caller adds how to repair it.
  package var description: String {
    switch self {
    case .noHome: "HOME is not set, or is not a directory of this account"
    case .badSelf:
      "~/.agents/self.conf holds no valid host name (a-z, 0-9 and -, at most 63 characters)"
    case .noKeys: "this account has no keys yet"
    case .noSealKey(let host): "the seal key of \(host) is not known, or has expired"
    case .insecure(let path, _): "others could read or change \(path)"
    case .malformed(let path, let what): "\(path): \(what)"
    case .file(let error): "\(error)"
    }
  }
}

/// Where all files of an account are: `~/.agents` and `~/.agent-inbox`.
package struct AgentsHome: Sendable {
  /// Absolute, without a trailing slash.
  package let home: String

  package init(home: String) { self.home = home }

  package var agents: String { home + "/.agents" }
  package var inbox: String { home + "/.agent-inbox" }

  /// `~/.agents` itself, created if it is missing.
  package func directory() throws(SetupError) -> Directory {
    do { return try Directory.open(agents, create: true) } catch { throw SetupError(error) }
  }

  /// `~/.agents/<name>`, mode 0700, created if it is missing.
  package func directory(_ name: String) throws(SetupError) -> Directory {
    let agents = try directory()
    do { return try agents.subdirectory(name, create: true) } catch { throw SetupError(error) }
  }

  /// `~/.agents/<name>/<below>`.
  package func directory(_ name: String, _ below: String) throws(SetupError) -> Directory {
    let parent = try directory(name)
    do { return try parent.subdirectory(below, create: true) } catch { throw SetupError(error) }
  }

  /// The content of a file in `~/.agents`; `nil` if there is none.
  package func read(_ name: String, limit: Int) throws(SetupError) -> [UInt8]? {
    let agents = try directory()
    return try AgentsHome.read(name, in: agents, limit: limit)
  }

  static func read(
    _ name: String, in directory: borrowing Directory, limit: Int, policy: FilePolicy = .config
  ) throws(SetupError) -> [UInt8]? {
    do {
      return try directory.read(name, limit: limit, policy: policy)
    } catch .missing {
      return nil
    } catch { throw SetupError(error) }
  }
}
