import MeshHost
import Testing

/// The list of panes of a real tmux server: names, titles, paths and options, however odd.
@Suite struct TmuxPaneTests {
  /// Sets a window's name by an escape sequence, as programs do: tmux expands no formats in it.
  private func rename(_ server: PrivateTmux, _ text: String) async throws -> Pane {
    let pane = try server.window([
      "sh", "-c", "IFS= read -r n; printf '\\033k%s\\033\\\\' \"$n\"; exec cat",
    ])
    try server.tmux.run(["set-option", "-w", "-t", pane.id.description, "allow-rename", "on"])
    try server.tmux.run(["send-keys", "-t", pane.id.description, "-l", "--", text])
    try server.tmux.run(["send-keys", "-t", pane.id.description, "Enter"])
    return pane
  }

  @Test(arguments: [
    "a|b", "q'\"$(touch x)`id`", "#(touch PWNED)", "#{pane_id}", "semi;", "{brace}", "-dash",
    "ünï世",
    "#[fg=red]x", "a%b %7 @3", "~tilde",
  ])
  func namesOfWindows(name: String) async throws {
    let server = try PrivateTmux()
    let bad = name.replacing("PWNED", with: server.scratch.path + "/pwned")
    let pane = try await rename(server, bad)
    // tmux 3.8 itself writes `_(` for `#(`.
    let names = [bad, bad.replacing("#", with: "_")]
    #expect(
      try await eventually { names.contains(try server.tmux.panes().last?.windowName ?? "") })
    let look = try server.tmux.look(pane.id)
    #expect(names.contains(look.place.windowName))
    #expect(try server.tmux.panes().count == 2)
    #expect(try server.scratch.directory().facts(of: "pwned") == nil)
  }

  @Test func namesOfSessionsTitlesAndPaths() async throws {
    let session = "$(touch x) '|\"#{q}"
    let server = try PrivateTmux(["sh", "-c", "mkdir \"$0\"; cd \"$0\"; exec cat", "/tmp/unused"])
    let odd = server.scratch.path + "/tab\there\nline|%9\t"
    let pane = try server.window(["sh", "-c", "mkdir \"$0\"; cd \"$0\"; exec cat", odd])
    try server.tmux.run(["rename-session", "-t", "s", session.replacing("#", with: "##")])
    try server.tmux.run(["select-pane", "-t", pane.id.description, "-T", "a title; with ##hash"])
    #expect(
      try await eventually { try server.tmux.panes().last?.currentPath == odd })
    let panes = try server.tmux.panes()
    #expect(panes.count == 2)
    #expect(panes[1].sessionName == session)
    #expect(panes[1].title == "a title; with #hash")
    #expect(panes[1].id == pane.id)
    #expect(try await eventually { try server.tmux.panes().last?.currentCommand == "cat" })
  }

  /// tmux doubles a backslash and may keep a tab; 3.8 refuses both.
  @Test func tabInAName() throws {
    let server = try PrivateTmux()
    let renamed = try? server.tmux.run(["rename-window", "-t", "s:", "tab\tin\\\tname"])
    if renamed != nil { #expect(try server.pane().windowName.contains("in")) }
    #expect(try server.tmux.panes().count == 1)
  }

  @Test func whatAPaneIs() async throws {
    let server = try PrivateTmux()
    try server.tmux.run(["split-window", "-d", "-t", "s:", "sleep", "1000"])
    try server.tmux.run(["new-session", "-d", "-s", "other", "cat"])
    try server.tmux.run(["link-window", "-s", "s:0", "-t", "other:7"])
    let panes = try server.tmux.panes()
    #expect(panes.map(\.id.description).sorted() == ["%0", "%1", "%2"])
    let linked = try #require(panes.first { $0.id == PaneID(number: 1) })
    #expect(linked.links.map(\.sessionName).sorted() == ["other", "s"])
    #expect(linked.links.map(\.windowIndex).sorted() == [0, 7])
    #expect(linked.index == 1)
    #expect(!linked.isActive)
    #expect(!linked.isDead)
    let facts = try #require(ProcessTable.facts(of: linked.pid))
    #expect(TerminalDevice.number(of: linked.tty) == facts.terminal)
    #expect(ProcessTable.terminalPath(facts.terminal) == linked.tty)
    let identity = try server.tmux.serverIdentity()
    #expect(identity.socketPath == server.tmux.socket)
    #expect(ProcessTable.facts(of: linked.pid)?.parent == identity.pid)
  }

  @Test func many() throws {
    let server = try PrivateTmux(["sleep", "1000"], columns: 200, rows: 200)
    for _ in 0..<10 {
      let more = (0..<20).map { _ in ["new-window", "-d", "sleep", "1000"] }
      try server.tmux.run(all: more)
    }
    let links = (0..<320).map { ["link-window", "-d", "-s", "s:\($0 % 200)", "-t", "t:\($0 + 1)"] }
    try server.tmux.run(["new-session", "-d", "-s", "t", "sleep", "1000"])
    for start in stride(from: 0, to: 320, by: 80) {
      try server.tmux.run(all: Array(links[start..<(start + 80)]))
    }
    let panes = try server.tmux.panes()
    #expect(panes.count == 202)
    #expect(panes.reduce(0) { $0 + $1.links.count } == 202 + 320)
  }

  @Test func ids() {
    #expect(PaneID(validating: "%7")?.number == 7)
    #expect(PaneID(validating: "%0") != nil)
    for bad in [
      "", "%", "7", "@7", "%07", "%+7", "%7 ", "%7;", "%-1", "%99999999999", "%٧", "%7\n",
    ] {
      #expect(PaneID(validating: bad) == nil, "\(bad)")
    }
    #expect(WindowID(validating: "@12")?.description == "@12")
    #expect(SessionID(validating: "$3")?.description == "$3")
  }

  @Test func optionsAtEachLevel() throws {
    let server = try PrivateTmux()
    let tmux = server.tmux
    let pane = try server.pane()
    let name = "@agent-allow"
    let hard = "-a; \"b\"\t'c' #{pane_id} $(x)\n[second]\n;"
    #expect(try tmux.optionLevels(pane: pane, names: [name]) == [name: OptionLevels()])
    try tmux.run(["set-option", "-s", name, "server"])
    #expect(
      try tmux.optionLevels(pane: pane, names: [name])[name] == OptionLevels(server: "server"))
    try tmux.run(["set-option", "-g", name, "global"], ["set-option", "-gw", name, ""])
    try tmux.run(["set-option", "-t", "s", name, "session"])
    try tmux.run(["set-option", "-p", "-t", pane.id.description, "--", name, hard])
    try tmux.setOption(name, "-q", window: pane.window)
    let all = OptionLevels(
      pane: hard, window: "-q", sessions: [pane.session: "session"], global: "global",
      globalWindow: "", server: "server")
    #expect(
      try tmux.optionLevels(pane: pane, names: [name, "@other"]) == [
        name: all, "@other": OptionLevels(),
      ])
    let query = OptionQuery([name], of: pane)
    #expect(try tmux.look(pane.id, options: query).options == [name: all])
    try tmux.run(["set-option", "-u", "-p", "-t", pane.id.description, name])
    #expect(try tmux.optionLevels(pane: pane, names: [name])[name]?.pane == nil)
    for bad in ["status", "@", "@a b", "@a;", "-g", "@ä", ""] {
      #expect(throws: Tmux.Failure.self) { try tmux.setOption(bad, "x", window: pane.window) }
      #expect(try tmux.optionLevels(pane: pane, names: [bad]).isEmpty)
    }
  }

  @Test func sessionsOfALinkedWindow() throws {
    let server = try PrivateTmux()
    try server.tmux.run(["new-session", "-d", "-s", "other", "cat"])
    try server.tmux.run(["link-window", "-s", "s:0", "-t", "other:7"])
    try server.tmux.run(["set-option", "-t", "other", "@agent-allow", "none"])
    let pane = try #require(try server.tmux.panes().first { $0.links.count == 2 })
    let levels = try server.tmux.optionLevels(pane: pane, names: ["@agent-allow"])
    let other = try #require(pane.links.first { $0.sessionName == "other" })
    #expect(levels["@agent-allow"]?.sessions == [other.session: "none"])
  }
}
