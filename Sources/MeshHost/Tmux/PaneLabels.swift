internal import Mesh

/// What a pane is for: `@agent-role` and `@agent-scope` of its window, otherwise of its session,
/// otherwise a guess from the pane itself.
package struct PaneLabels: Sendable {
  package let role: String
  package let scope: String

  private init(_ pane: Pane, _ levels: [String: OptionLevels]) {
    role = PaneLabels.value(levels["@agent-role"], pane) ?? pane.suggestedRole
    scope = PaneLabels.value(levels["@agent-scope"], pane) ?? pane.suggestedScope
  }

  /// The labels of all these panes, in one client. Panes without any are left out.
  static func read(_ panes: [Pane], _ tmux: Tmux) throws(Tmux.Failure) -> [PaneID: PaneLabels] {
    let wanted = panes.map { pane in
      (pane, pane.hints.intersection(["@agent-role", "@agent-scope"]).sorted())
    }
    let said = try tmux.optionLevels(of: wanted.filter { !$0.1.isEmpty }, reach: .session)
    return Dictionary(
      panes.map { ($0.id, PaneLabels($0, said[$0.id] ?? [:])) },
      uniquingKeysWith: { first, _ in first })
  }

  private static func value(_ levels: OptionLevels?, _ pane: Pane) -> String? {
    guard let levels else { return nil }
    return [levels.pane, levels.window, levels.sessions[pane.session]]
      .compactMap { $0 }.first { !$0.isEmpty }
  }

  /// `@agent-name`, set on the window and on the pane itself.
  static func agentNames(
    of panes: [Pane], _ tmux: Tmux
  ) throws(Tmux.Failure) -> [PaneID: (window: String?, pane: String?)] {
    let wanted = panes.filter { $0.hints.contains("@agent-name") }.map { ($0, ["@agent-name"]) }
    return try tmux.optionLevels(of: wanted, reach: .session).mapValues {
      ($0["@agent-name"]?.window, $0["@agent-name"]?.pane)
    }
  }
}

extension Pane {
  /// The wording of the original program, which scripts may search for.
  package var suggestedRole: String {
    let place = "\(sessionName):\(windowIndex)"
    return switch currentCommand {
    case "claude": "Claude Code agent in \(place)"
    case "codex": "Codex agent in \(place)"
    case "bash", "zsh", "sh", "fish", "dash", "ksh": "Shell agent in \(place)"
    default: "\(currentCommand) agent in \(place)"
    }
  }

  package var suggestedScope: String {
    "Window target \(sessionName):\(windowIndex); current path \(currentPath)"
  }

  /// One row for each session that its window is linked into.
  func live(
    server: ServerIdentity, _ name: (window: String?, pane: String?)
  ) -> [LivePane] {
    links.map { link in
      LivePane(
        server: server.instance, sessionID: link.session.description,
        sessionName: link.sessionName, windowID: window.description, windowName: windowName,
        windowIndex: link.windowIndex, paneID: id.description, paneIndex: index,
        windowAgentName: name.window, paneAgentName: name.pane, createdOrder: Int(id.number))
    }
  }
}
