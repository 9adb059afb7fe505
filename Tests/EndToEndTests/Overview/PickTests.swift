import TestSupport
import Testing

/// The picker, as a person sees it: a tmux in a pane of another tmux.
@Suite struct PickTests {
  private static func look(_ mesh: LocalMesh) async throws -> Pane {
    let attach = ["env", "-u", "TMUX", "tmux", "-u", "attach", "-t", "main"]
    return try await TmuxServer(mesh.sandbox, name: "outer", command: attach).first()
  }

  @Test func theMenuListsAgentsAndGoesThere() async throws {
    try await LocalMesh.with { mesh in
      _ = try await mesh.cat("sink")
      _ = try await mesh.run("agent-discover")
      let outer = try await Self.look(mesh)
      _ = try await outer.waitFor("0:first*")
      #expect(try await mesh.run("agent-mesh", ["pick", "--menu"]).status == 0)
      let menu = try await outer.waitFor("hub-main-sink  ready")
      #expect(menu.contains("hub-main-first  shell"), "\(menu)")
      try await outer.keys("Enter")
      let actions = try await outer.waitFor("jump there")
      #expect(actions.contains("message") && actions.contains("history"), "\(actions)")
      try await outer.keys("Enter")
      try await eventually("the client to be there") {
        try await mesh.tmux.call(["display-message", "-p", "#{window_name}"]) == "sink"
      }
      // An agent without a history: the popup says how it closes, and one Enter does it.
      _ = try await mesh.run("agent-mesh", ["pick", "--actions", "hub-main-sink"])
      _ = try await outer.waitFor("jump there")
      try await outer.keys("l")
      _ = try await outer.waitFor("Enter closes this")
      try await outer.keys("Enter")
      try await eventually("the popup to close") {
        try await !outer.capture().contains("Enter closes this")
      }
      // A window's pane has two addresses and is one agent.
      #expect(try await mesh.run("agent-mesh", ["status"]).text.contains("  2 agents"))
    }
  }

  @Test func previewsAreSafeAndNamesAreChecked() async throws {
    try await LocalMesh.with { mesh in
      let sink = try await mesh.cat("sink")
      try await sink.pane.type("a \u{1B}[31mred")
      let shown = try await mesh.run("agent-mesh", ["pick", "--preview", "hub-main-sink"])
      #expect(shown.status == 0 && !shown.out.contains(0x1B), "\(shown)")
      for name in ["../x", "$(id)", "hub-main-nobody"] {
        #expect(try await mesh.run("agent-mesh", ["pick", "--jump", name]).status == 2)
      }
    }
  }
}
