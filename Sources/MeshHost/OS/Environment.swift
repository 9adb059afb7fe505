#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// The environment as values: captured once, handed on, never read elsewhere.
/// A value above 64 KiB or not UTF-8 counts as absent; of two with one name the first counts, as in `getenv`.
package struct Environment: Sendable, Equatable {
  /// Bytes of one value.
  package static let limit = 65536

  private let values: [String: String]

  package init(_ values: [String: String]) {
    self.values = values.filter { $0.value.utf8.count <= Environment.limit }
  }

  /// Ours.
  package static func current() -> Environment {
    var values: [String: String] = [:]
    var cursor = unsafe environ
    while let entry = unsafe cursor.pointee, values.count < 10_000 {
      unsafe cursor += 1
      guard unsafe strnlen(entry, limit + 1024) <= limit + 512 else { continue }
      guard let text = unsafe String(validatingCString: entry) else { continue }
      let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, values[String(parts[0])] == nil else { continue }
      values[String(parts[0])] = String(parts[1])
    }
    return Environment(values)
  }

  /// What a peer's session keeps. sshd's AcceptEnv lets the peer choose the rest, and a variable can name a program
  /// (`AGENT_MESH_SSH_CONFIG`), a server, a key agent or a sender. TMUX_TMPDIR is where this account's tmux servers are
  /// on some machines; a socket that is not this account's own is refused all the same.
  private static let served: Set<String> = [
    "HOME", "PATH", "LANG", "TERM", "TZ", "USER", "LOGNAME", "SHELL", "TMUX_TMPDIR",
  ]

  /// Only what a peer's session needs.
  package var forPeers: Environment {
    Environment(values.filter { Self.served.contains($0.key) || $0.key.hasPrefix("LC_") })
  }

  /// Makes it the environment of this process, and so of every child, detached ones too.
  package func replaceOurs() {
    unsafe environ.pointee = nil
    for (name, value) in values { unsafe setenv(name, value, 1) }
  }

  /// nil when unset; an empty value is an empty string.
  package subscript(name: String) -> String? { values[name] }

  /// All of them, for a child.
  package var all: [String: String] { values }

  package var home: String? { filled("HOME") }
  package var path: String? { filled("PATH") }
  /// `<socket>,<server pid>,<session>`: a claim, like everything here.
  package var tmux: String? { filled("TMUX") }
  package var tmuxPane: String? { filled("TMUX_PANE") }
  package var tmuxBinary: String? { filled("TMUX_BIN") }
  package var tmuxSocket: String? { filled("TMUX_SOCKET") }
  package var tmuxDirectory: String? { filled("TMUX_TMPDIR") }
  package var agentName: String? { filled("AGENT_NAME") }

  /// nil when unset or empty.
  package func filled(_ name: String) -> String? {
    values[name].flatMap { $0.isEmpty ? nil : $0 }
  }
}
