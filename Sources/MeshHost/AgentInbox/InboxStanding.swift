internal import FoundationEssentials
internal import Mesh

/// By which way a pane's messages go: what its owner chose, and whether the session in it would take
/// a message at once. If not, it would open a dialog over whatever the person is doing.
extension AgentInbox {
  /// The value of `@agent-via` at the nearest level; unknown words mean `type`.
  /// - Returns: also whether it is set on the pane itself.
  static func choice(_ recipient: Recipient) -> (way: Way, isOwn: Bool) {
    let pane = recipient.pane
    // If it is not set anywhere, do not ask tmux.
    guard pane.hints.contains(AccessOption.via),
      let levels = try? recipient.place.tmux.optionLevels(pane: pane, names: [AccessOption.via])[
        AccessOption.via]
    else { return (.type, false) }
    let set = [
      levels.pane, levels.window, pane.links.lazy.compactMap { levels.sessions[$0.session] }.first,
      levels.global, levels.globalWindow,
    ]
    return (set.lazy.compactMap { $0 }.first.flatMap(Way.init) ?? .type, levels.pane != nil)
  }
}

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
      let settings = try? JSONDecoder().decode(Settings.self, from: Data(file.tail()))
    else { return .unreadable }
    return settings.crossSessionInbound.map { Inbound(rawValue: $0) ?? .unreadable } ?? .none
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
    guard let path = session.transcript, let file = SourceFile.own(path) else { return false }
    let mark = "\"permissionMode\":\""
    let text = String(decoding: file.tail(limit: 1 << 20), as: UTF8.self)
    return text.split(separator: mark).dropFirst().last?.hasPrefix("bypassPermissions") ?? false
  }
}

/// By which way the messages of a pane go, where its owner chose the inbox of its agent: `look`,
/// `acl`, `doctor`.
package struct InboxStanding: Sendable {
  /// Why they are typed all the same.
  fileprivate enum Fault {
    case noSession
    /// Others could replace that socket.
    case notOurs(String)
    case holds(AgentInbox.Hold)
  }

  private let way: AgentInbox.Way
  private let fault: Fault?
  /// Whether the owner expects the inbox here: the option may also be set for all panes, whatever
  /// runs in them.
  private let isMeant: Bool

  /// `nil` if they are typed, which is the default.
  package init?(_ recipient: Recipient, _ home: AgentsHome) {
    let choice = AgentInbox.choice(recipient)
    guard choice.way != .type else { return nil }
    let place = recipient.place
    way = choice.way
    guard let session = ClaudeSession(place, home) else {
      fault = .noSession
      isMeant =
        choice.isOwn || SharedService.foreground(place).contains { $0.name.hasPrefix("claude") }
      return
    }
    isMeant = true
    fault =
      AgentInbox.isOurs(session.socket)
      ? AgentInbox.hold(session, place).map(Fault.holds) : .notOurs(session.socket)
  }

  /// Whether the owner expects the inbox, but messages are typed.
  package var isBroken: Bool { fault != nil && isMeant }

  package var words: String {
    guard let fault else {
      let when = way == .auto ? " unless it is ready" : ""
      return "\(way.rawValue): into the session's inbox\(when)"
    }
    return "\(way.rawValue): typed, since \(fault.words)"
  }
}

extension InboxStanding.Fault {
  fileprivate var words: String {
    switch self {
    case .noSession: return "no session of Claude Code's is found here"
    case .notOurs(let socket): return "\(Printable.line(socket)) is not this account's alone"
    case .holds(.bypass(let path)):
      return
        "the session bypasses permissions and would hold messages back; \"crossSessionInbound\": \"accept\" in \(Printable.line(path)) lets them in"
    case .holds(.settings(let path, .unreadable)):
      return "\(Printable.line(path)) cannot be read, and may hold messages back"
    case .holds(.settings(let path, let said)):
      return
        "\"crossSessionInbound\" is \"\(said.rawValue)\" in \(Printable.line(path)); \"accept\" lets them in"
    }
  }
}
