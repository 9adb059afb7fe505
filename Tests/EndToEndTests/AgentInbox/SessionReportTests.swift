import TestSupport
import Testing

/// What a session reports about itself counts for reading its screen, and is shown, where the pane's owner has set
/// `@agent-via`; nowhere else.
@Suite struct SessionReportTests {
  private static let name = "hub-main-claude"

  private static func with(
    session: String = "", arguments: [String] = [], screen: [String]? = nil,
    _ body: (LocalMesh, ClaudeStandIn) async throws -> Void
  ) async throws {
    try await LocalMesh.with { mesh in
      let claude = try await ClaudeStandIn.start(
        in: mesh.tmux, home: mesh.home, "claude", session: session, arguments: arguments,
        screen: screen)
      try await body(mesh, claude)
    }
  }

  @Test func aSessionThatWaitsHasAQuestionOpen() async throws {
    let session = "d.update(status='waiting', waitingFor='a \\x1b[31mred request')"
    try await Self.with(session: session) { mesh, claude in
      #expect(try await mesh.send(Self.name, "typed").status == 0)
      try await eventually("the typed line") { claude.typed.count == 1 }
      let unasked = try await mesh.run("agent-mesh", ["look", "--json", Self.name])
      #expect(!unasked.text.contains("reported"), "\(unasked)")

      try await claude.pane.set("@agent-via", "type")
      let refused = try await mesh.send("--json", Self.name, "refused")
      #expect(try JSONAnswer(refused).reason == "dialog", "\(refused)")
      try await claude.pane.set("@agent-via", "auto")
      #expect(try await mesh.send(Self.name, "handed over").status == 0)
      #expect(claude.received.count == 1 && claude.typed.count == 1)
    }
  }

  @Test func itIsShownWithTheWay() async throws {
    let session = "d.update(status='waiting', waitingFor='a \\x1b[31mred request')"
    try await Self.with(session: session) { mesh, claude in
      try await claude.pane.set("@agent-via", "auto")
      let page = try JSONPage()
      for (command, line) in [
        ("look", ["look", Self.name]), ("list", ["list"]),
        ("acl explain", ["acl", "explain", Self.name]),
        ("acl check", ["acl", "check", "hub", Self.name]),
      ] {
        let text = try await mesh.run("agent-mesh", line)
        let json = try await mesh.run("agent-mesh", line + ["--json"])
        let keys = try page.expect(json.text, "agent-mesh " + command)
        #expect(!text.text.contains("\u{1B}"), "\(text)")
        if command != "list" {
          #expect(text.text.contains("by way of") && text.text.contains("auto: into the session's"))
          #expect(keys.contains("via"), "\(json)")
        }
        if !command.hasPrefix("acl") {
          #expect(text.text.contains("waiting: a") && text.text.contains("dialog"), "\(text)")
          #expect(keys.contains { $0.hasSuffix("reported.waitingFor") }, "\(json)")
        }
      }
    }
  }

  /// A status from before the session or from the future is not this session's.
  @Test(arguments: [-3_600_000, 3_600_000])
  func aStatusOfAnotherTimeIsNoEvidence(_ milliseconds: Int) async throws {
    let session = "d['status'] = 'waiting'; d['statusUpdatedAt'] += \(milliseconds)"
    try await Self.with(session: session) { mesh, claude in
      try await claude.pane.set("@agent-via", "auto")
      #expect(try await mesh.send(Self.name, "typed").status == 0)
      try await eventually("the typed line") { claude.typed.count == 1 }
      #expect(claude.received.isEmpty)
    }
  }

  @Test func aListAboveTheComposerOfAnIdleSessionIsProse() async throws {
    let rows = ["● Two ways are left:", "", "  ❯ 1. Rename it", "    2. Split it"]
    try await Self.with(screen: rows) { mesh, claude in
      let refused = try await mesh.send("--json", Self.name, "a")
      #expect(try JSONAnswer(refused).reason == "dialog", "\(refused)")
      try await claude.pane.set("@agent-via", "auto")
      let sent = try await mesh.send("--json", Self.name, "a")
      #expect(try JSONAnswer(sent).outcome == "submitted", "\(sent)")
      #expect(claude.typed.count == 1 && claude.received.isEmpty)
    }
  }

  @Test func doctorSaysWhereTheInboxIsClosedAndWhatOpensIt() async throws {
    try await Self.with(arguments: ["--dangerously-skip-permissions"]) { mesh, claude in
      try await mesh.tmux.call(["set", "-g", "@agent-via", "auto"])
      func said() async throws -> String {
        let all = try await mesh.run("agent-mesh", ["doctor"]).text
        return all.split(separator: "\n").filter { $0.contains("@agent-via") }
          .joined(separator: "\n")
      }
      let found = try await said()
      #expect(found.contains("\(Self.name): @agent-via auto: typed, since"), "\(found)")
      #expect(found.contains(#""crossSessionInbound": "accept" in"#), "\(found)")
      // Panes in which nothing of the kind runs have the option, too.
      #expect(!found.contains("hub-main-first"), "\(found)")
      try await claude.pane.set("@agent-via", "type")
      #expect(try await said().isEmpty)
    }
  }
}
