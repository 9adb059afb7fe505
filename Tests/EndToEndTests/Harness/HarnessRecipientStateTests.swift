import TestSupport
import Testing

/// Dialogs, turns and tty modes.
@Suite struct HarnessRecipientStateTests {
  @Test func aDialogStandsAboveTheComposerAndTakesWhatIsTyped() async throws {
    try await withRecipient { recipient in
      try await recipient.raiseDialog()
      let screen = try await recipient.pane.waitFor("Do you want to")
      #expect(screen.contains(" ❯ 1. Yes") && screen.contains("Esc to cancel"))
      #expect(screen.split(separator: "\n").contains { $0.hasPrefix("❯\u{A0}") })
      try await recipient.pane.paste("hello")
      try await recipient.pane.keys("Enter")
      #expect(try await recipient.waitFor(.answer) == ["1"])
      #expect(recipient.texts(.intoDialog) == ["hello"] && recipient.submissions.isEmpty)
    }
  }

  @Test func aDialogIsCancelledOrTakenAway() async throws {
    try await withRecipient(["--dialog-after", "0", "--dialog-hides"], drawn: "Esc to cancel") {
      recipient in
      let screen = try await recipient.pane.capture()
      #expect(!screen.contains("❯\u{A0}"))
      try await recipient.pane.keys("Escape")
      #expect(try await recipient.waitFor(.answer) == ["cancel"])
      try await recipient.raiseDialog()
      try await recipient.goOn()
      #expect(try await recipient.waitFor(.answer, 2).last == "dismissed")
      try await recipient.pane.waitFor("❯\u{A0}")
    }
  }

  @Test func aDialogComesBetweenPasteAndEnter() async throws {
    try await withRecipient(["--dialog-after-input", "0"]) { recipient in
      try await recipient.pane.paste("hello")
      try await recipient.waitFor(.dialog)
      try await recipient.pane.waitFor("❯\u{A0}hello")
      try await recipient.pane.keys("Down", "Enter")
      #expect(try await recipient.waitFor(.answer) == ["2"])
      #expect(recipient.submissions.isEmpty)
    }
  }

  @Test func aYesNoQuestion() async throws {
    try await withRecipient(["--dialog-yes-no"]) { recipient in
      try await recipient.raiseDialog()
      try await recipient.pane.waitFor("(y/n)")
      try await recipient.pane.keys("Enter")
      try await recipient.pane.type("yes")
      #expect(try await recipient.waitFor(.answer) == ["y"])
      #expect(recipient.texts(.intoDialog) == [""])
      try await recipient.pane.waitFor("❯\u{A0}es")
    }
  }

  @Test func duringATurnMessagesAreQueuedAndTakenOneByOne() async throws {
    try await withRecipient(["--busy-at-start", "60000", "--turn", "1"]) { recipient in
      try await recipient.pane.waitFor("Working…")
      #expect(try await recipient.pane.format("#{pane_title}").hasPrefix("◐"))
      for text in ["one", "two"] {
        try await recipient.pane.paste(text)
        try await recipient.pane.keys("Enter")
        try await recipient.pane.waitFor("❯ \(text)")
      }
      #expect(recipient.texts(.queued) == ["one", "two"] && recipient.submissions.isEmpty)
      let screen = try await recipient.pane.capture()
      #expect(screen.contains("Queued") && screen.contains("Press up to edit queued messages"))
      try await recipient.pane.keys("Escape")
      #expect(try await recipient.waitForSubmissions(2) == ["one", "two"])
      try await recipient.pane.wait(for: "rest") { !$0.contains("Working…") }
      #expect(try await recipient.pane.format("#{pane_title}") == "test-recipient")
    }
  }

  @Test func aQueueMayBecomeOneMessage() async throws {
    try await withRecipient(["--busy-at-start", "60000", "--merge-queue"]) { recipient in
      for text in ["one", "two"] {
        try await recipient.pane.paste(text)
        try await recipient.pane.keys("Enter")
      }
      try await recipient.waitFor(.queued, 2)
      try await recipient.goOn()
      #expect(try await recipient.waitForSubmissions() == ["one\ntwo"])
    }
  }

  @Test func duringATurnAnEnterIsRefused() async throws {
    try await withRecipient(["--busy-at-start", "60000", "--busy", "refuse"]) { recipient in
      try await recipient.pane.paste("now")
      try await recipient.pane.keys("Enter")
      #expect(try await recipient.waitFor(.refused) == ["now"])
      try await recipient.pane.waitFor("❯\u{A0}now")
      try await recipient.pane.keys("Escape")
      try await recipient.pane.wait(for: "rest") { !$0.contains("Working…") }
      try await recipient.pane.keys("Enter")
      #expect(try await recipient.waitForSubmissions() == ["now"])
    }
  }

  @Test func duringATurnItIsDeaf() async throws {
    try await withRecipient(["--busy-at-start", "60000", "--busy", "deaf"]) { recipient in
      try await recipient.pane.type("now")
      try await recipient.waitForBytes(3)
      try await recipient.goOn()
      try await recipient.pane.wait(for: "rest") { !$0.contains("Working…") }
      try await recipient.pane.type("then")
      try await recipient.pane.keys("Enter")
      #expect(try await recipient.waitForSubmissions() == ["then"])
    }
  }

  @Test func aMessageAtATurnsStartIsLost() async throws {
    try await withRecipient(["--turn", "60000", "--lose", "60000"]) { recipient in
      for text in ["first", "second"] {
        try await recipient.pane.paste(text)
        try await recipient.pane.keys("Enter")
      }
      #expect(try await recipient.waitFor(.lost) == ["second"])
      #expect(recipient.submissions == ["first"])
      #expect(try await !recipient.pane.capture().contains("second"))
    }
  }

  @Test(arguments: [("password", false), ("lines", true)])
  func aReaderOfLines(style: String, echo: Bool) async throws {
    let flags = ["--style", style, "--prompt", "Password: "]
    try await withRecipient(flags, drawn: "Password:") { recipient in
      let tty = try await recipient.pane.format("#{pane_tty}")
      let modes = try await recipient.pane.server.machine.must("stty", ["-F", tty, "-a"])
      #expect(modes.contains(" icanon") && modes.contains(echo ? " echo " : " -echo "))
      try await recipient.pane.type("secret")
      try await recipient.pane.keys("Enter")
      #expect(try await recipient.waitFor(.line) == ["secret"])
      #expect(recipient.bytes == Array("secret\n".utf8))
      #expect(try await recipient.pane.capture().contains("secret") == echo)
    }
  }

  @Test func aModeTakesTheGlyphsPlace() async throws {
    try await withRecipient(["--modes"]) { recipient in
      try await recipient.pane.type("!")
      try await recipient.pane.waitFor("\n!\u{A0}")
      try await recipient.pane.type("ls")
      try await recipient.pane.waitFor("!\u{A0}ls")
      try await recipient.pane.keys("Enter")
      #expect(try await recipient.waitForSubmissions() == ["!ls"])
      try await recipient.pane.type("a!")
      try await recipient.pane.waitFor("❯\u{A0}a!")
    }
  }

  @Test func aSpinnerTurnsWhileItWorks() async throws {
    try await withRecipient(["--busy-at-start", "60000", "--spin", "20"]) { recipient in
      for frame in ["⠋", "⠸", "⠋"] {
        try await eventually(every: .milliseconds(2), "the frame \(frame)") {
          try await recipient.pane.format("#{pane_title}").hasPrefix(frame)
        }
      }
    }
  }
}
