internal import Mesh
internal import MeshHost

/// The sentence for each outcome and reason of a message: what happened, whether anything was
/// typed, what to run next.
extension Failure {
  private static let untyped = "nothing was typed"

  init(_ disposition: Disposition, to route: Route, _ id: MessageID) {
    let (to, reason) = (route.to, disposition.reason)
    self.init(disposition.outcome.status, reason, "", undone: Self.untyped)
    switch disposition.outcome {
    case .submitted, .typed, .shown, .queued:
      (text, undone) = ("\(to): \(disposition.outcome.rawValue)", "")
    case .unknownAgent:
      text = "\(route.host) has no live pane called \(to)"
      hints = ["notify-pane --list"]
    case .notReady:
      (text, hints) = ("\(to) \(Self.state(reason))", Self.retries(reason, route))
    case .stored:
      text =
        "\(Self.storedPlace(to)); the line that announces it was not typed: \(to) \(Self.state(reason))"
      undone = ""
      // Sending it again with the same id does not store the file twice.
      hints = ["notify-pane --id \(id) --wait 60s \(to) --file …"]
    case .failed: (text, hints) = Self.failed(reason, route)
    case .refused:
      (text, hints) = Self.refused(reason, route)
      if reason == .name { undone = "nothing was kept" }
      if reason == .quota { undone = "nothing was kept or typed" }
    case .notAuthentic: (text, hints) = Self.notAuthentic(reason, route)
    case .notSetUp: (text, hints) = Self.notSetUp(reason, route)
    case .unknown:
      undone = ""
      (text, hints) = Self.unknown(reason, route, id)
    }
  }

  /// Where a file is whose path is not known.
  static func storedPlace(_ to: Address) -> String { "the file is in the inbox of \(to)" }

  /// Continues "submitted": the proof, or what the message waits for.
  static func evidence(_ reason: Reason) -> String {
    switch reason {
    case .transcript: " (the agent's own record has it)"
    case .enqueued: " (it waits there for the agent's turn)"
    default: ""
    }
  }

  /// Continues "worker-1-foo …".
  private static func state(_ reason: Reason) -> String {
    switch reason {
    case .draft: "has a draft in its input"
    case .unsubmitted: "has an earlier message in its input, not submitted"
    case .dialog: "is showing a dialog that waits for an answer"
    case .password: "is asking for a password"
    case .mode: "is in tmux's copy mode, or in a command mode of its own"
    case .fullScreen: "runs a full-screen program in which keys are commands, such as vim or less"
    case .inputOff: "has its input switched off"
    case .humanTyping: "has a person typing in it right now"
    case .busy: "is busy and takes no input"
    case .unknownScreen: "shows a screen that agent-mesh does not recognise"
    case .lineTooLong: "takes one line at a time, and the text is too long for one"
    case .shell: "is a shell, or has one beneath its program: it would run the text"
    case .held:
      "keeps messages of other sessions back until a person lets them through, or sets crossSessionInbound in ~/.claude/settings.json"
    case .expired: "did not become ready before the message expired"
    default: "is not ready"
    }
  }

  private static func retries(_ reason: Reason, _ route: Route) -> [String] {
    let to = route.to
    return switch reason {
    case .unsubmitted:
      [there(route, "agent-mesh look \(to)"), "notify-pane --queue \(to) …"]
    case .draft, .dialog, .password, .mode, .inputOff, .humanTyping, .busy:
      ["notify-pane --wait 60s \(to) …", "notify-pane --queue \(to) …"]
    // Nobody leaves an editor within a minute; the queue keeps the message for a day.
    case .fullScreen, .expired: ["notify-pane --queue \(to) …", "agent-mesh look \(to)"]
    case .lineTooLong: ["notify-pane \(to) --file …"]
    default: ["agent-mesh look \(to)"]
    }
  }

  private static func failed(_ reason: Reason, _ route: Route) -> (String, [String]) {
    let (host, ping) = (route.host, "agent-mesh ping \(route.host)")
    return switch reason {
    case .unreachable:
      ("\(host) cannot be reached", [route.alias.map { "ssh \($0) true" } ?? "agent-mesh doctor"])
    case .deadPane: ("the program in \(route.to) has ended", ["notify-pane --list"])
    case .timeout: ("\(host) did not answer in time", [ping])
    case .disk:
      (
        "\(host) could not write its own files in ~/.agents",
        [route.alias.map { "ssh \($0) df -h .agents" } ?? "df -h ~/.agents"]
      )
    case .truncated: ("the message did not arrive complete", [ping])
    case .digest: ("the file that arrived is not the one that was sent", [ping])
    default: ("tmux on \(host) failed", [doctor(route)])
    }
  }

  private static func refused(_ reason: Reason, _ route: Route) -> (String, [String]) {
    let (to, host) = (route.to, route.host)
    return switch reason {
    case .rate: ("\(host) takes no more messages this minute", ["sleep 60"])
    case .text: ("\(host) refused the text", ["notify-pane \(to) --file …"])
    case .name: ("\(host) refused the file's name", ["notify-pane \(to) --file … --name NAME"])
    case .quota: ("\(host) has no more room for what you send", [there(route, "agent-mesh inbox")])
    case .sealRequired: ("\(host) takes sealed messages only", ["notify-pane --seal \(to) -"])
    default:
      // Only the recipient's host knows the lists of its panes.
      (
        "\(to) does not admit messages from this address",
        [
          route.alias.map { "ssh \($0) bin/agent-mesh acl explain \(to)" }
            ?? "agent-mesh acl check \"$(notify-pane --whoami)\" \(to)"
        ]
      )
    }
  }

  private static func notAuthentic(_ reason: Reason, _ route: Route) -> (String, [String]) {
    let host = route.host
    return switch reason {
    case .keyChanged:
      (
        "\(host) has another key pinned for this host than the one in use",
        ["agent-keys show", there(route, "agent-keys list")]
      )
    case .revoked: ("\(host) has this host's key revoked", ["agent-mesh doctor"])
    case .stale, .clock:
      (
        "\(host) found the message too old or from the future: the clocks differ",
        ["date -u", there(route, "date -u")]
      )
    case .sealKey:
      ("\(host) could not open the message: it was sealed to another key", ["sync-agent-registry"])
    case .idReused: ("that id was used for another message", ["agent-mesh log"])
    default: ("\(host) did not accept the message as authentic", [doctor(route)])
    }
  }

  private static func notSetUp(_ reason: Reason, _ route: Route) -> (String, [String]) {
    guard reason == .unpinned else { return ("\(route.host) is not set up", [doctor(route)]) }
    return (
      "\(route.host) has no key pinned for this host",
      ["sync-agent-registry", there(route, "sync-agent-registry")]
    )
  }

  private static func unknown(
    _ reason: Reason, _ route: Route, _ id: MessageID
  ) -> (String, [String]) {
    guard reason != .noRecord else {
      return ("\(route.host) has no record of a message \(id)", ["agent-mesh log"])
    }
    let to = route.to
    return (
      "the message may or may not have been typed at \(to); sending it again under the same id types it at most once",
      ["notify-pane --status \(id) \(to)", "notify-pane --id \(id) \(to) …"]
    )
  }

  /// A command on the host of a route.
  private static func there(_ route: Route, _ command: String) -> String {
    guard let alias = route.alias else { return command }
    let isOurs = command.hasPrefix("agent-") || command.hasPrefix("sync-")
    return "ssh \(alias) \(isOurs ? "bin/" : "")\(command)"
  }

  private static func doctor(_ route: Route) -> String { there(route, "agent-mesh doctor") }
}
