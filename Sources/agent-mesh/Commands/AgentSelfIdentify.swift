internal import ArgumentParser
internal import Mesh
internal import MeshHost

struct SelfIdentify: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "agent-self-identify",
    abstract: "Say what the agent in this window is for: sets @agent-role and @agent-scope.",
    version: Version.full)

  @Option(help: "What it is; default: AGENT_ROLE, else what the command suggests.")
  var role: String?
  @Option(help: "What it works on; default: AGENT_SCOPE, else the git work tree or directory.")
  var scope: String?
  @Option(name: .short, help: ArgumentHelp("The window; default: this one.", valueName: "target"))
  var target: String?
  @Flag(help: "Print JSON.") var json = false

  mutating func run() throws {
    let site = try Own.site()
    let sending = try Own.sending(site)
    let panes = try PaneDirectory(site, hosts: sending.trusted.hosts, describing: true)
    let place = try place(site, panes)
    let pane = place.pane
    let said = try place.tmux.optionLevels(pane: pane, names: ["@agent-role", "@agent-scope"])
    let role =
      role ?? site.environment.filled("AGENT_ROLE") ?? Self.kept(said["@agent-role"], pane)
      ?? pane.suggestedRole
    let scope =
      scope ?? site.environment.filled("AGENT_SCOPE") ?? Self.kept(said["@agent-scope"], pane)
      ?? pane.suggestedScope
    try place.tmux.setOption("@agent-role", SafeText.line(role), window: pane.window)
    try place.tmux.setOption("@agent-scope", SafeText.line(scope), window: pane.window)
    try Rescanning.run(site)
    let address = panes.address(of: place)?.text ?? site.host.name
    let (shownRole, shownScope) = (SafeText.line(role), SafeText.line(scope))
    Output.say(
      "\(address): \(shownRole) — \(shownScope)",
      ["address": address, "role": shownRole, "scope": shownScope], json: json)
  }

  /// The window's present value, unless an earlier call suggested it. A call without arguments must
  /// not replace a value that a person chose.
  private static func kept(_ levels: OptionLevels?, _ pane: Pane) -> String? {
    guard let text = levels?.window, !text.isEmpty,
      !text.hasSuffix(" agent in \(pane.sessionName):\(pane.windowIndex)"),
      !text.hasPrefix("Window target ")
    else { return nil }
    return text
  }

  private func place(_ site: Site, _ panes: PaneDirectory) throws -> PlacedPane {
    if let target {
      let tmux = try site.tmux
      let found = try tmux.pane(target: target)
      if let place = found.flatMap({ panes.pane($0, at: tmux) }) { return place }
      throw Failure.usage(
        "tmux has no target '\(SafeText.line(target, limit: 60))'", undone: "nothing was changed",
        try: "tmux list-windows -a")
    }
    if case .pane(let place) = panes.place(of: ProcessTable.ancestry(of: ProcessTable.own)) {
      return place
    }
    throw Failure.usage(
      "this process is in no tmux pane", undone: "nothing was changed",
      try: "agent-self-identify -t SESSION:WINDOW")
  }
}
