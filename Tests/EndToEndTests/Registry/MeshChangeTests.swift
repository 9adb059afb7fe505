import Mesh
import TestSupport
import Testing

/// What people do to windows and panes, with the hooks of tmux/agent-mesh.conf: the registry follows, old
/// addresses get an answer, and no other pane is typed into.
@Suite struct MeshChangeTests {
  private func with(_ body: (LocalMesh) async throws -> Void) async throws {
    try await LocalMesh.with { mesh in
      try await mesh.tmux.call(["source-file", LocalHookTests.configuration])
      try await body(mesh)
    }
  }

  /// Address → pane id, from the slice.
  private func registry(_ mesh: LocalMesh) -> [String: String] {
    var panes: [String: String] = [:]
    var name = ""
    for line in (Files.text(mesh.agents + "/local.toml") ?? "").split(separator: "\n") {
      if line.hasPrefix("[agents.") { name = line.dropFirst(8).dropLast().filter { $0 != "\"" } }
      if line.hasPrefix("pane_id = ") { panes[name] = line.dropFirst(11).dropLast().description }
    }
    return panes
  }

  /// Waits until the registry is right, and reports how long that took.
  private func becomes(
    _ mesh: LocalMesh, _ what: String, _ wanted: [String: String]
  ) async throws {
    let begin = ContinuousClock.now
    do {
      try await eventually(every: .milliseconds(20), what) {
        let now = registry(mesh)
        return wanted.allSatisfy { $0.value.isEmpty ? now[$0.key] == nil : now[$0.key] == $0.value }
      }
    } catch { throw Trouble("\(error): \(registry(mesh))") }
    print("registry right after \(what): \(ContinuousClock.now - begin)")
  }

  /// Ends a server, and waits until another can start in its place.
  private func end(_ tmux: TmuxServer) async throws {
    let pid = Int32(try await tmux.call(["display-message", "-p", "#{pid}"])) ?? 0
    try await tmux.kill()
    try await eventually("the server to be gone") { !Processes.lives(pid) }
  }

  @Test func moveBreakJoinSwap() async throws {
    try await with { mesh in
      let tmux = mesh.tmux
      let (one, two) = (try await mesh.cat("one"), try await mesh.cat("two"))
      _ = try await tmux.session("side", ["cat"])
      try await becomes(mesh, "new-window", ["hub-main-two": two.pane.id])
      // To another session.
      try await tmux.call(["move-window", "-d", "-s", two.pane.id, "-t", "=side:7"])
      try await becomes(
        mesh, "move-window", ["hub-side-two": two.pane.id, "hub-main-two": ""])
      let moved = try await mesh.send("hub-main-two", "a")
      #expect(
        moved.status == 0 && moved.errorText.contains("is called hub-side-two now"), "\(moved)")
      // Into another window, and out again into a window of its own.
      try await tmux.call(["join-pane", "-d", "-s", two.pane.id, "-t", one.pane.id])
      try await becomes(
        mesh, "join-pane", ["hub-main-one-1": two.pane.id, "hub-side-two": ""])
      let joined = try await mesh.send("hub-side-two", "b")
      #expect(joined.status == 0 && joined.errorText.contains("hub-main-one-1"), "\(joined)")
      try await tmux.call(["break-pane", "-d", "-s", two.pane.id, "-n", "free", "-t", "=main:"])
      try await becomes(
        mesh, "break-pane", ["hub-main-free": two.pane.id, "hub-main-one": one.pane.id])
      #expect(try await mesh.send("hub-main-one-1", "c").status == 0)
      // Windows swap places, panes change windows: each address still means the same pane.
      try await tmux.call(["swap-window", "-d", "-s", one.pane.id, "-t", two.pane.id])
      #expect(try await mesh.send("hub-main-one", "for one").status == 0)
      try await tmux.call(["swap-pane", "-d", "-s", one.pane.id, "-t", two.pane.id])
      try await becomes(
        mesh, "swap-pane", ["hub-main-free": one.pane.id, "hub-main-one": two.pane.id])
      #expect(try await two.wait(3).count == 3)
      #expect(try await one.wait(1).count == 1)
    }
  }

  @Test func respawnKillAndANewLife() async throws {
    try await with { mesh in
      let tmux = mesh.tmux
      let one = try await mesh.cat("one")
      try await becomes(mesh, "new-window", ["hub-main-one": one.pane.id])
      // The same pane with another process: its program is determined again.
      let file = mesh.sandbox.path("second")
      try await tmux.call([
        "respawn-pane", "-k", "-t", one.pane.id, "sh", "-c", "exec cat >\(quoted(file))",
      ])
      try await eventually("the second cat") { Files.exists(file) }
      try await eventually("cat to run") {
        try await one.pane.format("#{pane_current_command}") == "cat"
      }
      #expect(try await mesh.send("hub-main-one", "x").status == 0)
      try await eventually("the second cat to read") { Files.text(file)?.contains("x\n") == true }
      #expect(one.text.isEmpty)
      try await one.pane.kill()
      try await becomes(mesh, "kill-pane", ["hub-main-one": ""])
      #expect(try await mesh.send("hub-main-one", "y").status == 2)
      // A new server numbers its panes from zero: old addresses lead nowhere.
      let two = try await mesh.cat("two")
      try await becomes(mesh, "new-window", ["hub-main-two": two.pane.id])
      try await end(tmux)
      let again = try await TmuxServer(
        mesh.sandbox, session: "main", window: "else", command: ["cat"])
      for name in ["a", "b", "c"] { _ = try await again.window(name, ["cat"]) }
      let ids = try await again.panes()
      #expect(ids.contains { $0.id == two.pane.id })
      for name in ["hub-main-two", "hub-main-one"] {
        #expect(try await mesh.send(name, "secret").status == 2)
      }
      try await again.call(["source-file", LocalHookTests.configuration])
      _ = try await again.window("d", ["cat"])
      try await becomes(mesh, "a new server", ["hub-main-two": "", "hub-main-else": ids[0].id])
      for name in ["hub-main-two", "hub-main-one"] {
        #expect(try await mesh.send(name, "secret").status == 2)
      }
      for pane in try await again.panes() {
        #expect(try await !pane.capture().contains("secret"))
      }
    }
  }

  /// Messages queued for a pane do not go to the pane with its number in the next server.
  @Test func aQueueIsOfOneLife() async throws {
    try await with { mesh in
      let cat = try await mesh.cat("one")
      try await mesh.tmux.call(["copy-mode", "-t", cat.pane.id])
      let kept = try await mesh.send("--queue", "--json", "hub-main-one", "kept")
      #expect(try JSONAnswer(kept).outcome == "queued", "\(kept)")
      try await end(mesh.tmux)
      let again = try await TmuxServer(mesh.sandbox, session: "main", command: ["cat"])
      let file = mesh.sandbox.path("heir")
      let heir = try await again.window("one", ["sh", "-c", "exec cat >\(quoted(file))"])
      #expect(heir.id == cat.pane.id)
      try await mesh.sandbox.must("agent-mesh", ["drain"])
      #expect(try await mesh.send("hub-main-one", "new").status == 0)
      try await eventually("the heir to read") { Files.text(file)?.contains("new") == true }
      #expect(Files.text(file)?.contains("kept") == false)
    }
  }
}
