internal import Mesh

/// What a pane is for: `@agent-role` and `@agent-scope` of its window, else of its session, else what can be told
/// from the pane itself.
public struct PaneLabels: Sendable {
  public let role: String
  public let scope: String

  init(_ pane: Pane, _ tmux: Tmux) throws(Tmux.Failure) {
    let wanted = pane.hints.intersection(["@agent-role", "@agent-scope"]).sorted()
    let levels = wanted.isEmpty ? [:] : try tmux.optionLevels(pane: pane, names: wanted)
    role = PaneLabels.value(levels["@agent-role"], pane) ?? pane.suggestedRole
    scope = PaneLabels.value(levels["@agent-scope"], pane) ?? pane.suggestedScope
  }

  private static func value(_ levels: OptionLevels?, _ pane: Pane) -> String? {
    guard let levels else { return nil }
    return [levels.pane, levels.window, levels.sessions[pane.session]]
      .compactMap { $0 }.first { !$0.isEmpty }
  }

  /// `@agent-name` where it is set on the window, and on the pane itself.
  static func agentName(
    of pane: Pane, _ tmux: Tmux
  ) throws(Tmux.Failure) -> (window: String?, pane: String?) {
    guard pane.hints.contains("@agent-name") else { return (nil, nil) }
    let levels = try tmux.optionLevels(pane: pane, names: ["@agent-name"])["@agent-name"]
    return (levels?.window, levels?.pane)
  }
}

extension Pane {
  /// The original's words, which scripts may look for.
  public var suggestedRole: String {
    let place = "\(sessionName):\(windowIndex)"
    return switch currentCommand {
    case "claude": "Claude Code agent in \(place)"
    case "codex": "Codex agent in \(place)"
    case "bash", "zsh", "sh", "fish", "dash", "ksh": "Shell agent in \(place)"
    default: "\(currentCommand) agent in \(place)"
    }
  }

  public var suggestedScope: String {
    "Window target \(sessionName):\(windowIndex); current path \(currentPath)"
  }

  /// One row a session that its window is linked into.
  func live(
    server: ServerIdentity, _ name: (window: String?, pane: String?)
  ) -> [LivePane] {
    links.map { link in
      LivePane(
        server: "\(server.pid) \(server.startTime)", sessionID: link.session.description,
        sessionName: link.sessionName, windowID: window.description, windowName: windowName,
        windowIndex: link.windowIndex, paneID: id.description, paneIndex: index,
        windowAgentName: name.window, paneAgentName: name.pane, createdOrder: Int(id.number))
    }
  }
}
