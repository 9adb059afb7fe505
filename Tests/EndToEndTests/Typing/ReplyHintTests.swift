import Mesh
import TestSupport
import Testing

/// The first message that an agent gets from an address says how to answer it.
@Suite struct ReplyHintTests {
  private static let hint = #"; reply: notify-pane --reply "..."] "#

  /// What came of messages in order, each `from body`, those with a hint marked by `*`.
  private func came(_ recipient: Recipient, _ count: Int) async throws -> [String] {
    try await recipient.waitForSubmissions(count).map { text in
      let from = text.dropFirst("[from ".count).prefix { $0 != " " }
      let isHinted = text.contains(Self.hint + Tagged.body(of: text))
      return "\(from) \(Tagged.body(of: text))\(isHinted ? " *" : "")"
    }
  }

  private func send(_ bench: DeliveryBench, _ from: String, _ body: String, _ more: String...)
    async throws
  {
    let ran = try await bench.send(body, ["--wait", "60s"] + ["--as", from] + more)
    #expect(ran.status == 0, "\(ran)")
  }

  @Test func theFirstOfAnAddressHasItAndNeverTwoInARow() async throws {
    try await DeliveryBench.with { bench in
      let recipient = try await Recipient.start(in: bench.tmux)
      for (from, body) in [
        ("hub-one", "a"), ("hub-one", "b"), ("hub-two", "c"), ("hub-three", "d"),
        ("hub-three", "e"),
        ("hub-one", "f"),
      ] { try await send(bench, from, body) }
      #expect(
        try await came(recipient, 6) == [
          "hub-one a *", "hub-one b", "hub-two c *", "hub-three d", "hub-three e", "hub-one f",
        ])
    }
  }

  /// Who gets an answer knows how to write; a host has no pane to answer to.
  @Test func anAnswerAndAHostHaveNone() async throws {
    try await DeliveryBench.with { bench in
      let recipient = try await Recipient.start(in: bench.tmux)
      try await send(bench, "hub-one", "a", "--in-reply-to", "aaaaaaaaaaaaaaaaaaaaaaaaaa")
      #expect(try await bench.send("b", ["--wait", "60s"]).status == 0)
      try await send(bench, "hub-one", "c", "--reply-to", "far-one")
      try await send(bench, "hub-two", "d", "--reply-to", "hub-one")
      #expect(try await came(recipient, 4) == ["hub-one a", "hub b", "hub-one c", "hub-two d *"])
    }
  }

  @Test func aProgramThatWasStartedAnewIsToldAgain() async throws {
    try await DeliveryBench.with { bench in
      let recipient = try await Recipient.start(in: bench.tmux)
      try await send(bench, "hub-one", "a")
      try await send(bench, "hub-one", "b")
      #expect(try await came(recipient, 2) == ["hub-one a *", "hub-one b"])
      try await bench.tmux.call(["respawn-pane", "-k", "-t", recipient.pane.id])
      try await recipient.waitFor(.ready, 2)
      try await send(bench, "hub-one", "c")
      #expect(try await came(recipient, 3).last == "hub-one c *")
    }
  }

  @Test func thePolicyTurnsItOff() async throws {
    try await DeliveryBench.with { bench in
      let recipient = try await Recipient.start(in: bench.tmux)
      try Files.write(bench.sandbox.home + "/.agents/policy.toml", "reply_hint = false\n")
      try await send(bench, "hub-one", "a")
      #expect(try await came(recipient, 1) == ["hub-one a"])
    }
  }

  /// A filter counts what it reads, and a shell could run it.
  @Test func programsThatAreNoAgentsGetNone() async throws {
    try await LocalMesh.with { mesh in
      let cat = try await mesh.cat("sink")
      #expect(try await mesh.send("--as", "hub-one", "hub-main-sink", "a").status == 0)
      #expect(try await mesh.send("--as", "hub-one", "hub-main-first", "b").status == 0)
      #expect(try await cat.wait()[0].hasSuffix("] a"))
      #expect(!cat.text.contains("reply:"))
      let shown = try await mesh.tmux.first().capture()
      #expect(shown.contains("] b") && !shown.contains("reply:"), "\(shown)")
    }
  }
}
