import TestSupport
import Testing

/// Runs `body` with a recipient with these flags, in its own tmux server.
func withRecipient(
  _ flags: [String] = [], drawn: String = "? for shortcuts", columns: Int = 120, rows: Int = 40,
  _ body: (Recipient) async throws -> Void
) async throws {
  try await Sandbox.with { sandbox in
    let tmux = try await TmuxServer(sandbox, columns: columns, rows: rows)
    try await body(try await Recipient.start(in: tmux, flags, drawn: drawn))
  }
}

/// What happens to typed and pasted text.
@Suite struct HarnessRecipientTests {
  @Test func aPasteAndEnterAreRecordedAndSubmitted() async throws {
    try await withRecipient { recipient in
      try await recipient.pane.paste("hello\nworld  ")
      try await recipient.pane.keys("Enter")
      #expect(try await recipient.waitForSubmissions() == ["hello\nworld"])
      #expect(recipient.bytes == Array("\u{1B}[200~hello\nworld  \u{1B}[201~\r".utf8))
    }
  }

  @Test func sixtyFourKiBOfUnicodeComeThroughWhole() async throws {
    let text = String(repeating: "größer als 漢字 🧑🏽‍🚀 e\u{301}\n", count: 64 * 1024 / 45) + "end"
    try await withRecipient { recipient in
      try await recipient.pane.paste(text)
      try await recipient.pane.waitFor("end")
      try await recipient.pane.keys("Enter")
      #expect(try await recipient.waitForSubmissions() == [text])
    }
  }

  @Test func withoutBracketsEachCarriageReturnIsAnEnter() async throws {
    try await withRecipient(["--no-bracket"]) { recipient in
      let tmux = recipient.pane.server
      try await tmux.call(["set-buffer", "-b", "x", "one\ntwo\n"])
      try await tmux.call(["paste-buffer", "-p", "-b", "x", "-t", recipient.pane.id])
      #expect(try await recipient.waitForSubmissions(2) == ["one", "two"])
      #expect(recipient.bytes == Array("one\rtwo\r".utf8))
    }
  }

  @Test(arguments: [0, 50, 120, 500])
  func anEnterWithinTheBurstWindowIsALineEnd(window: Int) async throws {
    try await withRecipient(["--burst", "\(window)"]) { recipient in
      let id = recipient.pane.id
      try await recipient.pane.server.call(
        ["send-keys", "-l", "-t", id, "hi", ";", "send-keys", "-t", id, "Enter"])
      try await recipient.waitForBytes(3)
      if window > 0 {
        #expect(recipient.submissions.isEmpty)
        try await Task.sleep(for: .milliseconds(window + 5))
        try await recipient.pane.keys("Enter")
      }
      #expect(try await recipient.waitForSubmissions() == ["hi"])
    }
  }

  @Test func aBurstMayBeOfKeysOnlyAndSwallowTheEnter() async throws {
    let flags = ["--burst", "60000", "--burst-kind", "swallow", "--burst-keys-only"]
    try await withRecipient(flags) { recipient in
      try await recipient.pane.paste("pasted")
      try await recipient.pane.keys("Enter")
      #expect(try await recipient.waitForSubmissions() == ["pasted"])
      try await recipient.pane.type("typed")
      try await recipient.pane.keys("Enter")
      try await recipient.waitForBytes(12 + 6 + 1 + 5 + 1)
      try await recipient.pane.waitFor("❯\u{A0}typed")
      #expect(recipient.submissions == ["pasted"])
    }
  }

  @Test func aCompletionEatsTheEnter() async throws {
    try await withRecipient(["--popup"]) { recipient in
      try await recipient.pane.paste("see @REA")
      try await recipient.pane.waitFor("REFERENCE.md")
      try await recipient.pane.keys("Enter")
      #expect(try await recipient.waitFor(.completed) == ["see @README.md "])
      #expect(recipient.submissions.isEmpty)
      try await recipient.pane.keys("C-u")
      try await recipient.pane.paste("see @REA ")
      try await recipient.pane.keys("Enter")
      #expect(try await recipient.waitForSubmissions() == ["see @REA"])
    }
  }

  @Test func aBackslashEatsTheEnter() async throws {
    try await withRecipient(["--backslash"]) { recipient in
      try await recipient.pane.paste("a\\")
      try await recipient.pane.keys("Enter")
      try await recipient.pane.paste("b\\ ")
      try await recipient.pane.keys("Enter")
      #expect(try await recipient.waitForSubmissions() == ["a\nb\\"])
    }
  }

  @Test func aLargePasteIsFolded() async throws {
    let text = (1...12).map { "row \($0)" }.joined(separator: "\n")
    try await withRecipient(["--fold-lines", "5", "--fold-characters", "800"]) { recipient in
      try await recipient.pane.paste(text)
      let screen = try await recipient.pane.waitFor("[Pasted text #1 +12 lines]")
      #expect(!screen.contains("row 7"))
      try await recipient.pane.keys("Enter")
      #expect(try await recipient.waitForSubmissions() == [text])
    }
  }

  @Test func aLargePasteIsWrappedInTags() async throws {
    try await withRecipient(["--wrap-lines", "2"]) { recipient in
      try await recipient.pane.paste("1\n2\n3")
      try await recipient.pane.keys("Enter")
      let wrapped = "<pasted_content>\n1\n2\n3\n</pasted_content>"
      #expect(try await recipient.waitForSubmissions() == [wrapped])
      try await recipient.pane.paste("1\n2")
      try await recipient.pane.paste("3")
      try await recipient.pane.keys("Enter")
      #expect(try await recipient.waitForSubmissions(2).last == "1\n23")
    }
  }

  @Test func blanksAtTheEndStayWhereTheyAreNotTrimmed() async throws {
    try await withRecipient(["--no-trim"]) { recipient in
      try await recipient.pane.paste("text ")
      try await recipient.pane.keys("Enter")
      #expect(try await recipient.waitForSubmissions() == ["text "])
    }
  }

  @Test func whileItLoadsInputIsLost() async throws {
    try await withRecipient(["--loading", "60000"], drawn: "Loading") { recipient in
      try await recipient.pane.type("lost")
      try await recipient.waitForBytes(4)
      try await recipient.goOn()
      try await recipient.pane.waitFor("? for shortcuts")
      try await recipient.pane.type("kept")
      try await recipient.pane.keys("Enter")
      #expect(try await recipient.waitForSubmissions() == ["kept"])
    }
  }
}
