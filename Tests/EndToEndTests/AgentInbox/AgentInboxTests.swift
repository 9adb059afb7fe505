import TestSupport
import Testing

/// `@agent-via`: messages into the agent's own inbox, after the same checks, and by only one of the two ways.
@Suite struct AgentInboxTests {
  private static func with(
    _ manner: ClaudeStandIn.Manner = .takes, via: String? = "inbox", session: String = "",
    settings: String? = nil, arguments: [String] = [], screen: [String]? = nil,
    _ body: (LocalMesh, ClaudeStandIn) async throws -> Void
  ) async throws {
    try await LocalMesh.with { mesh in
      let claude = try await ClaudeStandIn.start(
        in: mesh.tmux, home: mesh.home, "claude", manner, session: session, settings: settings,
        arguments: arguments, screen: screen)
      if let via { try await claude.pane.set("@agent-via", via) }
      try await body(mesh, claude)
    }
  }

  /// The texts that arrived by the socket.
  private func contents(_ claude: ClaudeStandIn) throws -> [String] {
    try claude.received.map { line in
      let parts = line.components(between: #""content":""#, and: #"","role""#)
      return try #require(parts ?? line.components(between: #""content":""#, and: #""}"#))
    }
  }

  @Test func theMessageComesOnceByTheSocketAndNoKeyIsPressed() async throws {
    try await Self.with { mesh, claude in
      let sent = try await mesh.send("hub-main-claude", "good morning")
      #expect(sent.status == 0 && sent.text.hasPrefix("→ hub-main-claude"), "\(sent)")
      #expect(sent.text.contains("submitted ("), "\(sent)")
      let last = try #require(try mesh.log.last { $0.event == "received" })
      #expect(last.outcome == "submitted")
      #expect(["transcript", "enqueued"].contains(last.reason))
      let all = try contents(claude)
      #expect(all.count == 1 && all[0].hasPrefix("[from hub @ "), "\(all)")
      #expect(all[0].hasSuffix("] good morning"), "\(all)")
      #expect(claude.typed.isEmpty)
      #expect(try mesh.log.contains { $0.event == "by-inbox" })
      let told = try await mesh.run("agent-mesh", ["log"])
      #expect(told.text.contains("submitted/\(last.reason ?? "") by its inbox"), "\(told)")
      let lines = try await mesh.run("agent-mesh", ["log", "--json"])
      #expect(try JSONPage().expect(lines.text, "agent-mesh log").contains("via"), "\(lines)")
    }
  }

  @Test func withoutTheOptionNothingOfItRuns() async throws {
    try await Self.with(via: nil) { mesh, claude in
      let sent = try await mesh.send("hub-main-claude", "a")
      #expect(sent.status == 0, "\(sent)")
      #expect(claude.received.isEmpty)
      try await eventually("the typed line") { claude.typed.count == 1 }
    }
  }

  @Test func autoTypesWhereItIsReadyAndElseUsesTheInbox() async throws {
    try await Self.with(via: "auto") { mesh, claude in
      #expect(try await mesh.send("hub-main-claude", "typed").status == 0)
      try await eventually("the typed line") { claude.typed.count == 1 }
      #expect(claude.received.isEmpty)
      try await mesh.tmux.call(["copy-mode", "-t", claude.pane.id])
      let sent = try await mesh.send("hub-main-claude", "handed over")
      #expect(sent.status == 0, "\(sent)")
      #expect(claude.received.count == 1 && claude.typed.count == 1)
      #expect(try await claude.pane.format("#{pane_in_mode}") == "1")
    }
  }

  /// A dialog may open at any time while it works. Without the inbox it is typed to as ever.
  @Test(arguments: [([], true), (["--dangerously-skip-permissions"], false)])
  func autoLeavesATurnToTheInbox(_ arguments: [String], _ byInbox: Bool) async throws {
    let rows = ["✻ Pondering… (3s · esc to interrupt)"]
    try await Self.with(via: "auto", arguments: arguments, screen: rows) { mesh, claude in
      let look = try await mesh.run("agent-mesh", ["look", "hub-main-claude"])
      #expect(look.text.hasPrefix("hub-main-claude: busy-accepting\n"), "\(look)")
      let sent = try await mesh.send("hub-main-claude", "a")
      #expect(sent.status == 0, "\(sent)")
      #expect(claude.received.count == (byInbox ? 1 : 0))
      #expect(claude.typed.count == (byInbox ? 0 : 1))
    }
  }

  @Test func aMessageThatWaitsForTheTurnIsSaidToWait() async throws {
    try await Self.with(.queues) { mesh, _ in
      let sent = try await mesh.send("--json", "hub-main-claude", "a")
      let answer = try JSONAnswer(sent)
      #expect(answer.ok && answer.outcome == "submitted" && answer.reason == "enqueued", "\(sent)")
    }
  }

  @Test func whatIsHeldBackIsNotSentAgain() async throws {
    try await Self.with(.holds) { mesh, claude in
      let id = "bbbbbbbbbbbbbbbbbbbbbbbbba"
      for _ in 0..<2 {
        let sent = try await mesh.send("--id", id, "hub-main-claude", "a")
        #expect(sent.status == 3, "\(sent)")
        #expect(sent.errorText.contains("crossSessionInbound"), "\(sent)")
      }
      let queued = try await mesh.send("--queue", "hub-main-claude", "b")
      #expect(queued.status == 3, "\(queued)")
      #expect(claude.received.count == 2 && claude.typed.isEmpty)
    }
  }

  /// Written without an answer: the message may have arrived, so it is neither typed nor written again.
  @Test(arguments: [ClaudeStandIn.Manner.hangs, .silent, .floods, .closes])
  func nothingIsTypedAfterAWrite(_ manner: ClaudeStandIn.Manner) async throws {
    try await Self.with(manner) { mesh, claude in
      let id = "bbbbbbbbbbbbbbbbbbbbbbbbba"
      for _ in 0..<2 {
        let sent = try await mesh.send("--id", id, "hub-main-claude", "a")
        #expect(sent.status == 8, "\(manner): \(sent)")
      }
      #expect(claude.received.count <= 1 && claude.typed.isEmpty, "\(manner)")
    }
  }

  @Test func laterTheRecordTellsWhatWasUnknown() async throws {
    try await Self.with(.silent) { mesh, claude in
      let id = "bbbbbbbbbbbbbbbbbbbbbbbbba"
      #expect(try await mesh.send("--id", id, "hub-main-claude", "a").status == 8)
      #expect(try await mesh.send("--status", id).status == 8)
      try await claude.wakeUp()
      let status = try await mesh.send("--status", id)
      #expect(status.status == 0 && status.text.contains("submitted (transcript)"), "\(status)")
    }
  }

  /// If a condition is not met, the option is treated as not set.
  @Test(arguments: [
    "d['pid'] = 1", "d['procStart'] = '1'", "d['peerProtocol'] = 2", "d['sessionId'] = '../../x'",
    "d['messagingSocketPath'] = folder + '/nobody.sock'", "d['messagingSocketPath'] = 'x'",
    "d = None", "d = []", "d['x'] = 'x' * 70000", "os.chmod(folder + '/s', 0o777)",
    "os.symlink(folder + '/s', folder + '/l'); d['messagingSocketPath'] = folder + '/l/%d.sock' % pid",
    "os.symlink(door, folder + '/k.sock'); d['messagingSocketPath'] = folder + '/k.sock'",
    "f = open(folder + '/f', 'w'); json.dump(d, f); f.close(); os.symlink(folder + '/f', path); d = None",
    "os.mkfifo(path, 0o600); d = None",
    // Of another account, which takes root to make.
    "with open(path, 'w') as f: json.dump(d, f)\nos.geteuid() or os.chown(path, 1, 1)\nos.geteuid() and os.chmod(path, 0o666)\nd = None",
  ])
  func aSessionThatLiesIsTypedTo(_ session: String) async throws {
    try await Self.with(session: session) { mesh, claude in
      let sent = try await mesh.send("hub-main-claude", "a")
      #expect(sent.status == 0, "\(session): \(sent)")
      try await eventually("the typed line") { claude.typed.count == 1 }
      #expect(claude.received.isEmpty, "\(session)")
    }
  }

  @Test func aSocketInWhichSomebodyElseListensIsNotWrittenTo() async throws {
    try await Self.with(.replaced) { mesh, claude in
      #expect(try await mesh.send("hub-main-claude", "a").status == 0)
      try await eventually("the typed line") { claude.typed.count == 1 }
      #expect(claude.received.isEmpty)
    }
  }

  /// It would open a dialog over what the person is doing.
  @Test(arguments: [
    (nil, ["--dangerously-skip-permissions"], false),
    (#"{"crossSessionInbound":"accept"}"#, ["--dangerously-skip-permissions"], true),
    (#"{"crossSessionInbound":"accept"}"#, [], true),
    (#"{"crossSessionInbound":"hold"}"#, [], false),
    (#"{"crossSessionInbound":"refuse"}"#, [], false), ("no JSON", [], false),
    (nil, ["--permission-mode", "bypassPermissions"], false),
    (#"{"crossSessionInbound":"hold"}"#, ["--dangerously-skip-permissions"], false),
    (#"{"crossSessionInbound":"refuse"}"#, ["--dangerously-skip-permissions"], false),
  ])
  func policies(_ settings: String?, _ arguments: [String], _ byInbox: Bool) async throws {
    try await Self.with(settings: settings, arguments: arguments) { mesh, claude in
      #expect(try await mesh.send("hub-main-claude", "a").status == 0)
      try await eventually("one of the two") { claude.typed.count + claude.received.count == 1 }
      #expect(claude.received.count == (byInbox ? 1 : 0), "\(settings ?? "-") \(arguments)")
    }
  }

  /// What the session's process does not show: its folder's settings, its footer, its transcript.
  @Test(arguments: [
    (
      #"os.mkdir(folder + '/.claude'); open(folder + '/.claude/settings.json', 'w').write('{"crossSessionInbound":"hold"}')"#,
      #""crossSessionInbound" is "hold""#
    ),
    ("print('bypass permissions on')", "bypasses permissions"),
    (
      #"open(transcript, 'w').write('{"permissionMode":"bypassPermissions"}\n')"#,
      "bypasses permissions"
    ),
  ])
  func aSessionThatWouldHoldMessagesIsTypedTo(_ session: String, _ words: String) async throws {
    try await Self.with(session: session) { mesh, claude in
      let look = try await mesh.run("agent-mesh", ["look", "hub-main-claude"])
      #expect(look.text.contains("inbox: typed, since") && look.text.contains(words), "\(look)")
      #expect(try await mesh.send("hub-main-claude", "a").status == 0)
      try await eventually("the typed line") { claude.typed.count == 1 }
      #expect(claude.received.isEmpty)
    }
  }

  @Test func aSessionThatEndsWhileItIsWrittenTo() async throws {
    try await Self.with(.ends) { mesh, claude in
      let sent = try await mesh.send("hub-main-claude", "a")
      #expect(sent.status == 8, "\(sent)")
      #expect(claude.received.isEmpty && claude.typed.isEmpty)
    }
  }

  @Test func aBodyThatIsTooLongGoesNowhere() async throws {
    try await Self.with { mesh, claude in
      let text = [UInt8](repeating: UInt8(ascii: "a"), count: 1 << 20)
      let sent = try await mesh.send("hub-main-claude", "-", stdin: text)
      #expect(sent.status == 5, "\(sent)")
      #expect(claude.received.isEmpty && claude.typed.isEmpty)
    }
  }

  @Test func theListsDecideBeforeTheInbox() async throws {
    try await Self.with { mesh, claude in
      try await claude.pane.set("@agent-allow", "none")
      #expect(try await mesh.send("hub-main-claude", "a").status == 5)
      #expect(claude.received.isEmpty && claude.typed.isEmpty)
    }
  }

  @Test func longTextsAndManyThatWait() async throws {
    try await Self.with(.queues) { mesh, claude in
      let text = String(repeating: "é\"\\\n\t", count: 9_000)
      let sent = try await mesh.send("hub-main-claude", "-", stdin: Array(text.utf8))
      #expect(sent.status == 0, "\(sent)")
      try await withThrowingTaskGroup(of: Int32.self) { group in
        for number in 0..<49 {
          group.addTask { try await mesh.send("hub-main-claude", "m\(number).").status }
        }
        for try await status in group { #expect(status == 0) }
      }
      #expect(claude.received.count == 50)
      for number in 0..<49 {
        #expect(claude.received.count { $0.contains("m\(number).") } == 1, "\(number)")
      }
    }
  }
}

extension String {
  fileprivate func components(between start: String, and end: String) -> String? {
    guard let from = range(of: start)?.upperBound, let to = self[from...].range(of: end)?.lowerBound
    else { return nil }
    return String(self[from..<to])
  }

  private func range(of word: String) -> Range<String.Index>? { firstRange(of: word) }
}

extension Substring {
  fileprivate func range(of word: String) -> Range<String.Index>? { firstRange(of: word) }
}
