import Mesh
import TestSupport
import Testing

/// The hash chain across a rotation: an error in either file is found, with its place.
@Suite struct HistoryRotationTests {
  @Test func whatIsWrongInEitherFileIsFound() async throws {
    try await Sandbox.with { sandbox in
      let mesh = try await Accounts(sandbox, ["alice"])
      let alice = try mesh.hosts["alice"]
      let new = try mesh.path("alice", "log/messages.jsonl")
      let old = try mesh.path("alice", "log/messages.1.jsonl")
      for number in 1...6 {
        try await mesh.must("alice", "notify-pane", "alice-main-cat", "text \(number)")
      }
      // As if the file had been full after the third message: the new file's first line follows the old file's last.
      let all = try #require(Files.text(new)).split(separator: "\n").map(String.init)
      let lines = [Array(all[..<3]), Array(all[3...])]
      let head = try await mesh.must("alice", "agent-mesh", "log", "--head")
      func check(_ changed: [[String]], _ more: [String] = []) async throws -> Ran {
        for (path, lines) in zip([old, new], changed) {
          try Files.write(path, lines.map { $0 + "\n" }.joined())
        }
        return try await alice.run("agent-mesh", ["log", "--check"] + more)
      }
      let whole = try await check(lines, ["--head", head])
      #expect(whole.status == 0 && whole.text.contains("unbroken"), "\(whole)")
      // In the old file: an edit, its last line cut off, a line missing.
      var changed = lines
      changed[0][0] = changed[0][0].replacing("\"time\":\"2", with: "\"time\":\"3")
      #expect(try await check(changed).text.contains("messages.1.jsonl:2: does not follow"))
      changed = lines
      changed[0].removeLast()
      let cut = try await check(changed)
      #expect(cut.status == 6 && cut.text.contains("messages.jsonl:1: does not follow"), "\(cut)")
      changed = lines
      changed[0].remove(at: 1)
      #expect(try await check(changed).text.contains("messages.1.jsonl:2: does not follow"))
      // The same in the new file, whose end only a noted head protects.
      changed = lines
      changed[1][0] = changed[1][0].replacing("\"time\":\"2", with: "\"time\":\"3")
      #expect(try await check(changed).text.contains("messages.jsonl:2: does not follow"))
      changed = lines
      changed[1].remove(at: 1)
      #expect(try await check(changed).text.contains("messages.jsonl:2: does not follow"))
      changed = lines
      changed[1].removeLast()
      let short = try await check(changed, ["--head", head])
      #expect(short.status == 6 && short.text.contains("noted head"), "\(short)")
      // The whole old file is missing.
      try Files.write(new, lines[1].map { $0 + "\n" }.joined())
      Files.remove(old)
      let gone = try await alice.run("agent-mesh", ["log", "--check"])
      #expect(
        gone.status == 6 && gone.text.contains("messages.jsonl:1: the lines before it"), "\(gone)")
    }
  }
}
