import TestSupport
import Testing

/// Agents that share a daemon: the processes do not tell for which agent it runs a command.
@Suite struct SpeakingTests {
  @Test(arguments: [SharedDaemon.Socket.unix, .tcp, .systemd])
  func aCommandOfASharedDaemonIsNotItsFirstPanes(_ socket: SharedDaemon.Socket) async throws {
    try await LocalMesh.with { mesh in
      let cat = try await mesh.cat("sink")
      let daemon = try await SharedDaemon.start(in: mesh.tmux, "first", listening: socket)
      let sent = try await daemon.run("notify-pane", ["hub-main-sink", "a"])
      #expect(sent.status == 0, "\(sent)")
      #expect(try await cat.wait()[0].hasPrefix("[from hub @ "))
      let reply = try await daemon.run("notify-pane", ["--reply", "x"])
      #expect(reply.status == 1 && reply.errorText.contains("--as"), "\(reply)")
    }
  }

  @Test func aSessionOfItsOwnThatServesNobodyIsItsPanes() async throws {
    try await LocalMesh.with { mesh in
      let daemon = try await SharedDaemon.start(in: mesh.tmux, "worker", listening: .none)
      #expect(try await daemon.run("notify-pane", ["--whoami"]).text == "hub-main-worker")
    }
  }

  @Test func whoamiSaysWhyNoPaneIsNamed() async throws {
    try await LocalMesh.with { mesh in
      let daemon = try await SharedDaemon.start(in: mesh.tmux, "first")
      let ran = try await daemon.run("notify-pane", ["--whoami"])
      #expect(ran.text == "hub")
      #expect(ran.errorText.contains("(pid \(daemon.pid)), which serves others"), "\(ran)")
      #expect(ran.errorText.contains("try: notify-pane --as"), "\(ran)")
    }
  }

  /// Only a pane whose program such a daemon serves may be claimed, and only by a process below such a daemon.
  @Test func aClaimNamesAPaneThatTheDaemonMayServe() async throws {
    try await LocalMesh.with { mesh in
      let cat = try await mesh.cat("sink")
      let daemon = try await SharedDaemon.start(in: mesh.tmux, "first")
      _ = try await daemon.instance("second")
      let claimed = try await daemon.run(
        "notify-pane", ["--as", "hub-main-second", "hub-main-sink", "a"])
      #expect(claimed.status == 0, "\(claimed)")
      let wished = try await daemon.run(
        "notify-pane", ["hub-main-sink", "b"], environment: ["AGENT_NAME": "hub-main-second"])
      #expect(wished.status == 0, "\(wished)")
      #expect(try await cat.wait(2).allSatisfy { $0.hasPrefix("[from hub-main-second @ ") })
      // `cat`, a shell, another host: the daemon serves none of them.
      _ = try await mesh.tmux.window("shell")
      for name in ["hub-main-sink", "hub-main-shell", "far-x-y"] {
        let forged = try await daemon.run("notify-pane", ["--as", name, "hub-main-sink", "c"])
        #expect(forged.status == 6, "\(name): \(forged)")
      }
      let outside = try await mesh.send("--as", "hub-main-second", "hub-main-sink", "d")
      #expect(outside.status == 6, "\(outside)")
    }
  }

  /// Every agent's commands inherit the environment of the first agent.
  @Test func aNameThatTheDaemonInheritedIsNobodysClaim() async throws {
    try await LocalMesh.with { mesh in
      let daemon = try await SharedDaemon.start(
        in: mesh.tmux, "first", environment: ["AGENT_NAME": "hub-main-first"])
      #expect(try await daemon.run("notify-pane", ["--whoami"]).text == "hub")
    }
  }

  /// The first agent has ended; the daemon that it started has another parent now.
  @Test func theFirstAgentsEndChangesNothing() async throws {
    try await LocalMesh.with { mesh in
      let daemon = try await SharedDaemon.start(in: mesh.tmux, "first")
      _ = try await daemon.instance("second")
      try await daemon.first.kill()
      #expect(try await daemon.run("notify-pane", ["--whoami"]).text == "hub")
      let claimed = try await daemon.run("notify-pane", ["--as", "hub-main-second", "--whoami"])
      #expect(claimed.text == "hub-main-second", "\(claimed)")
    }
  }
}
