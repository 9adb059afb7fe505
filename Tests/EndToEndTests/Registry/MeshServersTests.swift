import Mesh
import TestSupport
import Testing

/// Several tmux servers of one account.
@Suite struct MeshServersTests {
  private func second(
    _ mesh: LocalMesh, _ name: String = "second", session: String = "main",
    window: String = "other"
  ) async throws -> (tmux: TmuxServer, cat: Cat) {
    let file = mesh.sandbox.path("cat")
    let tmux = try await TmuxServer(
      mesh.sandbox, name: name, session: session, window: window,
      command: ["sh", "-c", "exec cat >\(quoted(file))"])
    let pane = try await tmux.first()
    try await eventually("cat to run") {
      try await pane.format("#{pane_current_command}") == "cat"
    }
    return (tmux, Cat(pane: pane, file: file))
  }

  private func list(_ mesh: LocalMesh) async throws -> Set<String> {
    Set(try await mesh.send("--list").text.split(separator: "\n").map(String.init))
  }

  /// Runs the rescan as a hook of that server does.
  private func hook(_ mesh: LocalMesh, of tmux: TmuxServer) async throws {
    let ran = try await mesh.run(
      "agent-register-hook", ["rescan"], environment: ["TMUX": "\(tmux.socket),1,0"])
    #expect(ran.status == 0, "\(ran)")
  }

