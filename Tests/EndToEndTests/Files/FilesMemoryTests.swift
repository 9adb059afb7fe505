import Mesh
import TestSupport
import Testing

/// Files go through in constant memory, at both ends.
@Suite(.enabled(if: Environment.isLinux, "needs /proc"), .serialized) struct FilesMemoryTests {
  /// How much more memory a large file may take than a small one, in KiB.
  private static let most = 4 << 10

  @Test func aFileOf200MegabytesCostsNoMoreThanOneOfOne() async throws {
    try await Self.compare(1 << 20, 200_000_000)
  }

  @Test(.enabled(if: Soak.isOn, "a long run: ./soak.sh"))
  func soakAFileOf4GiBCostsNoMoreThanOneOf200Megabytes() async throws {
    try await Self.compare(200_000_000, 4 << 30)
  }

  private static func compare(_ small: Int, _ large: Int) async throws {
    try await TwoHosts.with { hosts in
      for host in [hosts.alice, hosts.bob] {
        try Files.write(host.home + "/.agents/policy.toml", "max_file = \(8 << 30)\n")
      }
      let before = try await peaks(hosts, small)
      let after = try await peaks(hosts, large)
      print("peak memory, KiB: \(before) with \(small) bytes, \(after) with \(large) bytes")
      #expect(after.sender - before.sender < most && after.receiver - before.receiver < most)
    }
  }

  /// The peak memory of each end in KiB, when everything was sent and written and only the line is still to be typed.
  private static func peaks(
    _ hosts: TwoHosts, _ size: Int
  ) async throws -> (sender: Int, receiver: Int) {
    let path = hosts.sandbox.path("f")
    try await hosts.sandbox.must("truncate", ["-s", "\(size)", path])
    let pane = hosts.recipient.pane
    let submitted = hosts.recipient.submissions.count
    try await pane.type("half a thought")
    try await pane.waitFor("half a thought")
    let sender = try hosts.alice.start(
      "notify-pane",
      ["--wait", "120", "--seal", "--file", path, "--name", "f\(size)", TwoHosts.address],
      environment: ["AGENT_MESH_SSH_CONFIG": hosts.alice.home + "/.ssh/config"])
    try await eventually(within: .seconds(300), "the file: \(sender.soFar)") {
      hosts.landed.contains("f\(size)") || sender.status != nil
    }
    // A sync that runs at the same time needs less.
    let receivers = Processes.marked(hosts.sandbox.directory).filter {
      Processes.arguments(of: $0).first?.hasSuffix("/agent-register-hook") == true
    }
    let found = try (
      #require(Processes.peakMemory(of: sender.pid)),
      #require(receivers.compactMap(Processes.peakMemory).max(), "\(sender.soFar)")
    )
    try await pane.keys("C-u")
    let ran = try await sender.finish()
    #expect(ran.status == 0, "\(ran)")
    _ = try await hosts.recipient.waitForSubmissions(submitted + 1)
    return found
  }
}
