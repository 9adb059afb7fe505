import Mesh
import TestSupport
import Testing

/// `--queue`: messages for a recipient that is not ready wait on its machine.
@Suite struct QueueTests {
  private static let draft = ["--draft", "half a sentence"]

  /// Removes the draft and waits until the screen shows that.
  private static func clear(_ recipient: Recipient) async throws {
    try await recipient.pane.keys("C-u")
    try await eventually("the draft to go") {
      try await !recipient.pane.capture().contains("half a sentence")
    }
  }

  @Test func aMessageWaitsIsAskedForAndComesOnce() async throws {
    try await DeliveryBench.with { bench in
      let recipient = try await Recipient.start(in: bench.tmux, Self.draft)
      let id = try bench.newID()
      for _ in 1...2 {
        let sent = try await bench.send("later", ["--queue"], id: id)
        #expect(sent.status == 0 && sent.text.hasSuffix(": queued"), "\(sent)")
      }
      let files = bench.spooled
      #expect(files.count == 1)
      #expect(try await bench.mode(files[0]) == "600")
      #expect(try await bench.status(id) == "queued")
      #expect(recipient.bytes.isEmpty)

      try await bench.drain()
      #expect(recipient.bytes.isEmpty && bench.spooled == files)
      try await recipient.pane.keys("C-u")
      // The recipient needs some time to draw the empty composer.
      try await eventually("the queue to be drained") {
        try await bench.drain()
        return bench.spooled.isEmpty
      }
      #expect(try await recipient.waitForSubmissions().map { Tagged.body(of: $0) } == ["later"])
      #expect(try await bench.status(id) == "submitted")
      #expect(bench.spooled.isEmpty && bench.spoolFolders.isEmpty)
      let again = try await bench.send("later", ["--queue"], id: id)
      #expect(again.text.hasSuffix(": submitted"))
      #expect(recipient.submissions.count == 1)
    }
  }

  @Test func theNextDeliveryTakesThoseBeforeItFirst() async throws {
    try await DeliveryBench.with { bench in
      let recipient = try await Recipient.start(in: bench.tmux, Self.draft)
      for number in 1...3 { _ = try await bench.send("queued \(number)", ["--queue"]) }
      let refused = try await bench.send("not queued")
      #expect(refused.status == 3)
      try await Self.clear(recipient)
      let own = try await bench.send("now")
      #expect(own.status == 0, "\(own)")
      try await recipient.waitForSubmissions(4)
      #expect(recipient.bodies() == ["queued 1", "queued 2", "queued 3", "now"])
    }
  }

  @Test(arguments: [["agent-register-hook", "rescan"], ["agent-discover"]])
  func hooksAndTimerDrain(_ command: [String]) async throws {
    try await DeliveryBench.with { bench in
      let recipient = try await Recipient.start(in: bench.tmux, Self.draft)
      _ = try await bench.send("later", ["--queue"])
      try await Self.clear(recipient)
      try await bench.sandbox.must(command[0], Array(command.dropFirst()))
      try await recipient.waitForSubmissions()
      #expect(recipient.bodies() == ["later"])
    }
  }

  @Test func whatIsNoLongerAllowedIsBounced() async throws {
    try await DeliveryBench.with { bench in
      let recipient = try await Recipient.start(in: bench.tmux, Self.draft)
      let id = try bench.newID()
      _ = try await bench.send("later", ["--queue"], id: id)
      try await recipient.pane.set("@agent-allow", "none")
      try await Self.clear(recipient)
      try await bench.drain()
      #expect(try await bench.status(id) == "refused (denied)")
      #expect(recipient.submissions.isEmpty && bench.spooled.isEmpty)
    }
  }

  /// Its session is off the mesh: a message that was queued before waits until it is on again.
  @Test func aSessionThatIsOffGetsNothingFromTheQueue() async throws {
    try await DeliveryBench.with { bench in
      let recipient = try await Recipient.start(in: bench.tmux, Self.draft)
      #expect(try await bench.send("later", ["--queue"]).status == 0)
      try await bench.sandbox.must("agent-register-hook", ["off", "main"])
      try await Self.clear(recipient)
      try await bench.drain()
      #expect(recipient.submissions.isEmpty && bench.spooled.count == 1)
      try await bench.sandbox.must("agent-register-hook", ["on", "main"])
      try await recipient.waitForSubmissions()
      #expect(recipient.bodies() == ["later"])
    }
  }

