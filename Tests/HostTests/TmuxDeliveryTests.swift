import MeshHost
import Testing

@Suite struct TmuxDeliveryTests {
  /// A line program in canonical mode that keeps what it read.
  private let lines = ["sh", "-c", "exec cat > \"$0/in\""]
  /// A program that takes every byte, shows it or not, asks for brackets or not. It echoes itself: a terminal drops
  /// echoes when they come too fast.
  private func raw(_ start: String = "", echo: Bool = true) -> [String] {
    let reader = echo ? "exec tee \"$0/in\"" : "exec cat > \"$0/in\""
    return ["sh", "-c", "stty raw -echo; printf '\(start)ready'; \(reader)"]
  }

  private func start(_ command: [String], columns: Int = 100) async throws -> (PrivateTmux, Pane) {
    let server = try PrivateTmux(["sleep", "1000"], columns: columns)
    let pane = try server.window(command + [server.scratch.path])
    if command.last?.contains("ready") == true {
      #expect(try await server.shows("ready", pane.id))
    } else {
      #expect(try await eventually { try server.scratch.directory().facts(of: "in") != nil })
    }
    return (server, pane)
  }

  private func read(_ server: PrivateTmux) throws -> [UInt8] {
    let directory = try server.scratch.directory()
    guard try directory.facts(of: "in") != nil else { return [] }
    return try directory.read("in", limit: 1 << 20, policy: .any)
  }

  private func noBuffers(_ server: PrivateTmux) throws -> Bool {
    try server.tmux.run(["list-buffers"]).isEmpty
  }

  private func seen(_ id: String, absent: [String] = []) throws -> EnterGuard {
    try #require(EnterGuard(visible: String(id.prefix(8)), absent: absent))
  }

  /// Types, presses Enter when the tag is seen, and is done after that.
  private func send(
    _ server: PrivateTmux, _ pane: Pane, _ id: String, _ pieces: [String], absent: [String] = [],
    meanwhile: () throws -> Void = {}
  ) throws -> TypingEnd<Bool> {
    let wanted = try seen(id, absent: absent)
    var thrown: (any Error)?
    let ending = try server.tmux.deliver(
      to: pane.id,
      decide: { _ in
        do { try meanwhile() } catch { thrown = error }
        return TypingScript(
          id: id, pieces: pieces.map { bytes($0) },
          submission: .whenSeen(wanted, delay: .milliseconds(1)))
      },
      judge: { progress -> TypingVerdict<Bool> in
        progress.isHeld ? .done(false) : progress.enters == 1 ? .done(true) : .lookOn
      })
    if let thrown { throw thrown }
    return ending
  }

  @Test func aLineProgramGetsTheExactBytes() async throws {
    let (server, pane) = try await start(lines)
    let id = someID()
    let text = tagged(id, "it's \"q\" $(touch x) `y` #{pane_id} #(z) \\ ~ %7 ; { } ünï 世界 🙂;")
    #expect(try send(server, pane, id, [text]) == .judged(true))
    #expect(try await eventually { try read(server) == bytes(text + "\n") })
    #expect(try noBuffers(server))
  }

  /// Every byte that safe text can hold. (tmux 3.8 replaces others itself.)
  @Test func everyByteOfSafeText() async throws {
    let (server, pane) = try await start(raw(echo: false))
    let scalars = [
      0x0a...0x0a, 0x20...0x7e, 0xa0...0x5ff, 0x1000...0x10ff, 0x4e00...0x4eff, 0x1f600...0x1f64f,
    ]
    .joined().compactMap { UnicodeScalar(UInt32($0)) }
    let all = bytes(String(String.UnicodeScalarView(scalars)))
    let ending = try server.tmux.deliver(
      to: pane.id,
      decide: { _ in TypingScript(id: someID(), pieces: [all], submission: .never) },
      judge: { _ -> TypingVerdict<Int> in .done(1) })
    #expect(ending == .judged(1))
    #expect(try await eventually { try read(server) == all })
  }

