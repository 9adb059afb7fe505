internal import Mesh

/// Servers whose sockets lie elsewhere than in `/tmp/tmux-<uid>`: who comes from cron or by ssh has no `TMUX` that names
/// them. `~/.agents/state/sockets`, a path a line; written by registrations, and checked like any other when it is used.
struct KnownSockets {
  private static let limit = 64 << 10

  let home: AgentsHome

  func load() -> [String] {
    guard let state = try? home.directory("state"),
      let bytes = try? state.read("sockets", limit: KnownSockets.limit),
      let text = String(validating: bytes, as: UTF8.self)
    else { return [] }
    return text.split(separator: "\n").filter { $0.hasPrefix("/") }.prefix(TmuxServers.most)
      .map(String.init)
  }

  /// Keeps those of servers that live. The caller holds the registry's lock.
  func keep(_ living: [Tmux]) throws(SetupError) {
    let usual = "/tmp/\(TmuxSocket.folderName)/"
    let elsewhere = living.map(\.socket)
      .filter { !$0.hasPrefix(usual) && !$0.utf8.contains(UInt8(ascii: "\n")) }.sorted()
    guard elsewhere != load() else { return }
    let state = try home.directory("state")
    do {
      try state.writeAtomically(
        "sockets", Array(elsewhere.map { $0 + "\n" }.joined().utf8), sync: false)
    } catch { throw SetupError(error) }
  }
}