  @Test func aPaneThatIsGoneAndAServerThatIsGone() async throws {
    try await DeliveryBench.with { bench in
      let recipient = try await Recipient.start(in: bench.tmux, Self.draft)
      let other = try await Recipient.start(in: bench.tmux, window: "other", Self.draft)
      let ids = [try bench.newID(), try bench.newID()]
      _ = try await bench.send("later", ["--queue"], id: ids[0])
      _ = try await bench.send("later", to: "other", ["--queue"], id: ids[1])
      try await recipient.pane.kill()
      try await bench.drain()
      #expect(try await bench.status(ids[0]) == "unknown-agent")
      #expect(try await bench.status(ids[1]) == "queued")
      try await bench.tmux.kill()
      try await eventually("the server to end") {
        try await bench.tmux.attempt(["list-sessions"]).errorText.contains("no server running")
      }
      // The same names and numbers in another server instance.
      let tmux = try await TmuxServer(bench.sandbox)
      let next = try await Recipient.start(in: tmux, window: "other")
      try await bench.drain()
      #expect(try await bench.status(ids[1]) == "unknown-agent")
      #expect(next.bytes.isEmpty && other.submissions.isEmpty && bench.spooled.isEmpty)
    }
  }

  @Test func whatExpiresIsBouncedAndTheSenderIsTold() async throws {
    try await DeliveryBench.with { bench in
      let recipient = try await Recipient.start(in: bench.tmux, Self.draft)
      let sender = try await Recipient.start(in: bench.tmux, window: "sender")
      let id = try bench.newID()
      // Sent from the server itself, under the name of the pane that should get the notice.
      try await bench.tmux.call([
        "run-shell",
        "AGENT_NAME=hub-main-sender \(bench.sandbox.bin)/notify-pane --queue --notify --expires 1s "
          + "--id \(id) hub-main-recipient later",
      ])
      // On a slow machine the message's second may be over already.
      let first = try await bench.status(id)
      #expect(["queued", "not-ready (expired)"].contains(first))
      try await eventually("the message to expire") {
        try await bench.status(id) == "not-ready (expired)"
      }
      try await recipient.pane.keys("C-u")
      try await bench.drain()
      #expect(bench.spooled.isEmpty && recipient.submissions.isEmpty)
      #expect(try await bench.status(id) == "not-ready (expired)")
      let notices = try await sender.waitForSubmissions()
      #expect(notices.count == 1 && notices[0].hasPrefix("[from hub @ "))
      #expect(notices[0].contains("your message \(id.short) to hub-main-recipient"))
      #expect(notices[0].contains("not delivered: not-ready (expired)"))
      try await bench.drain()
      #expect(sender.submissions.count == 1)
    }
  }

  @Test func thereIsRoomForSoMany() async throws {
    try await DeliveryBench.with { bench in
      _ = try await Recipient.start(in: bench.tmux, Self.draft)
      _ = try await bench.send("first", ["--queue"])
      let first = try #require(bench.spooled.first)
      let folder = first.prefix(upTo: first.lastIndex(of: "/") ?? first.endIndex)
      let parts = first.dropFirst(folder.count + 1).split(separator: "-", maxSplits: 2)
      let arrival = try #require(Int64(parts[0]))
      for number in 1..<200 {
        let name = "0\(arrival + Int64(number))-\(parts[1])-\(try bench.newID())-hub"
        try Files.write("\(folder)/\(name)", "\(number)")
      }
      // The first message blocks the queue, so nothing is drained and the last has no place.
      let last = try await bench.send("last", ["--queue", "--json"])
      #expect(last.status == 5 && last.text.contains(#""reason":"quota""#), "\(last)")
    }
  }

  @Test func whatIsDamagedIsNotTyped() async throws {
    try await DeliveryBench.with { bench in
      let recipient = try await Recipient.start(in: bench.tmux, Self.draft)
      let ids = [try bench.newID(), try bench.newID(), try bench.newID()]
      for (number, id) in ids.enumerated() {
        _ = try await bench.send("message \(number)", ["--queue"], id: id)
      }
      let files = bench.spooled
      #expect(files.count == 3)
      var body = try #require(Files.read(files[0]))
      body[body.count - 1] ^= 1
      try Files.write(files[0], body)
      var head = try #require(Files.read(files[1]))
      head[60] ^= 1
      try Files.write(files[1], head)
      try await Self.clear(recipient)
      try await bench.drain()
      try await recipient.waitForSubmissions()
      #expect(recipient.bodies() == ["message 2"])
      #expect(try await bench.status(ids[0]) == "not-authentic (digest)")
      #expect(bench.spooled.isEmpty)
    }
  }

