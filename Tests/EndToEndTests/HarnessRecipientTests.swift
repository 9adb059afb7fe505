import Testing
import TestSupport

@Suite struct HarnessRecipientTests {
  @Test func aPasteAndEnterAreRecordedAndSubmitted() async throws {
    try await Sandbox.with { sandbox in
      let tmux = try await TmuxServer(sandbox)
      let recipient = try await Recipient.start(in: tmux)
      try await recipient.pane.paste("hello\nworld  ")
      try await recipient.pane.keys("Enter")
      #expect(try await recipient.waitForSubmissions() == ["hello\nworld"])
      #expect(recipient.bytes == Array("\u{1B}[200~hello\nworld  \u{1B}[201~\r".utf8))
    }
  }
}
