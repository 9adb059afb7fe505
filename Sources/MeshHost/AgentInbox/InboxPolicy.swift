internal import FoundationEssentials
internal import Mesh

/// Whether a session accepts a peer's message at once. If not, it would open a dialog over whatever
/// the person is doing.
extension AgentInbox {
  static func takesMessages(_ session: ClaudeSession, _ place: PlacedPane) -> Bool {
    let user = setting(session.config + "/settings.json")
    let others = [
      "/etc/claude-code/managed-settings.json", session.folder + "/.claude/settings.json",
      session.folder + "/.claude/settings.local.json",
    ].map(setting)
    guard ([user] + others).allSatisfy({ $0 == .none || $0 == .accept }) else { return false }
    return user == .accept || !bypassesPermissions(session, place)
  }

  /// `crossSessionInbound` in Claude Code's settings.
  enum Inbound: String { case none, accept, hold, refuse, unreadable }

  private static func setting(_ path: String) -> Inbound {
    struct Settings: Decodable { let crossSessionInbound: String? }
    guard (try? FileStatus.ofPath(path, followLinks: true)) != nil else { return .none }
    guard let file = try? SourceFile.open(path), file.size <= 1 << 20,
      let settings = try? JSONDecoder().decode(Settings.self, from: Data(whole(file)))
    else { return .unreadable }
    return settings.crossSessionInbound.map { Inbound(rawValue: $0) ?? .unreadable } ?? .none
  }

  private static func whole(_ file: SourceFile) -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < file.size,
      let count = file.read(
        appendingTo: &bytes, at: Int64(bytes.count), atMost: Int(file.size) - bytes.count),
      count > 0
    {}
    return bytes
  }

  /// According to its arguments, its footer, or the last mode in its transcript.
  private static func bypassesPermissions(_ session: ClaudeSession, _ place: PlacedPane) -> Bool {
    let arguments = ProcessTable.arguments(of: session.pid)
    if arguments.contains(where: {
      $0.contains("dangerously-skip-permissions") || $0.contains("bypassPermissions")
    }) {
      return true
    }
    let screen =
      (try? place.tmux.run(["capture-pane", "-p", "-t", place.pane.id.description])) ?? []
    if String(decoding: screen, as: UTF8.self).contains("bypass permissions") { return true }
    guard let path = session.transcript, let file = TranscriptFile(path) else { return false }
    let mark = "\"permissionMode\":\""
    let text = String(decoding: file.tail(limit: 1 << 20), as: UTF8.self)
    return text.split(separator: mark).dropFirst().last?.hasPrefix("bypassPermissions") ?? false
  }
}
