import TestSupport
import Testing

/// A push to a busy peer is tried again soon.
@Suite struct MeshRetryTests {
  /// If a peer is too busy for a connection when a change is pushed, it gets the change a few seconds later,
  /// not at the timer's next round.
  @Test func aChangeReachesAPeerThatFailedAMomentAgo() async throws {
    try await TwoAccounts.run { mesh in
      let folder = mesh.sandbox.path("flaky")
      try Files.makeDirectory(folder)
      let script = """
        #!/bin/sh
        echo x >>'\(folder)/calls'
        [ "$(wc -l <'\(folder)/calls')" -gt 2 ] || exit 255
        PATH=${PATH#'\(folder):'}; export PATH
        exec ssh "$@"

        """
      try Files.write(folder + "/ssh", script, mode: 0o755)
      _ = try await mesh.aliceTmux.window("fresh", ["cat"])
      let path = "\(folder):\(mesh.alice.environment["PATH"] ?? "")"
      let ran = try await mesh.alice.run(
        "agent-register-hook", ["rescan"], environment: ["PATH": path])
      #expect(ran.status == 0, "\(ran)")
      // Two attempts fail; the third follows 5 s after the second.
      try await eventually(within: .seconds(120), "a third attempt") {
        (Files.text(folder + "/calls") ?? "").count(of: "x") >= 3
      }
      try await eventually("bob to hear of it") {
        Files.text(mesh.bob.home + "/.agents/slices/alice.toml")?.contains("alice-main-fresh")
          == true
      }
    }
  }
}