  @Test func bothAreRegisteredAndReached() async throws {
    try await LocalMesh.with { mesh in
      let first = try await mesh.cat("sink")
      let other = try await second(mesh)
      // Each server numbers its panes from zero: one of these ids also exists on the other server.
      let ids = try await mesh.tmux.panes().map(\.id)
      #expect(ids.contains(other.cat.pane.id))
      for tmux in [mesh.tmux, other.tmux] {
        try await hook(mesh, of: tmux)
        #expect(
          try await list(mesh).isSuperset(of: ["hub-main-first", "hub-main-sink", "hub-main-other"])
        )
      }
      let toml = (Files.text(mesh.agents + "/local.toml") ?? "").split(separator: "\n[")
      let there = toml.first { $0.hasPrefix("agents.hub-main-other]") }
      #expect(there?.contains("server = \"second\"") == true, "\(toml)")
      #expect(toml.first { $0.hasPrefix("agents.hub-main-sink]") }?.contains("server") == false)
      #expect(try await mesh.send("hub-main-other", "to the second").status == 0)
      #expect(try await mesh.send("hub-main-sink", "to the first").status == 0)
      #expect(try await other.cat.wait().first?.hasSuffix("to the second") == true)
      #expect(try await first.wait().first?.hasSuffix("to the first") == true)
      // Each pane's own list decides.
      try await other.cat.pane.set("@agent-allow", "none")
      #expect(try await mesh.send("hub-main-other", "no").status == 5)
      #expect(try await mesh.send("hub-main-sink", "yes").status == 0)
      #expect(other.cat.lines.count == 1)
      // The pane is read through its own server.
      #expect(try await mesh.run("agent-mesh", ["look", "hub-main-other"]).status == 0)
    }
  }

  @Test func aSenderIsFoundInEither() async throws {
    try await LocalMesh.with { mesh in
      let sink = try await mesh.cat("sink")
      let other = try await second(mesh)
      let ran = try await other.tmux.run("notify-pane", ["--whoami"], window: "runner")
      #expect(ran.text == "hub-main-runner", "\(ran)")
      // Without TMUX, as from cron, or with the other server's TMUX, the sender is still recognised.
      for environment in [["TMUX": ""], ["TMUX": "\(mesh.tmux.socket),1,0", "TMUX_PANE": "%0"]] {
        let sent = try await other.tmux.run(
          "notify-pane", ["hub-main-sink", "x"], environment: environment, window: "runner")
        #expect(sent.status == 0, "\(sent)")
      }
      #expect(try await sink.wait(2).allSatisfy { $0.hasPrefix("[from hub-main-runner") })
    }
  }

  @Test func aNameThatBothHaveIsTwo() async throws {
    try await LocalMesh.with { mesh in
      let first = try await mesh.cat("sink")
      try await hook(mesh, of: mesh.tmux)
      let other = try await second(mesh, window: "sink")
      try await hook(mesh, of: other.tmux)
      #expect(try await mesh.send("hub-main-sink", "a").status == 0)
      #expect(try await mesh.send("hub-main-sink~2", "b").status == 0)
      #expect(try await first.wait().count == 1)
      #expect(try await other.cat.wait().count == 1)
    }
  }

  @Test func theNamedServerAlone() async throws {
    try await LocalMesh.with { mesh in
      let other = try await second(mesh)
      let ran = try await mesh.run("agent-discover", environment: ["TMUX_SOCKET": "second"])
      #expect(ran.text.contains("1 session(s), 1 window(s)"), "\(ran)")
      #expect(
        try await mesh.send("hub-main-other", "x", environment: ["TMUX_SOCKET": "default"]).status
          == 2)
      #expect(try await mesh.send("hub-main-other", "x").status == 0)
      #expect(try await other.cat.wait().count == 1)
    }
  }

  @Test func aServerThatHangsKeepsNobody() async throws {
    try await LocalMesh.with { mesh in
      let first = try await mesh.cat("sink")
      let other = try await second(mesh)
      try await hook(mesh, of: other.tmux)
      let before = try await list(mesh)
      let pid = try await other.tmux.call(["display-message", "-p", "#{pid}"])
      try await mesh.sandbox.must("kill", ["-STOP", pid])
      let begin = ContinuousClock.now
      let sent = try await mesh.send("hub-main-sink", "x")
      let took = ContinuousClock.now - begin
      print("send beside a hanging server: \(took)")
      #expect(sent.status == 0 && took < .seconds(15), "\(sent)")
      _ = try await mesh.tmux.window("new", ["cat"])
      try await hook(mesh, of: mesh.tmux)
      // Its earlier names stay, and no other pane gets them.
      #expect(try await list(mesh) == before.union(["hub-main-new", "hub-main-new-0"]))
      _ = try await mesh.tmux.window("other", ["cat"])
      try await hook(mesh, of: mesh.tmux)
      #expect(try await list(mesh).contains("hub-main-other~2"))
      let lost = try await mesh.send("hub-main-other", "y")
      #expect(lost.status == 4 && lost.errorText.contains("nothing was"), "\(lost)")
      try await mesh.sandbox.must("kill", ["-CONT", pid])
      #expect(try await mesh.send("hub-main-other", "z").status == 0)
      #expect(try await other.cat.wait().count == 1)
      #expect(try await first.wait().count == 1)
    }
  }

  @Test func deadSocketsAndOthersAreNobody() async throws {
    try await LocalMesh.with { mesh in
      let first = try await mesh.cat("sink")
      let other = try await second(mesh)
      let folder = String(mesh.tmux.socket.dropLast("/default".count))
      let pid = try await other.tmux.call(["display-message", "-p", "#{pid}"])
      try await mesh.sandbox.must("kill", ["-KILL", pid])
      try await mesh.sandbox.must("mkfifo", [folder + "/pipe"])
      try Files.write(folder + "/file", "no socket")
      try Files.link(folder + "/link", to: mesh.tmux.socket)
      try Files.link(folder + "/round", to: folder + "/round")
      let silent = try await second(mesh, "foreign")
      if Environment.isRoot {
        try await mesh.sandbox.must("chown", ["65534", folder + "/foreign"])
      }
      let begin = ContinuousClock.now
      try await hook(mesh, of: mesh.tmux)
      #expect(ContinuousClock.now - begin < .seconds(5))
      #expect(
        try await list(mesh).subtracting(["hub-main-other", "hub-main-other-0"])
          == ["hub-main-first", "hub-main-first-0", "hub-main-sink", "hub-main-sink-0"])
      #expect(try await list(mesh).contains("hub-main-other") == !Environment.isRoot)
      #expect(try await mesh.send("hub-main-sink", "x").status == 0)
      #expect(try await first.wait().count == 1)
      #expect(silent.cat.text.isEmpty)
    }
  }

  @Test func aServerThatEndsTakesItsOwnAlone() async throws {
    try await LocalMesh.with { mesh in
      let first = try await mesh.cat("sink")
      let other = try await second(mesh)
      try await hook(mesh, of: other.tmux)
      try await mesh.tmux.kill()
      // A server may end right after its hooks; the other server's hooks do the same work.
      try await hook(mesh, of: other.tmux)
      #expect(try await list(mesh) == ["hub-main-other", "hub-main-other-0"])
      #expect(try await mesh.send("hub-main-sink", "x").status == 2)
      #expect(try await mesh.send("hub-main-other", "y").status == 0)
      #expect(try await other.cat.wait().count == 1)
      #expect(first.text.isEmpty)
    }
  }

  /// A socket in another place is remembered for programs that run without `TMUX`.
  @Test func aSocketElsewhere() async throws {
    try await LocalMesh.with { mesh in
      let socket = mesh.sandbox.path("s")
      let away = ["-u", "-S", socket, "-f", "/dev/null"]
      try await mesh.sandbox.must(
        Programs.tmux, away + ["new-session", "-d", "-s", "away", "-n", "far", "cat"])
      mesh.sandbox.atEnd { _ = try? await mesh.sandbox.run(Programs.tmux, away + ["kill-server"]) }
      try await mesh.sandbox.must(
        "agent-register-hook", ["rescan"], environment: ["TMUX": "\(socket),1,0"])
      try await mesh.sandbox.must("agent-register-hook", ["rescan"])
      #expect(try await list(mesh).contains("hub-away-far"))
      #expect(try await mesh.send("hub-away-far", "x").status == 0)
    }
  }
}
