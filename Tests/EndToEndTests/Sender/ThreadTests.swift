import TestSupport
import Testing

/// Which pane a daemon's thread belongs to: the daemon's record of the thread holds the text typed into that
/// pane.
@Suite struct ThreadTests {
  private static let one = "01a22326-d4be-7e42-b45a-054aaaf874a3"
  private static let two = "01a22326-d50f-7d90-9413-ac37b13b16c7"

  /// A daemon, two panes that it serves, and a reader.
  private struct Lab {
    let mesh: LocalMesh
    let daemon: SharedDaemon
    let cat: Cat

    static func with(_ body: (Lab) async throws -> Void) async throws {
      try await LocalMesh.with { mesh in
        let cat = try await mesh.cat("sink")
        let daemon = try await SharedDaemon.start(in: mesh.tmux, "first")
        _ = try await daemon.instance("second")
        _ = try await daemon.instance("third")
        try await body(Lab(mesh: mesh, daemon: daemon, cat: cat))
      }
    }

    /// Types a message into a pane. - Returns: its tag and text as the pane received them.
    func give(_ window: String, _ text: String = "hello") async throws -> String {
      let sent = try await mesh.send("hub-main-\(window)", text)
      #expect(sent.status == 0, "\(sent)")
      let last = try #require(try mesh.log.last { $0.event == "received" })
      let (id, time) = (try #require(last.id), last.field("time") ?? "")
      return "[from hub @ \(time)] [verified \(id.prefix(8))] \(text)"
    }

    func whoami(_ thread: String, environment: [String: String] = [:]) async throws -> String {
      try await daemon.run(
        "notify-pane", ["--whoami"], thread: thread, environment: environment
      ).text
    }
  }

  @Test func theThreadThatHoldsAPanesLastMessageSpeaksForIt() async throws {
    try await Lab.with { lab in
      #expect(try await lab.whoami(Self.one) == "hub")
      try await lab.daemon.note(try await lab.give("second"), in: Self.one)
      try await lab.daemon.note(try await lab.give("third"), in: Self.two)
      #expect(try await lab.whoami(Self.one) == "hub-main-second")
      #expect(try await lab.whoami(Self.two) == "hub-main-third")
      #expect(try await lab.whoami("") == "hub")
      let sent = try await lab.daemon.run("notify-pane", ["hub-main-sink", "a"], thread: Self.two)
      #expect(sent.status == 0, "\(sent)")
      #expect(try await lab.cat.wait()[0].hasPrefix("[from hub-main-third @ "))
      let other = try await lab.daemon.run(
        "notify-pane", ["--as", "hub-main-second", "hub-main-sink", "b"], thread: Self.two)
      #expect(other.status == 6, "\(other)")
      #expect(
        try lab.mesh.log.contains { $0.event == "speaks" && $0.note?.contains("record") == true })
    }
  }

  @Test func anAnswerGoesToWhoAskedThatPane() async throws {
    try await Lab.with { lab in
      let asker = try await lab.mesh.tmux.first()
      #expect(try await asker.run("notify-pane", ["hub-main-second", "?"]).status == 0)
      let asked = try #require(try lab.mesh.log.last { $0.event == "received" })
      try await lab.daemon.note(
        "[from hub-main-first @ \(asked.field("time") ?? "")] [verified \(asked.id?.prefix(8) ?? "")] ?",
        in: Self.one)
      let reply = try await lab.daemon.run("notify-pane", ["--reply", "yes"], thread: Self.one)
      #expect(reply.text.hasPrefix("→ hub-main-first"), "\(reply)")
      #expect(try lab.mesh.log.last { $0.event == "received" }?.from == "hub-main-second")
    }
  }

  /// The pane has moved on to another thread.
  @Test func aLaterMessageElsewhereTakesThePaneAway() async throws {
    try await Lab.with { lab in
      try await lab.daemon.note(try await lab.give("second"), in: Self.one)
      try await lab.daemon.note(try await lab.give("second", "later"), in: Self.two)
      #expect(try await lab.whoami(Self.one) == "hub")
      #expect(try await lab.whoami(Self.two) == "hub-main-second")
    }
  }

  @Test func quotingIsNotReceiving() async throws {
    try await Lab.with { lab in
      let tag = try await lab.give("second")
      try await lab.daemon.note("look at this: \(tag)", in: Self.one)
      try await lab.daemon.note(tag, in: Self.one, role: "assistant")
      #expect(try await lab.whoami(Self.one) == "hub")
      // Both threads contain the whole tag from its first character: now two threads match.
      try await lab.daemon.note(tag, in: Self.one)
      try await lab.daemon.note(tag, in: Self.two)
      #expect(try await lab.whoami(Self.one) == "hub")
      #expect(try await lab.whoami(Self.two) == "hub")
    }
  }

  @Test func twoPanesOnOneThreadAreNeither() async throws {
    try await Lab.with { lab in
      try await lab.daemon.note(try await lab.give("second"), in: Self.one)
      _ = try await lab.daemon.instance("fourth", ["resume"])
      #expect(try await lab.whoami(Self.one) == "hub")
      try await lab.daemon.note(try await lab.give("fourth"), in: Self.one)
      #expect(try await lab.whoami(Self.one) == "hub")
    }
  }

  @Test func anotherThreadsNameInTheCommandLineIsNotBelieved() async throws {
    try await Lab.with { lab in
      try await lab.daemon.note(try await lab.give("second"), in: Self.one)
      try await lab.daemon.note("hello", in: Self.two)
      let lie = ["CODEX_THREAD_ID": Self.one]
      #expect(try await lab.whoami(Self.two, environment: lie) == "hub")
      #expect(try await lab.whoami("", environment: lie) == "hub")
    }
  }

  /// It listens and has no terminal, but it serves no pane's program.
  @Test func whoOnlyPretendsToBeADaemonGetsNoName() async throws {
    try await Lab.with { lab in
      try await lab.daemon.note(try await lab.give("second"), in: Self.one)
      let other = try await SharedDaemon.start(in: lab.mesh.tmux, "pretender")
      try Files.link(other.record(Self.one), to: lab.daemon.record(Self.one))
      try await other.opened(lab.daemon.record(Self.one))
      let ran = try await other.run("notify-pane", ["--whoami"], thread: Self.one)
      #expect(ran.text == "hub", "\(ran)")
      let claim = try await other.run("notify-pane", ["--as", "hub-main-second", "--whoami"])
      #expect(claim.status == 6, "\(claim)")
    }
  }

  @Test(arguments: ["fifo", "modes", "long", "owner"])
  func aRecordThatIsNoneProvesNothing(_ what: String) async throws {
    try await Lab.with { lab in
      let tag = try await lab.give("second")
      let path = lab.daemon.record(Self.one)
      let line = [
        "fifo": "mkfifo -m 600 \"$0\"",
        "modes": "chmod 666 \"$0\"",
        // Four gigabytes, of which only the end is read.
        "long": "truncate -s 4G \"$0\"",
        "owner": "chown 65534 \"$0\"",
      ]
      if what != "fifo" { try await lab.daemon.note(tag, in: Self.one) }
      let done = try await lab.mesh.sandbox.run("sh", ["-c", line[what] ?? "false", path])
      // Only root can change a file's owner.
      guard done.status == 0 else { return }
      if what == "fifo" { try await lab.daemon.opened(path) }
      #expect(try await lab.whoami(Self.one) == "hub")
    }
  }
}
