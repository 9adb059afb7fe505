import Mesh
import TestSupport
import Testing

/// The hooks of tmux/agent-mesh.conf on a real server.
@Suite struct LocalHookTests {
  static let configuration = Repository.path("tmux/agent-mesh.conf")

  private func list(_ mesh: LocalMesh) async throws -> Set<String> {
    Set(try await mesh.send("--list").text.split(separator: "\n").map(String.init))
  }

  /// Waits until the registry is as expected, and reports how long that took.
  private func becomes(_ mesh: LocalMesh, _ what: String, _ good: (Set<String>) -> Bool)
    async throws
  {
    let begin = ContinuousClock.now
    var last: Set<String> = []
    do {
      try await eventually(every: .milliseconds(50), what) {
        last = try await list(mesh)
        return good(last)
      }
    } catch { throw Trouble("\(error): \(last.sorted())") }
    print("registry right after \(what): \(ContinuousClock.now - begin)")
  }

  @Test func theRegistryFollows() async throws {
    try await LocalMesh.with { mesh in
      try await mesh.tmux.call(["source-file", Self.configuration])
      let marker = mesh.sandbox.path("ran")
      let one = try await mesh.tmux.window("one", ["cat"])
      try await becomes(mesh, "new-window") { $0.contains("hub-main-one") }
      try await mesh.tmux.call(["rename-window", "-t", one.id, "uno"])
      try await becomes(mesh, "rename-window") { $0.contains("hub-main-uno") }
      try await mesh.tmux.call(["split-window", "-d", "-t", one.id, "cat"])
      try await becomes(mesh, "split-window") { $0.contains("hub-main-uno-1") }
      _ = try await mesh.tmux.session("$(touch \(marker))", window: "w", ["cat"])
      try await becomes(mesh, "new-session") { $0.contains { $0.hasSuffix("-w") } }
      try await mesh.tmux.call(["rename-session", "-t", "=main", "`touch \(marker)`;'x"])
      try await becomes(mesh, "rename-session") { $0.contains { $0.hasSuffix("-x-uno") } }
      try await mesh.tmux.call(["set-option", "-w", "-t", one.id, "@agent-name", "solo"])
      try await becomes(mesh, "@agent-name") { $0.contains("hub-solo") }
      try await mesh.tmux.call(["kill-window", "-t", one.id])
      try await becomes(mesh, "kill-window") { !$0.contains("hub-solo") }
      #expect(!Files.exists(marker))
    }
  }

  @Test func hooksCarryNoNamesAndLeaveTheUsersAlone() async throws {
    try await LocalMesh.with { mesh in
      try await mesh.tmux.call(["set-hook", "-g", "window-linked", "display-message mine"])
      for _ in 0..<3 { try await mesh.tmux.call(["source-file", Self.configuration]) }
      let hooks = try await mesh.tmux.call(["show-hooks", "-g", ";", "show-hooks", "-gw"])
      let ours = hooks.split(separator: "\n").filter { $0.contains("agent-register-hook") }
      #expect(ours.count == 11, "\(hooks)")
      for hook in ours {
        #expect(hook.contains("[7700]") && hook.contains("agent-register-hook rescan"))
        // Formats occur only in tmux's own conditions, never in text that a shell gets.
        let command = hook.ranges(of: "run-shell").first.map { hook[$0.upperBound...] } ?? hook
        #expect(!command.contains("#{") && !hook.contains("#S"))
      }
      #expect(hooks.contains("display-message mine"))
      #expect(try await mesh.tmux.call(["show-options", "-gqv", "@agent-allow"]) == "@mesh")
      #expect(try await mesh.tmux.call(["show-options", "-gqv", "@agent-allow-files"]) == "@mesh")
      // A value that the user set is kept.
      try await mesh.tmux.set("-g", "@agent-allow", "@self")
      try await mesh.tmux.call(["source-file", Self.configuration])
      #expect(try await mesh.tmux.call(["show-options", "-gqv", "@agent-allow"]) == "@self")
    }
  }

  @Test func aHundredWindowsAtOnce() async throws {
    try await LocalMesh.with { mesh in
      try await mesh.tmux.call(["source-file", Self.configuration])
      let begin = ContinuousClock.now
      let windows = (0..<100).flatMap { ["new-window", "-d", "-n", "w\($0)", "cat", ";"] }
      try await mesh.tmux.call(Array(windows.dropLast()))
      let made = ContinuousClock.now
      let wanted = Set((0..<100).map { "hub-main-w\($0)" })
      try await becomes(mesh, "100 windows") { $0.isSuperset(of: wanted) }
      print("100 windows made in \(made - begin), registered \(ContinuousClock.now - made) later")
      // No pane is registered under another pane's name.
      let ids = try await mesh.tmux.call(["list-panes", "-s", "-F", "#{window_name} #{pane_id}"])
      let toml = (Files.text(mesh.agents + "/local.toml") ?? "").split(separator: "\n[")
      for line in ids.split(separator: "\n") {
        let words = line.split(separator: " ")
        let block = toml.first { $0.hasPrefix("agents.hub-main-\(words[0])]") }
        #expect(block?.contains("pane_id = \"\(words[1])\"") == true, "\(line)")
      }
    }
  }
}
