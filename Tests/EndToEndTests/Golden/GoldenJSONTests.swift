import TestSupport
import Testing

/// The keys of all `--json` output, in `Tests/Golden/json.txt`. Scripts read them, so no key may disappear or
/// change its type.
@Suite struct GoldenJSONTests {
  @Test("The keys of every --json are as they were")
  func keys() async throws {
    try await Sandbox.with { sandbox in
      let mesh = try await Accounts(sandbox, ["alice", "bob"])
      let alice = try mesh.hosts["alice"]
      try Files.write(alice.home + "/note.txt", "a note\n")
      var text = ""
      for line in Self.lines {
        let ran = try await alice.run("sh", ["-c", line])
        let words = line.replacing(#/ [a-z2-7]{26}/#, with: " ID")
        text += "$ \(words)\nexit \(ran.status)\n"
        text += try JSONShape.paths(ofLines: ran.text).sorted().map { "  \($0)\n" }.joined()
        #expect(ran.errorText.isEmpty, "\(line): \(ran)")
        text += "\n"
      }
      try Golden.expect(text, "json.txt")
    }
  }

  private static let id = "abcdefghijklmnopqrstuvwxya"
  private static let lines = [
    "notify-pane --json --id \(id) bob-main-cat hi", "notify-pane --json bob-main-cta hi",
    "notify-pane --json bob-main-cat --file note.txt", "notify-pane --json nobody hi",
    "notify-pane --json alice-main-cat --file note.txt here",
    "notify-pane --json --list", "notify-pane --json --whoami",
    "notify-pane --json --status \(id)", "notify-pane --json --status aaaaaaaaaaaaaaaaaaaaaaaaaa",
    "notify-pane --json --verify abcdefgh", "notify-pane --json --verify aaaaaaaa",
    "agent-mesh status --json", "agent-mesh ping --json bob", "agent-mesh inbox --json",
    "agent-mesh look --json alice-main-cat", "agent-mesh look --json alice-main-none",
    "agent-mesh acl check --json bob alice-main-cat", "agent-mesh doctor --json",
    "agent-keys list --json", "agent-mesh log --json", "agent-mesh log --check --json",
  ]

  @Test("Every key that --json prints is in agent-mesh-json(7)")
  func keysAreDocumented() throws {
    let page = try #require(Files.text(Repository.path("man/agent-mesh-json.7")))
    let words = Set(page.split { !$0.isLetter }.map(String.init))
    let kept = try #require(Files.text("\(Golden.folder)/json.txt"))
    let keys = kept.split(separator: "\n").filter { $0.hasPrefix("  ") }.map { line in
      String(line.dropFirst(2).prefix { $0 != ":" }.split(separator: ".").last ?? "")
        .replacing("[]", with: "")
    }
    for key in Set(keys) { #expect(words.contains(key), "\(key) is in no section of the page") }
  }
}
