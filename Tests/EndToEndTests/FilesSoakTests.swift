import Mesh
import TestSupport
import Testing

/// Throughput of large files: only where AGENT_MESH_SOAK is set.
@Suite(.serialized) struct FilesSoakTests {
  @Test(.enabled(if: Soak.isOn, "a long run: ./soak.sh"), arguments: [false, true])
  func soakThroughputOverAWarmConnection(sealed: Bool) async throws {
    try await TwoHosts.with { hosts in
      let path = hosts.sandbox.path("big")
      let size = 1_000_000_000
      try await hosts.sandbox.must(
        "sh", ["-c", "head -c \(size) /dev/urandom >\"$0\"", path])
      let warm = try await hosts.notify([TwoHosts.address, "warm"])
      #expect(warm.status == 0, "\(warm)")
      let folder = hosts.alice.home + "/.agents/state/ssh"
      let config = try #require(Files.list(folder).first { $0.hasPrefix("traffic-") })
      var plain = Duration.seconds(1000)
      var ours = Duration.seconds(1000)
      for _ in 1...3 {
        let started = ContinuousClock.now
        try await hosts.sandbox.must(
          "sh", ["-c", "ssh -F \"$0\" -- bob 'cat >~/f' <\"$1\"", "\(folder)/\(config)", path])
        plain = min(plain, .now - started)
        Files.remove(hosts.bob.home + "/f")
        let begun = ContinuousClock.now
        let ran = try await hosts.notify(
          (sealed ? ["--seal"] : []) + ["--file", path, "--name", "f", TwoHosts.address],
          within: .seconds(300))
        ours = min(ours, .now - begun)
        #expect(ran.status == 0, "\(ran)")
        Files.remove(hosts.bob.home + "/.agent-inbox/alice/f")
      }
      let ratio = plain / ours
      Soak.say("1 GB, sealed \(sealed): ssh cat \(plain), notify-pane \(ours), ratio \(ratio)")
      #expect(ratio >= (sealed ? 0.45 : 0.6))
    }
  }
}
