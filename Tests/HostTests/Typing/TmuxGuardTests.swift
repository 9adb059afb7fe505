import Mesh
import MeshHost
import Testing

/// Nothing is typed and no Enter is pressed if the pane has changed since the look.
@Suite struct TmuxGuardTests: TypingTests {
  enum Change: String, CaseIterable, Sendable {
    case draft, mode, inputOff, killed, dead, synchronized, resized, respawned
  }

  /// A change between look and paste stops the paste.
  @Test(arguments: Change.allCases)
  func aPaneThatChanged(change: Change) async throws {
    let (server, pane) = try await start(raw())
    let tmux = server.tmux
    try tmux.run(["set-option", "-w", "-t", pane.id.description, "remain-on-exit", "on"])
    let id = someID()
    #expect(
      try send(server, pane, id, [tagged(id, "x")]) { try make(change, server, pane) } == .moved)
    #expect(server.isAlive)
    #expect(try noBuffers(server))
    let all = change == .draft ? bytes("draft") : []
    #expect(try await eventually { try read(server) == all })
  }

  /// A change between look and Enter stops Enter.
  @Test(arguments: [Change.draft, .mode, .inputOff, .dead, .synchronized, .resized])
  func aPaneThatChangedBeforeEnter(change: Change) async throws {
    let (server, pane) = try await start(raw())
    try server.tmux.run(["set-option", "-w", "-t", pane.id.description, "remain-on-exit", "on"])
    let id = someID()
    let text = tagged(id, "x")
    var client = try client(server, pane)
    let first = try client.look(until: soon)
    let paste = try #require(Paste(id: id, [text], bracketed: false))
    let pasted = try client.paste(paste, since: first, until: soon)
    #expect(pasted.event == .pasted)
    #expect(try await server.shows(text, pane.id))
    let look = try client.look(until: soon)
    try make(change, server, pane)
    let entered = try client.enter(permit(), since: look, until: soon)
    #expect(entered.event == .held)
    // The terminal echoes what the program has not read yet.
    let all = bytes(text + (change == .draft ? "draft" : ""))
    #expect(try await eventually { try read(server) == all })
  }

  private func make(_ change: Change, _ server: PrivateTmux, _ pane: Pane) throws {
    let tmux = server.tmux
    let target = pane.id.description
    switch change {
    case .draft:
      try tmux.run(["send-keys", "-t", target, "-l", "draft"])
      while try !server.screen(pane.id).contains("draft") {}
    case .mode: try tmux.run(["copy-mode", "-t", target])
    case .inputOff: try tmux.run(["select-pane", "-d", "-t", target])
    case .killed: try tmux.run(["kill-pane", "-t", target])
    case .dead:
      try shell("kill -9 \(pane.pid)")
      while try !tmux.look(pane.id).isDead {}
    case .synchronized:
      try tmux.run(["set-option", "-w", "-t", target, "synchronize-panes", "on"])
    case .resized: try tmux.run(["resize-window", "-t", target, "-x", "50", "-y", "20"])
    case .respawned: try tmux.run(["respawn-pane", "-k", "-t", target, "cat"])
    }
  }

  /// In tmux 3.3a a paste into a dead pane ends the whole server.
  @Test func aDeadPane() async throws {
    let (server, pane) = try await start(raw())
    try server.tmux.run(["set-option", "-w", "-t", pane.id.description, "remain-on-exit", "on"])
    try shell("kill -9 \(pane.pid)")
    #expect(try await eventually { try server.tmux.look(pane.id).isDead })
    let id = someID()
    #expect(try send(server, pane, id, [tagged(id, "x")]) == .moved)
    #expect(server.isAlive)
    #expect(try noBuffers(server))
  }

  /// It leaves cursor and history as they were.
  @Test func aQuestionThatCameAfterTheLookHoldsPasteAndEnterBack() async throws {
    let (server, pane) = try await start(raw())
    var client = try client(server, pane)
    let look = try client.look(until: soon)
    try shell(
      "printf '\\0337\\033[5;1H Do you want to proceed?\\0338' > \"$1\"", [look.tty])
    #expect(try await server.shows("proceed?", pane.id))
    let id = someID()
    let paste = try #require(Paste(id: id, [tagged(id, "x")], bracketed: true))
    #expect(try client.paste(paste, since: look, until: soon).event == .moved)
    #expect(try client.enter(permit(), since: look, until: soon).event == .held)
    #expect(try read(server).isEmpty)
    let now = try client.look(until: soon)
    #expect(try client.paste(paste, since: now, until: soon).event == .pasted)
  }

  /// Whether or not other signs were there before.
  @Test(arguments: [
    "Do you want to", "Would you like", "Do you trust", "Esc to", "Enter to", "press", "y/n",
    "yes/no", "1. Yes", "2. No", "2) No", "Yes", "allow", "Proceed",
  ])
  func eachSignOfAQuestionHoldsTheTextBack(sign: String) async throws {
    for before in ["", "\\033[2;1Hallow\\033[3;1H1. Yes 2. \\033[9;1H"] where !before.contains(sign)
    {
      let (server, pane) = try await start(raw(before))
      var client = try client(server, pane)
      let look = try client.look(until: soon)
      try shell("printf '\\0337\\033[5;1H %s .\\0338' \"$2\" > \"$1\"", [look.tty, sign])
      #expect(try await server.shows("\(sign) .", pane.id))
      let id = someID()
      let paste = try #require(Paste(id: id, [tagged(id, "x")], bracketed: true))
      #expect(try client.paste(paste, since: look, until: soon).event == .moved)
      #expect(try read(server).isEmpty)
    }
  }
}
