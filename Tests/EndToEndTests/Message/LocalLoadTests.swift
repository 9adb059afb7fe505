import Mesh
import MeshCrypto
import TestSupport
import Testing

/// Many senders, and many agents.
@Suite struct LocalLoadTests {
  /// - Returns: how long it took.
  private func crowd(senders: Int, messages: Int) async throws {
    try await LocalMesh.with { mesh in
      let cat = try await mesh.cat("sink")
      let begin = ContinuousClock.now
      let failures = try await withThrowingTaskGroup(of: [String].self) { group in
        for sender in 0..<senders {
          group.addTask {
            var failed: [String] = []
            for message in 0..<messages {
              let ran = try await mesh.send("hub-main-sink", "s\(sender)-m\(message)-end")
              if ran.status != 0 { failed.append("\(ran)") }
            }
            return failed
          }
        }
        return try await group.reduce(into: []) { $0 += $1 }
      }
      print("\(senders) x \(messages): \(ContinuousClock.now - begin)")
      #expect(failures.isEmpty, "\(failures.count): \(failures.prefix(3))")
      let lines = try await cat.wait(senders * messages)
      #expect(lines.count == senders * messages)
      var seen: Set<String> = []
      for line in lines {
        let parts = line.split(separator: " ")
        #expect(line.hasPrefix("[from hub @ ") && parts.count == 7, "\(line)")
        if let last = parts.last { seen.insert(String(last)) }
      }
      let wanted = (0..<senders).flatMap { s in (0..<messages).map { "s\(s)-m\($0)-end" } }
      #expect(seen == Set(wanted))
      #expect(try await mesh.tmux.call(["list-buffers"]).isEmpty)
    }
  }

  @Test func twentySendersIntoOnePane() async throws { try await crowd(senders: 20, messages: 5) }

  @Test(.enabled(if: Soak.isOn, "a long run: ./soak.sh"))
  func soakTwentySendersFiftyEach() async throws {
    try await crowd(senders: 20, messages: 50)
  }

  @Test func tenThousandAgentsDoNotSlowASend() async throws {
    try await LocalMesh.with { mesh in
      let cat = try await mesh.cat("sink")
      try await mesh.sandbox.must("agent-discover", environment: mesh.tmux.outside)
      func median() async throws -> Duration {
        var times: [Duration] = []
        for _ in 0..<9 {
          let begin = ContinuousClock.now
          #expect(try await mesh.send("hub-main-sink", "x").status == 0)
          times.append(ContinuousClock.now - begin)
        }
        return times.sorted()[4]
      }
      let few = try await median()
      var peers = ""
      try Files.makeDirectory(mesh.agents + "/slices")
      for number in 0..<20 {
        let host = try ForeignHost("peer-\(number)")
        try host.pin(in: mesh)
        peers += "peer-\(number)\n"
        try keep(try slice(of: host, agents: 500), of: host, in: mesh)
      }
      try Files.write(mesh.agents + "/peers.conf", peers)
      #expect(try await mesh.send("--list").text.split(separator: "\n").count >= 10_000)
      let many = try await median()
      print("a send with 4 agents: \(few), with 10,000: \(many)")
      #expect(many < few * 3 + .milliseconds(50))
      try await cat.wait(18)
    }
  }

  private func slice(of host: ForeignHost, agents: Int) throws -> Slice {
    let now = Wall.milliseconds
    let entries = try (0..<agents).map { number in
      AgentEntry(
        address: try Address(validating: "\(host.host)-s-w\(number)"), host: host.host,
        target: "s:\(number)", session: "s", window: "w\(number)", pane: 0, paneID: "%\(number)",
        role: "a role", scope: "a scope", command: "cat", server: nil)
    }
    return Slice(
      host: host.host, serial: now, issued: Timestamp(milliseconds: now),
      expires: Timestamp(milliseconds: now + 7 * 24 * 3_600_000),
      signKey: host.key.publicKey.openSSH,
      sealKey: String(try SealKey.generate().publicKey.text.dropFirst("x25519 ".count)),
      agents: entries)
  }

  private func keep(_ slice: Slice, of host: ForeignHost, in mesh: LocalMesh) throws {
    let signed = SignedSlice(slice, by: host.key)
    let file = "\(mesh.agents)/slices/\(host.host).toml"
    try Files.write(file, signed.bytes)
    try Files.write(file + ".sig", signed.signature)
  }
}
