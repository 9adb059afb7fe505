import TestSupport
import Testing

/// A recipient notes what it gets, and makes the difficulties that its flags name: otherwise a test of
/// a difficulty would pass without one.
@Suite struct HarnessRecipientTests {
  private func with(
    _ flags: [String] = [], drawn: String = "? for shortcuts",
    _ body: (Recipient) async throws -> Void
  ) async throws {
    try await Sandbox.with { sandbox in
      let tmux = try await TmuxServer(sandbox, columns: 120, rows: 40)
      try await body(try await Recipient.start(in: tmux, flags, drawn: drawn))
    }
  }

  private func send(_ text: String, _ recipient: Recipient) async throws {
    try await recipient.pane.paste(text)
    try await recipient.pane.keys("Enter")
  }

  @Test func bytesAndSubmissionsAreNoted() async throws {
    try await with { recipient in
      try await send("hello\nworld  ", recipient)
      #expect(try await recipient.waitForSubmissions() == ["hello\nworld"])
      #expect(recipient.bytes == Array("\u{1B}[200~hello\nworld  \u{1B}[201~\r".utf8))
    }
  }

  @Test func anUnknownFlagIsRefused() async throws {
    try await Sandbox.with { sandbox in
      let tmux = try await TmuxServer(sandbox)
      let ran = try await tmux.run("test-recipient", ["--no-such-flag"])
      #expect(ran.status == 2 && ran.errorText.contains("--no-such-flag"))
    }
  }

  @Test func withoutBracketsEachCarriageReturnIsAnEnter() async throws {
    try await with(["--no-bracket"]) { recipient in
      let tmux = recipient.pane.server
      try await tmux.call(["set-buffer", "-b", "x", "one\ntwo\n"])
      try await tmux.call(["paste-buffer", "-p", "-b", "x", "-t", recipient.pane.id])
      #expect(try await recipient.waitForSubmissions(2) == ["one", "two"])
    }
  }

  @Test func anEnterWithinABurstIsALineEndOrSwallowed() async throws {
    try await with(["--burst", "500"]) { recipient in
      let id = recipient.pane.id
      try await recipient.pane.server.call(
        ["send-keys", "-l", "-t", id, "hi", ";", "send-keys", "-t", id, "Enter"])
      try await recipient.waitForBytes(3)
      #expect(recipient.submissions.isEmpty)
    }
    let flags = ["--burst", "60000", "--burst-kind", "swallow", "--burst-keys-only"]
    try await with(flags) { recipient in
      try await send("pasted", recipient)
      #expect(try await recipient.waitForSubmissions() == ["pasted"])
      try await recipient.pane.type("typed")
      try await recipient.pane.keys("Enter")
      try await recipient.waitForBytes(12 + 6 + 1 + 5 + 1)
      #expect(recipient.submissions == ["pasted"])
    }
  }

  @Test func aCompletionOrABackslashEatsTheEnter() async throws {
    try await with(["--popup"]) { recipient in
      try await recipient.pane.paste("see @REA")
      try await recipient.pane.waitFor("REFERENCE.md")
      try await recipient.pane.keys("Enter")
      #expect(try await recipient.waitFor(.completed) == ["see @README.md "])
      #expect(recipient.submissions.isEmpty)
    }
    try await with(["--backslash"]) { recipient in
      try await send("a\\", recipient)
      try await send("b", recipient)
      #expect(try await recipient.waitForSubmissions() == ["a\nb"])
    }
  }

  @Test func whatIsTypedIsShownLateOrNotAtAll() async throws {
    try await with(["--fold-lines", "5", "--fold-characters", "800"]) { recipient in
      try await recipient.pane.paste((1...12).map { "row \($0)" }.joined(separator: "\n"))
      #expect(!(try await recipient.pane.waitFor("[Pasted text #1 +12 lines]")).contains("row 7"))
    }
    try await with(["--echo-delay", "60000"]) { recipient in
      try await recipient.pane.paste("hello")
      try await recipient.waitForBytes(5)
      #expect(try await !recipient.pane.capture().contains("hello"))
      try await recipient.goOn()
      try await recipient.pane.waitFor("❯\u{A0}hello")
    }
    try await with(["--no-echo", "--turn", "60000"]) { recipient in
      try await send("hello", recipient)
      #expect(try await recipient.waitForSubmissions() == ["hello"])
      #expect(try await !recipient.pane.capture().contains("❯\u{A0}hello"))
    }
  }

  @Test func inputIsLostWhileItLoadsOrIsBusyOrATurnBegins() async throws {
    try await with(["--loading", "60000"], drawn: "Loading") { recipient in
      try await recipient.pane.type("lost")
      try await recipient.waitForBytes(4)
      try await recipient.goOn()
      try await recipient.pane.waitFor("? for shortcuts")
      try await send("kept", recipient)
      #expect(try await recipient.waitForSubmissions() == ["kept"])
    }
    try await with(["--busy-at-start", "60000", "--busy", "deaf"]) { recipient in
      try await recipient.pane.type("now")
      try await recipient.waitForBytes(3)
      try await recipient.goOn()
      try await recipient.pane.wait(for: "rest") { !$0.contains("Working…") }
      try await send("then", recipient)
      #expect(try await recipient.waitForSubmissions() == ["then"])
    }
    try await with(["--turn", "60000", "--lose", "60000"]) { recipient in
      for text in ["first", "second"] { try await send(text, recipient) }
      #expect(try await recipient.waitFor(.lost) == ["second"])
      #expect(recipient.submissions == ["first"])
    }
  }

  @Test func aBusyRecipientQueuesOrRefuses() async throws {
    try await with(["--busy-at-start", "60000", "--turn", "1"]) { recipient in
      for text in ["one", "two"] { try await send(text, recipient) }
      #expect(try await recipient.waitFor(.queued, 2) == ["one", "two"])
      #expect(recipient.submissions.isEmpty)
      try await recipient.pane.keys("Escape")
      #expect(try await recipient.waitForSubmissions(2) == ["one", "two"])
    }
    try await with(["--busy-at-start", "60000", "--busy", "refuse"]) { recipient in
      try await send("now", recipient)
      #expect(try await recipient.waitFor(.refused) == ["now"])
      #expect(recipient.submissions.isEmpty)
    }
  }

  @Test func aDialogTakesWhatIsTyped() async throws {
    try await with { recipient in
      try await recipient.raiseDialog()
      try await recipient.pane.waitFor("Do you want to")
      try await send("hello", recipient)
      #expect(try await recipient.waitFor(.answer) == ["1"])
      #expect(recipient.texts(.intoDialog) == ["hello"] && recipient.submissions.isEmpty)
    }
    try await with(["--dialog-after-input", "0"]) { recipient in
      try await recipient.pane.paste("hello")
      try await recipient.waitFor(.dialog)
      try await recipient.pane.keys("Down", "Enter")
      #expect(try await recipient.waitFor(.answer) == ["2"])
      #expect(recipient.submissions.isEmpty)
    }
  }

  @Test func aPasswordIsNotEchoed() async throws {
    let flags = ["--style", "password", "--prompt", "Password: "]
    try await with(flags, drawn: "Password:") { recipient in
      try await recipient.pane.type("secret")
      try await recipient.pane.keys("Enter")
      #expect(try await recipient.waitFor(.line) == ["secret"])
      #expect(try await !recipient.pane.capture().contains("secret"))
    }
  }
}
