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

  /// Without what a stranger at the other end of a connection could set to speak for somebody else.
  package var withoutClaims: Environment {
    let claims = ["AGENT_NAME", "FORCE_SEND", "AGENT_MESH_SLICES"]
    return Environment(
      values.filter {
        !claims.contains($0.key) && !($0.key.hasPrefix("TMUX") && $0.key != "TMUX_TMPDIR")
      })
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
