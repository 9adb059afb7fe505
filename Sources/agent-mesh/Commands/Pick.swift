internal import ArgumentParser
internal import Mesh
internal import MeshHost

/// `agent-mesh pick`: choose an agent, see its pane, go there, write to it. Made for tmux's `display-popup`.
struct Pick: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pick",
    abstract: "Choose an agent from a list: go there, write to it, see its history.",
    discussion: """
      With fzf: type to filter, Enter goes there, alt-m writes a message, alt-l shows the history. Without it, and with \
      --menu, a menu of tmux does the same. For a key of your own: set -g @agent-mesh-key A
      """)

  @Flag(help: "Use tmux's menu, though fzf is here.") var menu = false
  @Option(help: .hidden) var jump: String?
  @Option(help: .hidden) var write: String?
  @Option(help: .hidden) var preview: String?
  @Option(help: .hidden) var actions: String?
  @Flag(help: .hidden) var rows = false

  mutating func run() throws {
    let site = try Own.site()
    if let jump { return try Pick.jump(jump, site) }
    if let write { return try Pick.write(write, site) }
    if let preview { return try Pick.preview(preview, site) }
    if rows { return try Pick.overview(site).forEach { Output.line($0) } }
    let program = try Pick.program()
    if actions == nil, !menu, Standard.isTerminal(.output), OwnProgram.find("fzf", site.environment)
    {
      let failure = OwnProgram.become("sh", ["-c", Pick.script, "pick", program])
      throw Failure(.failed, "sh", "sh could not be started: \(failure)")
    }
    do { try show(try PickerMenu(site, program: program), site) } catch Tmux.Failure.refused(
      let words) where words.contains("no current client")
    {
      throw Failure(
        .failed, .tmux, "no client of tmux is there to show a menu in",
        try: "tmux display-popup -E 'agent-mesh pick'")
    }
  }

  private func show(_ menu: PickerMenu, _ site: Site) throws {
    if let actions, let address = try? Address(validating: actions) {
      return try menu.show(address)
    }
    let agents = try OverviewReading(site).run(asking: false).agents
    try menu.show(agents.map { ($0.address, $0.stateWord) })
  }

  /// Constant except for the program's path and addresses, which are letters, digits and `-.~`.
  private static let script = """
    me=$1
    choice=$("$me" pick --rows | fzf --layout=reverse --exact --no-sort --delimiter='\\t' --with-nth=2 --expect=alt-m,alt-l \
      --header 'Enter: go there   alt-m: message   alt-l: history' \
      --preview "'$me' pick --preview {1}" --preview-window=down,60%) || exit 0
    address=$(printf '%s\\n' "$choice" | sed -n 2p | cut -f 1)
    case $choice in
    alt-m*) exec "$me" pick --write "$address" ;;
    alt-l*) "$me" log --with "$address" | ${PAGER:-less} ;;
    *) exec "$me" pick --jump "$address" ;;
    esac
    """

  /// The path is put into lines for tmux and a shell, so it may have no special characters.
  private static func program() throws -> String {
    let path = OwnProgram.path ?? ""
    guard ShellWord.isPlain(path, "/._-+"), path.hasPrefix("/") else {
      throw Failure.usage(
        "this program lies at a path with special characters: the picker cannot name it")
    }
    return path
  }

  /// The address, a tab, and the row that `list` prints.
  private static func overview(_ site: Site) throws -> [String] {
    let overview = try OverviewReading(site).run(asking: true, outbox: Outbox(site).recipients())
    let lines = OverviewTable(overview, width: 120, paint: Paint(false)).lines.dropFirst(2)
    return zip(overview.agents, lines).map { "\($0.address)\t\($1)" }
  }

  private static func pane(_ name: String, _ site: Site) throws -> (PickedPane?, Address) {
    guard let address = try? Address(validating: name) else {
      throw Failure(RouteError.badAddress(near: []), to: name)
    }
    let hosts = try Own.sending(site).trusted.hosts
    return (try PickedPane(address, site, hosts: hosts), address)
  }

  private static func jump(_ name: String, _ site: Site) throws {
    let (pane, address) = try pane(name, site)
    guard let pane else {
      throw Failure.unknownAgent("\(address) is no pane of this host", try: ["agent-mesh list"])
    }
    try pane.show()
  }

  private static func preview(_ name: String, _ site: Site) throws {
    let (pane, address) = try pane(name, site)
    guard let pane else { return Output.line("\(address): on another host") }
    let rows = try pane.rows()
    rows.forEach { Output.line($0) }
  }

  private static func write(_ name: String, _ site: Site) throws {
    Output.note("message to \(SafeText.line(name)), ^D sends it, ^C does not:")
    try SendCommand(words: [name]).run(site)
    Standard.pause(.milliseconds(900))
  }
}
