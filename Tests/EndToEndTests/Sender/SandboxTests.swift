import TestSupport
import Testing

/// Agents' sandboxes, as bubblewrap makes them.
@Suite struct SandboxTests {
  private func isHere() -> Bool { Files.exists("/usr/bin/bwrap") }

  private func boxed(_ mesh: LocalMesh, _ options: [String], _ words: [String]) async throws -> Ran
  {
    try await mesh.run(
      "bwrap", ["--bind", "/", "/", "--dev", "/dev", "--proc", "/proc"] + options + ["--"] + words,
      environment: ["TMUX": "\(mesh.tmux.socket),1,0", "TMUX_SOCKET": ""])
  }

  /// The socket's folder is covered.
  @Test func aSocketThatASandboxHidesIsNamedAndWhatToAllow() async throws {
    guard isHere() else { return }
    try await LocalMesh.with { mesh in
      let folder = mesh.tmux.socket.split(separator: "/").dropLast().joined(separator: "/")
      let ran = try await boxed(
        mesh, ["--tmpfs", "/" + folder], ["notify-pane", "hub-main-first", "x"])
      #expect(ran.status == 4, "\(ran)")
      #expect(ran.errorText.contains(mesh.tmux.socket), "\(ran)")
      #expect(ran.errorText.contains("nothing was sent"), "\(ran)")
      #expect(ran.errorText.contains("excludedCommands"), "\(ran)")
      #expect(ran.errorText.contains("prefix_rule"), "\(ran)")
    }
  }

  /// Neither terminal nor ancestors are to be seen: no pane is named, and none is guessed from the environment.
  @Test func aNamespaceOfProcessesNamesNoPane() async throws {
    guard isHere() else { return }
    try await LocalMesh.with { mesh in
      let pane = try await mesh.tmux.first()
      let ran = try await pane.run(
        "bwrap",
        ["--bind", "/", "/", "--dev", "/dev", "--unshare-pid", "--proc", "/proc", "--new-session"]
          + ["notify-pane", "--whoami"])
      #expect(ran.text == "hub", "\(ran)")
    }
  }
}
