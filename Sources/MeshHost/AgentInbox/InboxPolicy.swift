internal import FoundationEssentials
internal import Mesh

/// Whether a session accepts a peer's message at once. If not, it would open a dialog over whatever
/// the person is doing.
extension AgentInbox {
  /// Why a session would not take a message at once.
  enum Hold: Equatable, Sendable {
    /// That settings file says so, or cannot be read.
    case settings(String, Inbound)
    /// It asks nobody for permission, and that settings file, its user's, does not accept messages.
    case bypass(String)
  }

  /// - Returns: nil if it takes messages.
  static func hold(_ session: ClaudeSession, _ place: PlacedPane) -> Hold? {
    let user = session.config + "/settings.json"
    let all = [
      user, "/etc/claude-code/managed-settings.json", session.folder + "/.claude/settings.json",
      session.folder + "/.claude/settings.local.json",
    ].map { ($0, setting($0)) }
    if let strict = all.first(where: { $0.1 != .none && $0.1 != .accept }) {
      return .settings(strict.0, strict.1)
    }
    return all[0].1 == .accept || !bypassesPermissions(session, place) ? nil : .bypass(user)
  }

  /// `crossSessionInbound` in Claude Code's settings.
  enum Inbound: String, Sendable { case none, accept, hold, refuse, unreadable }

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
