internal import ArgumentParser
internal import Mesh
internal import MeshHost

struct SelfIdentify: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "agent-self-identify",
    abstract: "Say what the agent in this window is for: sets @agent-role and @agent-scope.",
    version: Version.text)

  @Option(help: "What it is; default: AGENT_ROLE, else what the command suggests.")
  var role: String?
  @Option(help: "What it works on; default: AGENT_SCOPE, else the git work tree or directory.")
  var scope: String?
  @Option(name: .short, help: ArgumentHelp("The window; default: this one.", valueName: "target"))
  var target: String?

  mutating func run() throws {
    let site = try Setup.site()
    let sending = try Setup.sending(site)
    let panes = try Setup.tmux { () throws(Tmux.Failure) in
      try PaneDirectory(site, hosts: sending.trusted.hosts)
    }
    let pane = try pane(site, panes)
    let role = role ?? site.environment.filled("AGENT_ROLE") ?? pane.suggestedRole
    let scope = scope ?? site.environment.filled("AGENT_SCOPE") ?? pane.suggestedScope
    try Setup.tmux { () throws(Tmux.Failure) in
      let tmux = try site.tmux
      try tmux.setOption("@agent-role", SafeText.line(role), window: pane.window)
      try tmux.setOption("@agent-scope", SafeText.line(scope), window: pane.window)
    }
    try Rescanning.run(site)
    let address = panes.address(of: pane)?.text ?? site.host.name
    Output.line("\(address): \(SafeText.line(role)) — \(SafeText.line(scope))")
  }

  private func pane(_ site: Site, _ panes: PaneDirectory) throws(Failure) -> Pane {
    if let target {
      let found = try Setup.tmux { () throws(Tmux.Failure) in try site.tmux.pane(target: target) }
      if let pane = found.flatMap({ panes.pane($0) }) { return pane }
      throw .usage("tmux knows no such target")
    }
    if case .pane(let id) = panes.place(of: ProcessTable.own), let pane = panes.pane(id) {
      return pane
    }
    throw .usage("this process is in no tmux pane", hint: "agent-self-identify -t <target>")
  }
}
