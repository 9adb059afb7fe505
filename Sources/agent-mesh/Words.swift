internal import Mesh
internal import MeshHost

/// The sentence for each outcome and reason: what happened, whether anything was typed, what to run next.
enum Words {
  static func of(
    _ disposition: Disposition, to route: Route, _ id: MessageID
  ) -> (text: String, hint: String?) {
    let to = route.to
    switch disposition.outcome {
    case .submitted, .typed, .shown, .queued: return ("\(to): \(disposition.outcome.rawValue)", nil)
    case .unknownAgent:
      return (
        "\(route.host) has no live pane called \(to); nothing was typed", "notify-pane --list"
      )
    case .notReady:
      return (
        "\(to) \(state(disposition.reason)); nothing was typed", retry(disposition.reason, to)
      )
    case .stored:
      return (
        "the file is in the inbox of \(to); \(to) \(state(disposition.reason)), and the line that tells of it was not typed",
        "notify-pane --id \(id) --file … \(to)   the same file again: it does not land twice"
      )
    case .failed: return failed(disposition.reason, route)
    case .refused: return refused(disposition.reason, route)
    case .notAuthentic: return notAuthentic(disposition.reason, route)
    case .notSetUp: return notSetUp(disposition.reason, route)
    case .unknown:
      if disposition.reason == .noRecord {
        return ("\(route.host) knows no message \(id)", nil)
      }
      return (
        "it may or may not have been typed at \(to)",
        "notify-pane --id \(id) \(to) …   repeating with the same id types it at most once"
      )
    }
  }

  /// Continues "submitted": what proves it, or what it waits for.
  static func evidence(_ reason: Reason) -> String {
    switch reason {
    case .transcript: " (the agent's own record has it)"
    case .enqueued: " (it waits there for the agent's turn)"
    default: ""
    }
  }

  /// Continues "worker-1-foo …".
  static func state(_ reason: Reason) -> String {
    switch reason {
    case .draft: "has a draft in its input"
    case .dialog: "is asking something in a dialog"
    case .password: "is asking for a password"
    case .mode: "is in copy mode, or another mode"
    case .inputOff: "has its input switched off"
    case .humanTyping: "has somebody typing right now"
    case .busy: "is busy and takes no input"
    case .unknownScreen: "shows a screen that is not understood"
    case .lineTooLong: "takes one line at a time, and the text is too long for one"
    case .shell: "is a shell or a program that would run the text"
    case .held: "keeps what other sessions send back until its person lets it through"
    case .expired: "was not ready before the message expired"
    default: "is not ready"
    }
  }

  private static func retry(_ reason: Reason, _ to: Address) -> String? {
    switch reason {
    case .draft, .dialog, .password, .mode, .inputOff, .humanTyping, .busy:
      "notify-pane --wait 60s \(to) …   or   --queue"
    case .unknownScreen: "notify-pane --force \(to) …   where its @agent-allow-force admits you"
    case .lineTooLong: "a shorter text"
    case .held:
      "its person can deliver it in the dialog, or set \"crossSessionInbound\": \"accept\" in ~/.claude/settings.json; it is not sent again"
    default: nil
    }
  }

  private static func failed(_ reason: Reason, _ route: Route) -> (String, String?) {
    switch reason {
    case .unreachable:
      ("\(route.host) cannot be reached; nothing was typed", route.alias.map { "ssh \($0) true" })
    case .deadPane: ("\(route.to) is a dead pane; nothing was typed", nil)
    case .timeout: ("\(route.host) did not answer in time; nothing was typed", nil)
    case .disk: ("\(route.host) could not write its own files; nothing was typed", nil)
    case .truncated: ("the message did not arrive whole; nothing was typed", "the same again")
    default: ("tmux on \(route.host) failed; nothing was typed", nil)
    }
  }

  private static func refused(_ reason: Reason, _ route: Route) -> (String, String?) {
    switch reason {
    case .rate: ("\(route.host) takes no more messages this minute; nothing was typed", nil)
    case .text: ("\(route.host) refused the text; nothing was typed", nil)
    case .name: ("\(route.host) refused the file's name; nothing was kept", "--name NAME")
    case .quota:
      ("\(route.host) has no more room for what you send; nothing was kept or typed", nil)
    case .sealRequired: ("\(route.host) takes sealed messages only; nothing was typed", "--seal")
    default: ("\(route.to) does not admit you; nothing was typed", nil)
    }
  }

  private static func notAuthentic(_ reason: Reason, _ route: Route) -> (String, String?) {
    let host = route.host
    return switch reason {
    case .keyChanged:
      (
        "\(host) has another key pinned than the one in use; nothing was typed",
        "agent-keys list   here and on \(host), and compare"
      )
    case .revoked: ("\(host) has this host's key revoked; nothing was typed", nil)
    case .stale, .clock:
      (
        "\(host) found the message too old or from the future: the clocks differ; nothing was typed",
        "date -u   on both hosts"
      )
    case .sealKey:
      (
        "\(host) could not open it: it was sealed to another key; nothing was typed",
        "sync-agent-registry   then the same again"
      )
    case .idReused: ("that id was used for another message; nothing was typed", nil)
    default: ("\(host) did not accept the message as authentic; nothing was typed", nil)
    }
  }

  private static func notSetUp(_ reason: Reason, _ route: Route) -> (String, String?) {
    switch reason {
    case .unpinned:
      (
        "\(route.host) has no key pinned for this host; nothing was typed",
        "sync-agent-registry   on both hosts, or agent-keys trust there"
      )
    default:
      ("\(route.host) is not set up; nothing was typed", "agent-mesh doctor   on \(route.host)")
    }
  }
}

extension Failure {
  /// Everything was said already: only the code remains.
  static func said(_ code: Int32) -> Failure {
    Failure(code: code, reason: "", text: "", hint: nil)
  }

  var wasSaid: Bool { text.isEmpty }

  init(_ error: RouteError, to text: String) {
    switch error {
    case .badAddress:
      self.init(
        code: 2, reason: "unknown-agent",
        text: "\(SafeText.line(text, limit: 60)) is no address; nothing was sent",
        hint: "notify-pane --list")
    case .unknownAgent(let near):
      let names = near.map(\.text).joined(separator: ", ")
      self.init(
        code: 2, reason: "unknown-agent", text: "no agent is called \(text); nothing was sent",
        hint: near.isEmpty ? "notify-pane --list" : names)
    case .unpinned(let host):
      self.init(
        code: 7, reason: "unpinned", text: "no key is pinned for \(host); nothing was sent",
        hint: "sync-agent-registry   or agent-keys trust \(host)")
    case .noWay(let host):
      self.init(
        code: 7, reason: "unpinned",
        text: "\(host) is not in ~/.agents/peers.conf; nothing was sent",
        hint: "echo \(host) >> ~/.agents/peers.conf")
    case .setup(let error): self.init(error)
    }
  }
}
