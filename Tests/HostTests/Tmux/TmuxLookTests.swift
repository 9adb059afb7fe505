import Mesh
import MeshHost
import Testing

/// What one look at a pane of a real tmux server reports: facts, screen, attached people and the
/// reading program.
@Suite struct TmuxLookTests {
  @Test func factsOfAPane() async throws {
    let server = try PrivateTmux(
      ["sh", "-c", "printf 'one\\n\\033[1mtwo\\033[0m   \\033[?25l'; exec sleep 1000"], columns: 40,
      rows: 8)
    let pane = try server.pane()
    #expect(try await server.shows("two", pane.id))
    let look = try server.tmux.look(pane.id)
    #expect(
      look.pane == pane.id && look.window == pane.window && look.place.session == pane.session)
    #expect((look.columns, look.rows) == (40, 8))
    #expect((look.cursor.column, look.cursor.row) == (6, 1) && !look.cursor.isVisible)
    #expect(look.pid == pane.pid)
    #expect(look.tty == pane.tty)
    #expect(!look.isDead && look.modes == 0 && !look.isInputOff && !look.isSynchronized)
    #expect(look.capture.split(separator: 10, omittingEmptySubsequences: false).count == 9)
    #expect(String(decoding: look.capture, as: UTF8.self).contains("\u{1b}[1mtwo"))
    #expect(look.watchers.isEmpty)
    #expect(try look.server == server.tmux.serverIdentity())
    try server.tmux.run(["copy-mode", "-t", "s:"], ["select-pane", "-d", "-t", "s:"])
    let after = try server.tmux.look(pane.id)
    #expect(after.modes == 1 && after.isInputOff)
  }

  /// A screen full of the markers that our own tmux commands print.
  @Test func aScreenCannotSpeakForTmux() async throws {
    let server = try PrivateTmux([
      "sh", "-c",
      "printf 'a%%0\\tb\\n%%7\\t1\\nj\\nf\\n'; printf '\\033]2;%%9\\tx\\033\\\\'; exec sleep 1000",
    ])
    let pane = try server.pane()
    #expect(try await server.shows("%7", pane.id))
    #expect(try server.tmux.look(pane.id).pane == pane.id)
    #expect(try server.tmux.panes().count == 1)
  }

  /// A person at a terminal: here the pane of another tmux, with an attached client.
  @Test func aHumanWhoLooksOn() async throws {
    let server = try PrivateTmux()
    let pane = try server.pane()
    let other = try server.window(["cat"])
    let desk = try PrivateTmux([
      "env", "-u", "TMUX", "TERM=screen", PrivateTmux.program, "-S", server.tmux.socket, "attach",
    ])
    #expect(try await eventually { try server.tmux.look(pane.id).watchers.count == 1 })
    #expect(try server.tmux.look(other.id).watchers.isEmpty)
    let before = Clock.now / 1000
    try desk.tmux.run(["send-keys", "-t", "s:", "x"])
    #expect(
      try await eventually {
        guard let watcher = try server.tmux.look(pane.id).watchers.first else { return false }
        return watcher.activity >= before && !watcher.isReadOnly
      })
  }

  @Test func shownOnATerminal() async throws {
    let server = try PrivateTmux(["sh", "-c", "exec cat > \"$0\"", "/dev/null"])
    let pane = try server.pane()
    try Tmux.show("hello \u{1b}[31m\u{9b}31m\r\nworld", onTerminal: pane.tty)
    #expect(try await server.shows("world", pane.id))
    let rows = try server.screen(pane.id).split(separator: "\n", omittingEmptySubsequences: false)
    #expect(rows[1].hasPrefix("hello \u{FFFD}[31m\u{FFFD}31m\u{FFFD}"))
    #expect(rows[2].hasPrefix("world"))
    #expect(try server.tmux.look(pane.id).cursor.column == 0)
  }

  @Test func terminalsThatAreNotOurs() throws {
    let scratch = try Scratch()
    try scratch.directory().writeAtomically("file", [])
    for path in [
      scratch.path + "/file", "/dev/null", "/dev/../etc/passwd", "/dev/pts/99999", "", "tty",
    ] {
      #expect(throws: TerminalError.self) { try Tmux.show("x", onTerminal: path) }
      #expect(throws: TerminalError.self) { try TerminalDevice.mode(of: path) }
    }
    #expect(try scratch.directory().facts(of: "file")?.size == 0)
  }

  @Test(.enabled(if: isRoot, "needs root to give a terminal away"))
  func terminalOfAnotherAccount() throws {
    let server = try PrivateTmux()
    let pane = try server.pane()
    try shell("chown 65534 \"$1\"", [pane.tty])
    #expect(throws: TerminalError.notOurs) { try Tmux.show("x", onTerminal: pane.tty) }
  }

  @Test func modesOfATerminal() async throws {
    let server = try PrivateTmux(["sh", "-c", "stty raw echo; printf ready; exec cat"])
    let pane = try server.pane()
    #expect(try await server.shows("ready", pane.id))
    #expect(
      try TerminalDevice.mode(of: pane.tty).mode == TerminalMode(canonical: false, echo: true))
    let password = try server.window(["sh", "-c", "stty -echo; printf ready; exec cat"])
    #expect(try await server.shows("ready", password.id))
    #expect(
      try TerminalDevice.mode(of: password.tty).mode
        == TerminalMode(canonical: true, echo: false))
  }

  /// The reader of a pane is its foreground program, whatever that program calls itself.
  @Test func whoReadsAPane() async throws {
    let server = try PrivateTmux(["env", "PS1=$ ", "bash", "--norc", "-i"])
    let pane = try server.pane()
    try server.tmux.run([
      "send-keys", "-t", "s:", "exec -a claude bash --norc -c 'perl -e sleep ; :'",
    ])
    try server.tmux.run(["send-keys", "-t", "s:", "Enter"])
    var found: [ForegroundProcess] = []
    #expect(
      try await eventually {
        let group = TerminalDevice.foregroundGroup(ofProcess: pane.pid) ?? 0
        found = ProcessTable.foreground(group: group, below: pane.pid)
        return found.contains { $0.name == "perl" }
      })
    #expect(found.map(\.name) == ["bash", "perl"])
    #expect(found[0].invokedAs == "claude")
    #expect(found[0].script == nil)
  }

  @Test func buffersThatWereLeft() throws {
    let server = try PrivateTmux()
    let name = "am-\(someID())-0"
    for buffer in [name, "am-mine", "other", "am-x-0"] {
      try server.tmux.run(["set-buffer", "-b", buffer, "x"])
    }
    let now = Clock.now / 1000
    func names() throws -> Set<String> {
      let out = try server.tmux.run(["list-buffers", "-F", "#{buffer_name}"])
      return Set(String(decoding: out, as: UTF8.self).split(separator: "\n").map(String.init))
    }
    try server.tmux.sweepBuffers(now: now)
    #expect(try names().contains(name))
    try server.tmux.sweepBuffers(now: now + 120)
    #expect(try names() == ["am-mine", "other", "am-x-0"])
  }
}
