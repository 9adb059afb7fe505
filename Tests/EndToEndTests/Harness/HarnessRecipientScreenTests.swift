import TestSupport
import Testing

/// What the screen shows, and where the cursor is.
@Suite struct HarnessRecipientScreenTests {
  @Test func aCursorOfItsOwnIsAnInverseCell() async throws {
    try await withRecipient(["--cursor", "own", "--placeholder", "Ask me"]) { recipient in
      let format = "#{cursor_flag} #{cursor_x} #{cursor_y}"
      #expect(try await recipient.pane.format(format) == "0 2 37")
      let styled = try await recipient.pane.capture(styled: true)
      #expect(styled.contains("❯\u{A0}\u{1B}[7mA\u{1B}[0;2m"))
      try await recipient.pane.type("abc")
      try await recipient.pane.keys("Left")
      try await eventually("the cursor on the c") {
        try await recipient.pane.capture(styled: true).contains("ab\u{1B}[7mc")
      }
      #expect(try await recipient.pane.format(format) == "0 4 37")
    }
  }

  @Test func theTerminalsCursorStandsBehindThePrompt() async throws {
    try await withRecipient(["--glyph", ">", "--gap", " ", "--placeholder", "Type"]) { recipient in
      let cursor = try await recipient.pane.format("#{cursor_flag} #{cursor_x} #{cursor_y}")
      #expect(cursor == "1 2 37")
      #expect(try await recipient.pane.capture(styled: true).contains("> \u{1B}[2mType"))
    }
  }

  @Test func aDraftWithItsCursorAtTheStart() async throws {
    try await withRecipient(["--draft", "half typed", "--draft-cursor", "0"]) { recipient in
      #expect(try await recipient.pane.capture().contains("❯\u{A0}half typed"))
      #expect(try await recipient.pane.format("#{cursor_x}") == "2")
      try await recipient.pane.keys("Enter")
      #expect(try await recipient.waitForSubmissions() == ["half typed"])
    }
  }

  @Test func aSlowEcho() async throws {
    try await withRecipient(["--echo-delay", "60000"]) { recipient in
      try await recipient.pane.paste("hello")
      try await recipient.waitForBytes(5)
      #expect(try await !recipient.pane.capture().contains("hello"))
      try await recipient.goOn()
      try await recipient.pane.waitFor("❯\u{A0}hello")
    }
  }

  @Test func noEchoAtAll() async throws {
    try await withRecipient(["--no-echo", "--turn", "60000"]) { recipient in
      try await recipient.pane.paste("hello")
      try await recipient.waitForBytes(17)
      try await recipient.pane.keys("Enter")
      #expect(try await recipient.waitForSubmissions() == ["hello"])
      try await recipient.pane.waitFor("❯ hello")
      #expect(try await !recipient.pane.capture().contains("❯\u{A0}hello"))
    }
  }

  @Test func longTextWrapsBetweenWordsAndFollowsTheSize() async throws {
    try await withRecipient(["--transcript", "60"], columns: 80, rows: 24) { recipient in
      let words = (1...20).map { "word\($0)" }.joined(separator: " ")
      try await recipient.pane.paste("\(words)\nlast")
      var screen = try await recipient.pane.waitFor("  last")
      #expect(screen.contains("❯\u{A0}word1 ") && screen.contains("\n  word13"))
      #expect(screen.contains("line 60 of"))
      #expect(try await recipient.pane.format("#{cursor_x} #{cursor_y}") == "6 21")
      try await recipient.pane.resize(columns: 60, rows: 12)
      screen = try await recipient.pane.wait(for: "the narrow screen") {
        $0.contains("\n  word10 ") && $0.contains("? for shortcuts")
      }
      try await recipient.pane.keys("Enter")
      #expect(try await recipient.waitForSubmissions() == ["\(words)\nlast"])
    }
  }

  @Test func textLongerThanTheScreenShowsItsEnd() async throws {
    try await withRecipient(columns: 80, rows: 24) { recipient in
      let text = (1...100).map { "row \($0)" }.joined(separator: "\n")
      try await recipient.pane.paste(text)
      let screen = try await recipient.pane.waitFor("row 100")
      #expect(!screen.contains("row 50\n") && screen.contains("? for shortcuts"))
      #expect(try await recipient.pane.format("#{cursor_x}") == "9")
    }
  }

  @Test(arguments: ["rules", "none", "band"])
  func frames(frame: String) async throws {
    try await withRecipient(["--frame", frame, "--main-screen"]) { recipient in
      let screen = try await recipient.pane.capture(styled: true)
      #expect(screen.contains("────") == (frame == "rules"))
      #expect(screen.contains("[48;5;237m") == (frame == "band"))
      #expect(try await recipient.pane.format("#{alternate_on}") == "0")
    }
  }

  @Test func anUnknownFlagIsRefused() async throws {
    try await Sandbox.with { sandbox in
      let tmux = try await TmuxServer(sandbox)
      let ran = try await tmux.run("test-recipient", ["--no-such-flag"])
      #expect(ran.status == 2 && ran.errorText.contains("--no-such-flag"))
      #expect(try await sandbox.run("test-recipient").status == 1)
    }
  }
}
