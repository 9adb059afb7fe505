import Mesh
import MeshHost
import Testing

/// Pastes on a real tmux server: the exact bytes, brackets, many looks with one client, and what
/// others can read.
@Suite struct TmuxDeliveryTests: TypingTests {
  @Test func aLineProgramGetsTheExactBytes() async throws {
    let (server, pane) = try await start(lines)
    let id = someID()
    let text = tagged(id, "it's \"q\" $(touch x) `y` #{pane_id} #(z) \\ ~ %7 ; { } ünï 世界 🙂;")
    #expect(try send(server, pane, id, [text]) == .entered)
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
    let all = String(String.UnicodeScalarView(scalars))
    var client = try client(server, pane)
    let look = try client.look(until: soon)
    let paste = try #require(Paste(id: someID(), [all], bracketed: true))
    let pasted = try client.paste(paste, since: look, until: soon)
    #expect(pasted.event == .pasted)
    #expect(try await eventually { try read(server) == bytes(all) })
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
    // Here the tag is at the end, so it is still on the screen.
    texts[pieces - 1] += "\n" + tagged(id, "end")
    #expect(try send(server, pane, id, texts) == .entered)
    #expect(try await eventually { try read(server) == bytes(texts.joined() + "\r") })
    #expect(try noBuffers(server))
  }

  @Test func bracketsWhereTheProgramAsksForThem() async throws {
    let (server, pane) = try await start(raw("\\033[?2004h"))
    let id = someID()
    let text = tagged(id, "two\nlines")
    #expect(try send(server, pane, id, [text, "x"]) == .entered)
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
    #expect(try send(server, pane, id, [tagged(id, "x")]) == .entered)
    #expect(try await eventually { try read(server) == bytes(tagged(id, "x") + "\r") })
    #expect(try server.scratch.directory().read("other", limit: 100, policy: .any).isEmpty)
    #expect(try noBuffers(server))
  }

  /// More looks than one client serves, each with the screen of its own moment.
  @Test func anyNumberOfLooks() async throws {
    let (server, pane) = try await start(raw())
    var client = try client(server, pane)
    for number in 0..<100 {
      let look = try client.look(until: soon)
      #expect(look.pid == pane.pid, "look \(number)")
    }
    try server.tmux.run(["send-keys", "-t", pane.id.description, "-l", "drawn"])
    var isSeen = false
    while !isSeen {
      isSeen = String(decoding: try client.look(until: soon).capture, as: UTF8.self).contains(
        "drawn")
    }
    // The one pipe is for the next script.
    let pipes = try server.scratch.directory().names(limit: 1000).filter { $0.contains(".") }
    #expect(pipes.count <= 1)
  }

  @Test func aServerThatDiesIsTold() async throws {
    let (server, pane) = try await start(raw())
    var client = try client(server, pane)
    _ = try client.look(until: soon)
    _ = try? server.tmux.run(["kill-server"])
    var failure: Tmux.Failure?
    do throws(Tmux.Failure) { _ = try client.look(until: soon) } catch { failure = error }
    #expect(failure != nil && failure != .timeout)
  }

  /// `ps` shows only the folder of the scripts.
  @Test func nothingStandsInTheClientsArguments() async throws {
    let (server, pane) = try await start(raw())
    var client = try client(server, pane)
    _ = try client.look(until: soon)
    let all = try shell(
      "for f in /proc/[0-9]*/cmdline; do tr '\\0' ' ' <$f; echo; done 2>/dev/null")
    let ours = all.split(separator: "\n").filter {
      $0.contains("source-file") && $0.contains(server.scratch.path)
    }
    #expect(!ours.isEmpty)
    #expect(!ours.contains { $0.contains("display-message") || $0.contains("capture-pane") })
    _ = try client.look(until: soon)
  }

  @Test func whatAPasteMayBe() {
    let id = someID()
    func paste(_ id: String, _ pieces: [String]) -> Paste? {
      Paste(id: id, pieces, bracketed: true)
    }
    #expect(paste(id, ["x"]) != nil)
    for bad in [
      "", String(id.dropLast()), id + "a", id.uppercased(), id.dropLast() + "1",
      id.dropLast() + "é",
    ] {
      #expect(paste(bad, ["x"]) == nil)
    }
    for bad in [[], [""], ["x", ""], ["x\0"], [String(repeating: "x", count: 300_000)]] {
      #expect(paste(id, bad) == nil)
    }
  }
}
