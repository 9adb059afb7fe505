import Mesh
@testable import MeshHost
import Testing
import TestSupport

/// What we find on a captured screen is what tmux finds on its own: it is compared when tmux types.
@Suite struct ScreenSignsTests: TypingTests {
  private static let screens = [
    "plain": "Do you want to proceed?\r\n 1. Yes\r\n 2) no, Esc to cancel, y/n",
    "blanks at the end": "2. \r\n2)   \r\n1. Yes \t \r\nllow",
    "styles": "D\\033[1mo you wa\\033[31;48;5;20mnt to\\033[0m \\033[4:3my/\\033[0mn",
    "a link": "\\033]8;;http://a.example/Yes\\033\\\\pr\\033]8;;\\033\\\\oceed llow",
    "lines of a box": "\\033(0lqqqk\\033(B Yes\\r\\n\\033(0x\\033(B press Enter to",
    "wide and combined": "世界 1. Yes 🙂 e\u{301}s/no ould you like y/n",
    "tabs": "o you\\tlike\\r\\n2.\\tYes\\r\\n\\t2. Yes",
    "nothing": "",
  ]

  @Test(arguments: screens.keys.sorted())
  func aSignIsWhereTmuxFindsIt(name: String) async throws {
    let text = try #require(Self.screens[name])
    let (server, pane) = try await start(
      ["sh", "-c", "printf '\(text)\\r\\nready'; exec cat > \"$0/in\""], columns: 60)
    let place = try server.tmux.look(pane.id).place
    let marks = Marks()
    var query = LookQuery(after: place, marks, signs: true)
    var stream = MarkedStream(marks)
    stream.append(try server.tmux.run(all: query.commands))
    while let chunk = stream.next() {
      guard let look = try query.take(chunk) else { continue }
      #expect(look.shownSigns == ScreenSigns(capture: look.capture))
      #expect((look.shownSigns != ScreenSigns(capture: [])) == !text.isEmpty)
      return
    }
    Issue.record("tmux gave no look")
  }
}
