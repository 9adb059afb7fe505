import TestSupport
import Testing

/// `tmux run-shell` shows its command's output in the given pane, over the program there.
@Suite struct RunShellTests {
  private static func line(_ mesh: LocalMesh, _ words: String) -> String {
    "AGENT_NAME=hub-main-first \(mesh.sandbox.bin)/notify-pane \(words)"
  }

  @Test(arguments: [[], ["-b"]]) func aSuccessCoversNoPane(_ options: [String]) async throws {
    try await LocalMesh.with { mesh in
      let cat = try await mesh.cat("sink")
      try await mesh.tmux.call(
        ["run-shell"] + options + ["-t", "main:first", Self.line(mesh, "hub-main-sink hello")])
      #expect(try await cat.wait()[0].hasSuffix("] hello"))
      #expect(try await mesh.tmux.first().format("#{pane_in_mode}") == "0")
    }
  }

  /// tmux and the shell both expand what stands in the line, so a text that quotes others does not belong there.
  @Test func theTextIsAFileWhereverItIsAdvised() async throws {
    var advised = 0
    for page in ["skills/agent-mesh/SKILL.md", "man/notify-pane.1", "README.md"] {
      let lines = (Files.text(Repository.path(page)) ?? "").split(separator: "\n")
      for line in lines where line.contains("run-shell") && line.contains("notify-pane") {
        advised += 1
        #expect(line.contains(" - <"), "\(page): \(line)")
      }
    }
    #expect(advised > 0)
    try await LocalMesh.with { mesh in
      let cat = try await mesh.cat("sink")
      let (file, trap) = (mesh.sandbox.path("text"), mesh.sandbox.path("ran"))
      let text = "it's #(touch \(trap)) $(touch \(trap)) #S"
      try Files.write(file, text + "\n")
      try await mesh.tmux.call(["run-shell", Self.line(mesh, "hub-main-sink - <\(quoted(file))")])
      #expect(try await cat.wait()[0].hasSuffix("] " + text))
      #expect(!Files.exists(trap))
    }
  }

  @Test func aFailureIsToldToWhoeverLooksAndInTheLog() async throws {
    try await LocalMesh.with { mesh in
      let human = try await Human.attach(to: mesh.tmux)
      try await mesh.tmux.call(
        ["run-shell", "-t", "main:first", Self.line(mesh, "hub-main-nobody '50% #(touch x) #S'")])
      try await human.terminal.waitFor("no live pane called hub-main-nobody")
      #expect(try await mesh.tmux.first().format("#{pane_in_mode}") == "0")
      #expect(try mesh.log.contains { $0.event == "run-shell" })
    }
  }

  @Test func anotherPanesViewerIsNotDisturbed() async throws {
    try await LocalMesh.with { mesh in
      _ = try await mesh.tmux.session("other")
      let human = try await Human.attach(to: mesh.tmux, session: "other")
      try await mesh.tmux.call(
        ["run-shell", "-t", "main:first", Self.line(mesh, "hub-main-nobody x")])
      try await eventually("the failure in the log") {
        try mesh.log.contains { $0.event == "run-shell" }
      }
      #expect(try await !human.terminal.capture().contains("hub-main-nobody"))
    }
  }

  /// A caller that reads the output itself gets it.
  @Test func filesPipesAndJSONWorkAsEver() async throws {
    try await LocalMesh.with { mesh in
      let cat = try await mesh.cat("sink")
      let out = mesh.sandbox.path("out")
      try await mesh.tmux.call(
        ["run-shell", Self.line(mesh, "hub-main-sink a") + " >\(out) 2>&1"])
      #expect(Files.text(out)?.contains("→ hub-main-sink") == true)
      try await mesh.tmux.call(
        ["run-shell", Self.line(mesh, "hub-main-sink b") + " | cat >\(out).b"])
      #expect(Files.text(out + ".b")?.contains("→ hub-main-sink") == true)
      try await mesh.tmux.call(
        ["run-shell", Self.line(mesh, "--json hub-main-sink c") + " >\(out).c"])
      #expect(Files.text(out + ".c")?.contains(#""outcome":"submitted""#) == true)
      try await cat.wait(3)
    }
  }
}
