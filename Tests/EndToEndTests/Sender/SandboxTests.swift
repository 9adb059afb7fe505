import TestSupport
import Testing

/// Agents' sandboxes made with bubblewrap.
@Suite(.enabled(if: Files.exists("/usr/bin/bwrap"), "bubblewrap is not installed"))
struct SandboxTests {
  private func boxed(_ mesh: LocalMesh, _ options: [String], _ words: [String]) async throws -> Ran
  {
    try await mesh.run(
      "bwrap", ["--bind", "/", "/", "--dev", "/dev", "--proc", "/proc"] + options + ["--"] + words,
      environment: ["TMUX": "\(mesh.tmux.socket),1,0", "TMUX_SOCKET": ""])
  }

  /// The sandbox hides the socket's folder.
  @Test func aSocketThatASandboxHidesIsNamedAndWhatToAllow() async throws {
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

  /// Another server of the account can be reached: an address that is not found may be on the hidden server.
  @Test func aHiddenSocketIsNamedBesideAServerThatAnswers() async throws {
    try await LocalMesh.with { mesh in
      let other = mesh.sandbox.path("other")
      try await mesh.sandbox.must("tmux", ["-S", other, "new-session", "-d", "-s", "side", "cat"])
      mesh.sandbox.atEnd { _ = try? await mesh.sandbox.run("tmux", ["-S", other, "kill-server"]) }
      let found = try await mesh.run("agent-discover", environment: ["TMUX_SOCKET": other])
      #expect(found.status == 0, "\(found)")
      let folder = mesh.tmux.socket.split(separator: "/").dropLast().joined(separator: "/")
      let ran = try await boxed(
        mesh, ["--tmpfs", "/" + folder], ["notify-pane", "hub-main-nobody", "x"])
      #expect(ran.status == 2 && ran.errorText.contains(mesh.tmux.socket), "\(ran)")
      let who = try await boxed(mesh, ["--tmpfs", "/" + folder], ["notify-pane", "--whoami"])
      #expect(who.text == "hub" && who.errorText.contains(mesh.tmux.socket), "\(who)")
    }
  }

  /// Neither terminal nor ancestors are visible: no pane is named, and none is guessed from the environment.
  @Test func aNamespaceOfProcessesNamesNoPane() async throws {
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
