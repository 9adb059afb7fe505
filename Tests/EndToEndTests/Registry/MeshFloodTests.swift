import TestSupport
import Testing

/// How much a peer that is bound by `serve` can use of our resources, one test per row of the table in SECURITY.md.
@Suite struct MeshFloodTests {
  /// A session of `mallory` with bob: an honest start, then the output of a shell script.
  private static func session(
    _ mesh: TwoAccounts, _ script: String, within seconds: Int = 60
  ) async throws -> Ran {
    let key = (Files.text(mesh.alice.home + "/.agents/keys/sign.pub") ?? "")
      .split(separator: " ").prefix(2).joined(separator: " ")
    let line = """
      { echo 'AMSK1 alice \(key)'; echo end; \(script); } |
        SSH_ORIGINAL_COMMAND='~/bin/agent-register-hook sync' \(mesh.bob.home)/bin/agent-register-hook serve --peer alice \
          >/dev/null
      """
    return try await mesh.bob.run("sh", ["-c", line], within: .seconds(seconds))
  }

  private static func log(_ mesh: TwoAccounts) -> String {
    Files.text(mesh.bob.home + "/.agents/log/messages.jsonl") ?? ""
  }

  @Test func chainsInOneSessionAreCounted() async throws {
    try await TwoAccounts.run { mesh in
      let before = Self.log(mesh).utf8.count
      let begin = ContinuousClock.now
      let ran = try await Self.session(
        mesh, "yes \"$(printf 'chain alice 1\\nX')\" | head -c 45000000")
      #expect(ran.status != 0 && ContinuousClock.now - begin < .seconds(15), "\(ran)")
      #expect(Self.log(mesh).utf8.count - before < 4096)
      // Nor chains of hosts that nobody here knows.
      let others = try await Self.session(
        mesh, "i=0; while [ $i -lt 50 ]; do printf 'chain host-%d 1\\nX' $i; i=$((i+1)); done")
      #expect(others.status != 0, "\(others)")
    }
  }

  @Test func theSameRefusalIsLoggedOnceAndManyAreBounded() async throws {
    try await TwoAccounts.run { mesh in
      let before = Self.log(mesh).count(of: "\n")
      for _ in 0..<20 {
        let ran = try await Self.session(
          mesh, "printf 'chain bob 1\\nXchain alice 1\\nX'; echo end")
        #expect(ran.status == 0, "\(ran)")
      }
      let told = Self.log(mesh).count(of: "\n") - before
      #expect((1...2).contains(told), "\(told)")
    }
  }

  @Test func sessionsOfOneHostAreCounted() async throws {
    try await TwoAccounts.run { mesh in
      let said = mesh.sandbox.path("said")
      // The next minute begins at most once meanwhile: at least 20 of 260 sessions exceed the limit.
      let line = """
        for i in $(seq 260); do
          SSH_ORIGINAL_COMMAND='~/bin/agent-register-hook sync' \(mesh.bob.home)/bin/agent-register-hook serve --peer mallory \
            </dev/null >/dev/null 2>>\(said)
        done
        """
      _ = try await mesh.bob.run("sh", ["-c", line], within: .seconds(110))
      let words = Files.text(said) ?? ""
      #expect(
        words.contains("mallory has as many sessions here as it may have"), "\(words.prefix(400))")
      // Another host does not have to wait because of it.
      #expect(try await mesh.alice.run("sync-agent-registry").status == 0)
    }
  }
}
