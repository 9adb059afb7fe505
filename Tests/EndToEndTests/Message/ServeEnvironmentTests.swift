import TestSupport
import Testing

/// Even where sshd lets a peer set variables, none of them leaves the forced command: neither into our own
/// child processes nor into one that outlives it.
@Suite struct ServeEnvironmentTests {
  @Test func aPeersVariablesReachNoChild() async throws {
    try await TwoAccounts.run(options: ["AcceptEnv AGENT_* TMUX_BIN TMUX_SOCKET"]) { mesh in
      let ran = mesh.sandbox.path("ran")
      let trap = mesh.bob.home + "/trap"
      try Files.write(trap, "Host *\n  ProxyCommand sh -c \"touch '\(ran)'\"\n")
      let program = mesh.sandbox.path("program")
      try Files.write(program, "#!/bin/sh\ntouch '\(ran)'\n", mode: 0o755)
      try mesh.bob.authorize(
        mesh.alice, command: "\(mesh.bob.home)/bin/agent-register-hook serve --peer alice")
      try await mesh.endConnections()
      let config = mesh.alice.home + "/.ssh/config"
      let sent = [
        "AGENT_MESH_SSH_CONFIG=\(trap)", "AGENT_NAME=bob-main-reader", "AGENT_MESH_SLICES=/",
        "TMUX_BIN=\(program)", "TMUX_SOCKET=\(program)",
      ]
      try Files.write(
        config, "Host bob\n  SetEnv \(sent.joined(separator: " "))\n" + (Files.text(config) ?? ""))

      try await mesh.bobTmux.call(["copy-mode", "-t", mesh.reader.id])
      let id = "abcdefghijklmnopqrstuvwxya"
      let queued = try await mesh.aliceTmux.run(
        "notify-pane",
        ["--queue", "--notify", "--expires", "10s", "--id", id, "bob-main-reader", "later"])
      #expect(queued.text.hasSuffix(": queued"), "\(queued)")
      try await eventually(every: .milliseconds(500), "the message to expire") {
        try await mesh.alice.run("notify-pane", ["--status", id]).text.contains("expired")
      }
      try await mesh.bobTmux.call(["send-keys", "-t", mesh.reader.id, "-X", "cancel"])
      // This delivery bounces expired messages, and starts a process that notifies their sender by ssh.
      let now = try await mesh.alice.run("notify-pane", ["bob-main-reader", "now"])
      #expect(now.status == 0, "\(now)")
      let log = mesh.bob.home + "/.agents/log/messages.jsonl"
      try await eventually("the notice to be sent") {
        (Files.text(log) ?? "").split(separator: "\n").contains {
          $0.contains(#""event":"sent""#) && $0.contains(#""to":"alice-main-runner""#)
        }
      }
      #expect(!Files.exists(ran))
    }
  }
}
