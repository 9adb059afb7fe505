import Mesh
import MeshHost
import Testing

/// Nothing is typed, and no Enter pressed, where the pane is not as it was seen.
@Suite struct TmuxGuardTests: TypingTests {
  enum Change: String, CaseIterable, Sendable {
    case draft, mode, inputOff, killed, dead, synchronized, resized, respawned
  }

  /// What happens between look and paste stops the paste.
  @Test(arguments: Change.allCases)
  func aPaneThatChanged(change: Change) async throws {
    let (server, pane) = try await start(raw())
    let tmux = server.tmux
    let target = pane.id.description
    try tmux.run(["set-option", "-w", "-t", target, "remain-on-exit", "on"])
    let id = someID()
    let ending = try send(server, pane, id, [tagged(id, "x")]) {
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
    #expect(ending == .moved)
    #expect(server.isAlive)
    #expect(try noBuffers(server))
    #expect(try read(server) == (change == .draft ? bytes("draft") : []))
  }

  /// On tmux 3.3a a paste into a dead pane ends the whole server.
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

  @Test func nothingIsWanted() async throws {
    let (server, pane) = try await start(raw())
    let ending = try server.tmux.deliver(
      to: pane.id, decide: { _ in nil }, judge: { _ -> TypingVerdict<Int> in .done(1) })
    #expect(ending == .declined)
    #expect(server.isAlive)
    #expect(try read(server).isEmpty)
  }

  @Test func enterIsHeldWhenTheTagIsNotSeen() async throws {
    let (server, pane) = try await start(raw(echo: false))
    let id = someID()
    #expect(try send(server, pane, id, [tagged(id, "x")]) == .judged(false))
    #expect(try await eventually { try read(server) == bytes(tagged(id, "x")) })
  }

  @Test func enterIsHeldWhenADialogIsSeen() async throws {
    let (server, pane) = try await start(raw("Esc to cancel "))
    let id = someID()
    #expect(
      try send(server, pane, id, [tagged(id, "x")], absent: ["Esc to cancel"]) == .judged(false))
    #expect(try await eventually { try read(server) == bytes(tagged(id, "x")) })
  }

  /// tmux does not find a tag that is wrapped; our own eyes do, and one Enter follows, then one more, then none.
  @Test func enterOnVerdict() async throws {
    let (server, pane) = try await start(raw(), columns: 24)
    let id = someID()
    let text = tagged(id, String(repeating: "x", count: 40))
    var most = 0
    let permit = try self.permit()
    let ending = try server.tmux.deliver(
      to: pane.id,
      decide: { _ in
        TypingScript(
          id: id, pieces: [bytes(text)], submission: .onVerdict, patience: .milliseconds(400))
      },
      judge: { progress -> TypingVerdict<Int> in
        most = max(most, progress.enters)
        let rows = String(decoding: progress.look.capture, as: UTF8.self)
        return rows.replacing("\n", with: "").contains(id.prefix(8)) ? .pressEnter(permit) : .lookOn
      })
    #expect(ending == .undecided(pasted: true, enters: 2))
    #expect(most == 2)
    #expect(try read(server) == bytes(text + "\r\r"))
    #expect(try noBuffers(server))
  }

  /// The judge's look is compared again: what changed after it holds Enter back.
  @Test func enterOnVerdictIsGuarded() async throws {
    let (server, pane) = try await start(raw())
    let id = someID()
    var asked = false
    let permit = try self.permit()
    var sawHeld = false
    let ending = try server.tmux.deliver(
      to: pane.id,
      decide: { _ in
        TypingScript(id: id, pieces: [bytes(tagged(id, "x"))], submission: .onVerdict)
      },
      judge: { progress -> TypingVerdict<Int> in
        sawHeld = sawHeld || progress.isHeld
        if progress.isHeld || progress.enters > 0 { return .done(progress.enters) }
        guard !asked, (try? server.screen(pane.id))?.contains(id.prefix(8)) == true else {
          return .lookOn
        }
        asked = true
        _ = try? server.tmux.run(["send-keys", "-t", pane.id.description, "-l", "human"])
        while (try? server.screen(pane.id))?.contains("human") == false {}
        return .pressEnter(permit)
      })
    #expect(ending == .judged(0))
    #expect(sawHeld)
    #expect(try read(server) == bytes(tagged(id, "x") + "human"))
  }
}
