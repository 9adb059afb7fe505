internal import ArgumentParser
internal import Mesh
internal import MeshHost

/// `agent-mesh agent-hook`: what an agent's own hooks run. It mentions messages that wait for the agent's
/// pane once, by count and host, never a body. It asks no other host, and after an error it says
/// nothing, because an agent must not stop for this.
struct AgentHook: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "agent-hook",
    abstract: "What an agent's hooks run: mentions waiting messages once, as JSON for Claude Code.",
    discussion:
      "`agent-mesh setup claude --write` sets it. Reads the hook's JSON on stdin; always exit 0.")

  enum Event: String, CaseIterable, ExpressibleByArgument {
    case start, prompt, stop

    /// As Claude Code calls it.
    var name: String {
      switch self {
      case .start: "SessionStart"
      case .prompt: "UserPromptSubmit"
      case .stop: "Stop"
      }
    }
  }

  @Argument(help: "start, prompt or stop.") var event: Event

  mutating func run() throws {
    guard let text = try? Self.news() else { return Output.line("{}") }
    let answer = ["hookEventName": event.name, "additionalContext": text]
    Output.encoded(["hookSpecificOutput": answer])
  }

  private struct Nothing: Error {}

  /// - Throws: if there is nothing to say, or on any error.
  private static func news() throws -> String {
    let site = try Own.site()
    guard !Spool(site.home).isEmpty else { throw Nothing() }
    let trusted = try site.trustedKeys()
    guard let pane = try Senders.identify(site, trusted, as: nil).pane else { throw Nothing() }
    let waiting = try Spool(site.home).news(for: pane)
    guard waiting.count > 0 else { throw Nothing() }
    let hosts = waiting.hosts.map(\.name).joined(separator: ", ")
    return
      "agent-mesh: \(waiting.count.counted("message")) from \(hosts) wait\(waiting.count == 1 ? "s" : "") for this pane and will be typed when it is ready. Nothing has to be done."
  }
}
