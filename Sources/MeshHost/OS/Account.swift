internal import CLibrary

/// The account that we run as. Does not use NSS, which a static program does not have. `Site` gets
/// home and host name from it.
package struct Account: Sendable, Equatable {
  /// From `HOME`: an absolute path to a directory that we own.
  package let home: String
  /// `hostname -s`, made printable.
  package let hostName: String

  /// `nil` if `HOME` is missing, not absolute, not a directory, or belongs to another account.
  package init?(_ environment: Environment) {
    guard let home = environment.home, home.hasPrefix("/"), home.utf8.count <= 4096,
      !home.utf8.contains(0), let facts = try? FileStatus.ofPath(home, followLinks: true),
      facts.kind == .directory, facts.owner == FileStatus.ourselves
    else { return nil }
    self.home = home.count > 1 && home.hasSuffix("/") ? String(home.dropLast()) : home
    hostName = Account.shortHostName()
  }

  /// Our home directory in `/etc/passwd`, which ssh uses; `nil` if there is no entry.
  static var registeredHome: String? {
    guard let etc = try? Directory.open("/etc", requirePrivate: false),
      let bytes = try? etc.read("passwd", limit: 1 << 20, policy: .config)
    else { return nil }
    let entries = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
      .map { $0.split(separator: ":", omittingEmptySubsequences: false) }
    let own = entries.first { $0.count > 2 && UInt32($0[2]) == FileStatus.ourselves }
    return own.flatMap { $0.count > 5 ? String($0[5]) : nil }
  }

  private static func shortHostName() -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard unsafe gethostname(&buffer, 255) == 0 else { return "" }
    let bytes = buffer.prefix { $0 != 0 && $0 != CChar(UInt8(ascii: ".")) }
    return Printable.line(bytes.map { UInt8(bitPattern: $0) }, limit: 63)
  }
}

/// The environment as values: read once, passed on, and never read elsewhere. A value above 64 KiB
/// or not UTF-8 counts as absent. If a name occurs twice, the first counts, as in `getenv`.
package struct Environment: Sendable, Equatable {
  /// The maximum length of a value, in bytes.
  package static let limit = 65536

  private let values: [String: String]

  package init(_ values: [String: String]) {
    self.values = values.filter { $0.value.utf8.count <= Environment.limit }
  }

  package static func current() -> Environment {
    var values: [String: String] = [:]
    values.reserveCapacity(64)
    var cursor = unsafe environ
    while let entry = unsafe cursor.pointee, values.count < 10_000 {
      unsafe cursor += 1
      guard unsafe strnlen(entry, limit + 1024) <= limit + 512,
        let text = unsafe String(validatingCString: entry)?.utf8,
        let sign = text.firstIndex(of: UInt8(ascii: "="))
      else { continue }
      let (name, value) = (text[..<sign], text[text.index(after: sign)...])
      guard let name = String(name), let value = String(value) else { continue }
      if values[name] == nil { values[name] = value }
    }
    return Environment(values)
  }

  /// The variables that a peer's session keeps. sshd's AcceptEnv lets the peer choose the others,
  /// and a variable can name a program (`AGENT_MESH_SSH_CONFIG`), a server, a key agent or a
  /// sender. TMUX_TMPDIR stays because on some machines it says where this account's tmux servers
  /// are; a socket of another account is refused anyway.
  private static let served: Set<String> = [
    "HOME", "PATH", "LANG", "TERM", "TZ", "USER", "LOGNAME", "SHELL", "TMUX_TMPDIR",
  ]

  /// Only the variables that a peer's session needs.
  package var forPeers: Environment {
    Environment(values.filter { Self.served.contains($0.key) || $0.key.hasPrefix("LC_") })
  }

  /// Makes these the environment of this process and so of all its children, detached ones too.
  package func replaceOurs() {
    unsafe environ.pointee = nil
    for (name, value) in values { unsafe setenv(name, value, 1) }
  }

  /// `nil` if unset; an empty value is an empty string.
  package subscript(name: String) -> String? { values[name] }

  /// All variables, for a child.
  package var all: [String: String] { values }

  package var home: String? { filled("HOME") }
  package var path: String? { filled("PATH") }
  /// `<socket>,<server pid>,<session>`. Not proven: the environment can claim anything.
  package var tmux: String? { filled("TMUX") }
  package var tmuxBinary: String? { filled("TMUX_BIN") }
  package var tmuxSocket: String? { filled("TMUX_SOCKET") }
  package var tmuxDirectory: String? { filled("TMUX_TMPDIR") }
  package var agentName: String? { filled("AGENT_NAME") }

  /// `nil` if unset or empty.
  package func filled(_ name: String) -> String? {
    values[name].flatMap { $0.isEmpty ? nil : $0 }
  }
}
