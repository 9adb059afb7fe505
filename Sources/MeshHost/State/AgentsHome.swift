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

  /// For steps that need a file of this account.
  @discardableResult
  static func unless<Answer: ~Copyable>(
    _ step: @autoclosure () throws(FileError) -> Answer
  ) throws(SetupError) -> Answer {
    do { return try step() } catch { throw SetupError(error) }
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

  /// `~/.agents/<name>/<name>…`, each with mode 0700, created if it is missing.
  package func directory(_ names: String...) throws(SetupError) -> Directory {
    try directory(names)
  }

  fileprivate func directory(_ names: [String]) throws(SetupError) -> Directory {
    var directory = try SetupError.unless(Directory.open(agents, create: true))
    for name in names {
      directory = try SetupError.unless(directory.subdirectory(name, create: true))
    }
    return directory
  }

  /// The content of a file in `~/.agents`; `nil` if there is none.
  package func read(_ name: String, limit: Int) throws(SetupError) -> [UInt8]? {
    try AgentsHome.read(name, in: try directory(), limit: limit)
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

  static func write(
    _ name: String, _ bytes: [UInt8], in directory: borrowing Directory, sync: Bool = true
  ) throws(SetupError) {
    try SetupError.unless(directory.writeAtomically(name, bytes, sync: sync))
  }
}

/// A small file in `~/.agents` that is always read and replaced as a whole: counters, lists, what
/// is remembered of peers and panes.
struct HomeFile: Sendable {
  private let home: AgentsHome
  private let folders: [String]
  private let name: String
  private let limit: Int

  /// - Parameter path: below `~/.agents`; made of constants and host names.
  /// - Parameter limit: in bytes.
  init(_ home: AgentsHome, _ path: String, limit: Int) {
    self.home = home
    let parts = path.split(separator: "/").map(String.init)
    (folders, name) = (parts.dropLast(), parts.last ?? "")
    self.limit = limit
  }

  /// `nil` if there is none.
  func read() throws(SetupError) -> [UInt8]? {
    try AgentsHome.read(name, in: try home.directory(folders), limit: limit)
  }

  func lines() throws(SetupError) -> [Substring] {
    String(decoding: try read() ?? [], as: UTF8.self).split(separator: "\n")
  }

  /// - Parameter sync: write it to the disk before returning.
  func write(_ bytes: [UInt8], sync: Bool = false) throws(SetupError) {
    try AgentsHome.write(name, bytes, in: try home.directory(folders), sync: sync)
  }

  func write(lines: [String]) throws(SetupError) {
    try write(Array(lines.map { $0 + "\n" }.joined().utf8))
  }

  /// Runs `body` while no other process changes the file.
  func locked<Answer: ~Copyable>(
    _ body: () throws(SetupError) -> Answer
  ) throws(SetupError) -> Answer {
    try home.directory(folders).locked(name + ".lock", body)
  }
}

extension Directory {
  /// Runs `body` while holding a lock file in this directory.
  borrowing func locked<Answer: ~Copyable>(
    _ name: String, within time: Duration = .seconds(5),
    _ body: () throws(SetupError) -> Answer
  ) throws(SetupError) -> Answer {
    let lock = try SetupError.unless(FileLock.acquire(in: self, name, until: .now + time))
    let answer = try body()
    lock.release()
    return answer
  }
}
