import MeshHost
import Testing

@Suite struct TmuxDeliveryTests: TypingTests {
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