  @Test func waitingEndsWhenTheRecipientIsReady() async throws {
    try await DeliveryBench.with { bench in
      let recipient = try await Recipient.start(in: bench.tmux, Self.draft)
      let waiting = try bench.sandbox.start(
        "notify-pane", ["--wait", "120s", "hub-main-recipient", "at last"])
      // The waiting command does not hold the pane meanwhile.
      let other = try await bench.send("now", ["--json"], within: .seconds(60))
      #expect(other.status == 3 && waiting.status == nil)
      try await recipient.pane.keys("C-u")
      let ran = try await waiting.finish()
      #expect(ran.status == 0, "\(ran)")
      try await recipient.waitForSubmissions()
      #expect(recipient.bodies() == ["at last"])
    }
  }

  @Test func waitingGivesUpWithTheLastReason() async throws {
    try await DeliveryBench.with { bench in
      let recipient = try await Recipient.start(in: bench.tmux, Self.draft)
      let began = ContinuousClock.now
      let ran = try await bench.send("hello", ["--wait", "1s", "--json"])
      #expect(ran.status == 3 && ran.text.contains(#""reason":"draft""#), "\(ran)")
      #expect(ContinuousClock.now - began >= .seconds(1))
      let kept = try await bench.send("hello", ["--wait", "1", "--queue"])
      #expect(kept.text.hasSuffix(": queued"), "\(kept)")
      #expect(recipient.bytes.isEmpty && bench.spooled.count == 1)
    }
  }

  @Test(arguments: [
    ["--wait", "0"], ["--wait", "2h"], ["--wait", "x"], ["--notify"], ["--expires", "1m"],
  ])
  func whatMakesNoSenseIsUsage(_ options: [String]) async throws {
    try await DeliveryBench.with { bench in
      let ran = try await bench.send("hello", options)
      #expect(ran.status == 1, "\(ran)")
    }
  }

  @Test func statusOfWhatNobodyKnows() async throws {
    try await DeliveryBench.with { bench in
      let id = try bench.newID()
      let none = try await bench.sandbox.run("notify-pane", ["--status", id.text])
      #expect(none.status == 8 && none.errorText.contains("no record of a message"), "\(none)")
      #expect(try await bench.sandbox.run("notify-pane", ["--status", "x"]).status == 1)
    }
  }

  @Test func acrossTwoHosts() async throws {
    try await TwoAccounts.run { mesh in
      try await mesh.bobTmux.call(["copy-mode", "-t", mesh.reader.id])
      let id = "abcdefghijklmnopqrstuvwxya"
      let sent = try await mesh.alice.run(
        "notify-pane", ["--queue", "--id", id, "bob-main-reader", "later"])
      #expect(sent.text.hasSuffix(": queued"), "\(sent)")
      let asked = try await mesh.alice.run("notify-pane", ["--status", id])
      #expect(asked.text == "\(id) → bob-main-reader (bob): queued", "\(asked)")
      try await mesh.bobTmux.call(["send-keys", "-t", mesh.reader.id, "-X", "cancel"])
      let drained = try await mesh.bob.run("agent-mesh", ["drain"])
      #expect(drained.status == 0, "\(drained)")
      try await mesh.reader.waitFor("later")
      let then = try await mesh.alice.run("notify-pane", ["--status", id, "--json"])
      #expect(then.text.contains(#""outcome":"submitted""#), "\(then)")
      let other = try await mesh.bob.run("notify-pane", ["--status", id])
      #expect(other.status == 8, "\(other)")
    }
  }
}

extension DeliveryBench {
  private var spool: String { sandbox.home + "/.agents/spool" }
  var spoolFolders: [String] { Files.list(spool).filter { !$0.hasPrefix(".") && $0 != "notices" } }

  /// The queued envelopes in order.
  var spooled: [String] {
    spoolFolders.flatMap { folder in
      Files.list("\(spool)/\(folder)").map { "\(spool)/\(folder)/\($0)" }
    }
  }

  func mode(_ path: String) async throws -> String {
    try await sandbox.must("stat", ["-c", "%a", path])
  }

  func drain() async throws { try await sandbox.must("agent-mesh", ["drain"]) }

  /// What `--status` prints after the colon.
  func status(_ id: MessageID) async throws -> String {
    let ran = try await sandbox.run("notify-pane", ["--status", id.text])
    return ran.text.split(separator: ": ").last.map(String.init) ?? "\(ran)"
  }
}