  @Test(arguments: [1, 94])
  func aWholeBody(pieces: Int) async throws {
    let (server, pane) = try await start(raw())
    let id = someID()
    let filler = (0..<65536).map { UInt8(97 + $0 % 23) }
    let size = filler.count / pieces
    var texts = (0..<pieces).map {
      String(decoding: filler[($0 * size)..<(($0 + 1) * size)], as: UTF8.self)
    }
    // The tag stands at the end here: it is still on the screen then.
    texts[pieces - 1] += "\n" + tagged(id, "end")
    #expect(try send(server, pane, id, texts) == .judged(true))
    #expect(try await eventually { try read(server) == bytes(texts.joined() + "\r") })
    #expect(try noBuffers(server))
  }

  @Test func bracketsWhereTheProgramAsksForThem() async throws {
    let (server, pane) = try await start(raw("\\033[?2004h"))
    let id = someID()
    let text = tagged(id, "two\nlines")
    #expect(try send(server, pane, id, [text, "x"]) == .judged(true))
    let want = "\u{1b}[200~\(text)\u{1b}[201~\u{1b}[200~x\u{1b}[201~\r"
    #expect(try await eventually { try read(server) == bytes(want) })
  }

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

  @Test func synchronizedPanesAreLeftAlone() async throws {
    let (server, pane) = try await start(raw())
    let target = pane.id.description
    try server.tmux.run(
      [
        "split-window", "-d", "-t", target, "sh", "-c", "stty raw -echo; exec cat > \"$0/other\"",
        server.scratch.path,
      ],
      ["set-option", "-w", "-t", target, "synchronize-panes", "on"])
    #expect(try await eventually { try server.scratch.directory().facts(of: "other") != nil })
    let id = someID()
    #expect(try send(server, pane, id, [tagged(id, "x")]) == .judged(true))
    #expect(try await eventually { try read(server) == bytes(tagged(id, "x") + "\r") })
    #expect(try server.scratch.directory().read("other", limit: 100, policy: .any).isEmpty)
    #expect(try noBuffers(server))
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
    let ending = try server.tmux.deliver(
      to: pane.id,
      decide: { _ in
        TypingScript(
          id: id, pieces: [bytes(text)], submission: .onVerdict, patience: .milliseconds(400))
      },
      judge: { progress -> TypingVerdict<Int> in
        most = max(most, progress.enters)
        let rows = String(decoding: progress.look.capture, as: UTF8.self)
        return rows.replacing("\n", with: "").contains(id.prefix(8)) ? .pressEnter : .lookOn
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
        return .pressEnter
      })
    #expect(ending == .judged(0))
    #expect(sawHeld)
    #expect(try read(server) == bytes(tagged(id, "x") + "human"))
  }

  @Test func aServerThatDiesAfterThePaste() async throws {
    let (server, pane) = try await start(raw())
    let ending = try server.tmux.deliver(
      to: pane.id,
      decide: { _ in TypingScript(id: someID(), pieces: [[65]], submission: .never) },
      judge: { _ -> TypingVerdict<Int> in
        _ = try? server.tmux.run(["kill-server"])
        return .lookOn
      })
    #expect(ending == .undecided(pasted: true, enters: 0))
  }

  @Test func whatAScriptMayBe() {
    let id = someID()
    func script(_ id: String, _ pieces: [[UInt8]]) -> TypingScript? {
      TypingScript(id: id, pieces: pieces, submission: .never)
    }
    #expect(script(id, [[1]]) != nil)
    for bad in [
      "", String(id.dropLast()), id + "a", id.uppercased(), id.dropLast() + "1",
      id.dropLast() + "é",
    ] {
      #expect(script(bad, [[1]]) == nil)
    }
    for bad in [[], [[]], [[1], []], [[1, 0]], [[UInt8](repeating: 1, count: 300_000)]]
      as [[[UInt8]]]
    {
      #expect(script(id, bad) == nil)
    }
    for bad in [
      "abc", "a}bcd", "a,bcd", "#(id)", "a*bcd", "über", String(repeating: "a", count: 65),
    ] {
      #expect(EnterGuard(visible: bad) == nil)
      #expect(EnterGuard(visible: "abcd", absent: [bad]) == nil)
    }
  }
}
