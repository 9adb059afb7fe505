internal import Mesh

/// Servers whose sockets are not in `/tmp/tmux-<uid>`. Processes started by cron or ssh have no
/// `TMUX` that names them, so their paths are kept in `~/.agents/state/sockets`, one per line.
/// Registrations write them; each path is checked before use.
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

  /// Stores the sockets of running servers. The caller holds the registry's lock.
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
