import TestSupport
import Testing

/// tmux in unexpected places, a server without its socket, and hooks under every default-shell and in control mode.
@Suite struct TmuxPlacesTests {
  /// cron, timers and shells started by ssh have a short PATH.
  @Test func tmuxIsFoundOutsideOfPath() async throws {
    try await LocalMesh.with { mesh in
      try Files.makeDirectory(mesh.sandbox.home + "/.local/bin")
      try await mesh.sandbox.must(
        "ln", ["-s", Programs.tmux, mesh.sandbox.home + "/.local/bin/tmux"])
      let ran = try await mesh.run(
        mesh.sandbox.bin + "/agent-discover", environment: ["PATH": "/nowhere"])
      #expect(ran.status == 0 && ran.text.contains("1 window"), "\(ran)")
    }
  }

  @Test func aRegistryIsNotEmptiedBecauseTmuxIsMissing() async throws {
    try await LocalMesh.with { mesh in
      try await mesh.sandbox.must("agent-discover")
      let before = Files.text(mesh.agents + "/local.toml")
      let ran = try await mesh.run("agent-discover", environment: ["TMUX_BIN": "/nowhere/tmux"])
      #expect(ran.status == 4 && ran.errorText.contains("the registry stays as it was"), "\(ran)")
      #expect(before?.contains("hub-main-first") == true)
      #expect(Files.text(mesh.agents + "/local.toml") == before)
    }
  }

  /// Programs that clean /tmp remove the socket; the server and its agents live on.
  @Test(.enabled(if: Environment.isLinux)) func aServerWithoutItsSocketIsToldFromNone() async throws
  {
    try await LocalMesh.with { mesh in
      try await mesh.sandbox.must("agent-discover")
      let before = Files.text(mesh.agents + "/local.toml")
      let answer = try await mesh.tmux.call(["display-message", "-p", "#{socket_path} #{pid}"])
      let words = answer.split(separator: " ").map(String.init)
      let (socket, pid) = (words[0], words[1])
      Files.remove(socket)
      for command in ["agent-discover", "notify-pane"] {
        let arguments = command == "notify-pane" ? ["hub-main-first", "hello"] : []
        let ran = try await mesh.run(command, arguments)
        #expect(ran.status == 4, "\(ran)")
        #expect(ran.errorText.contains("runs without its socket"), "\(ran)")
        #expect(ran.errorText.contains("kill -USR1 \(pid)"), "\(ran)")
      }
      let found = try await mesh.run("agent-mesh", ["doctor"])
      #expect(found.text.contains("kill -USR1 \(pid)"), "\(found)")
      #expect(Files.text(mesh.agents + "/local.toml") == before)
      try await mesh.sandbox.must("kill", ["-USR1", pid])
      try await eventually("the socket to be there again") { Files.exists(socket) }
      try await mesh.sandbox.must("agent-discover")
    }
  }

  @Test(arguments: ["/usr/bin/fish", "/bin/csh", "/usr/bin/tcsh", "/usr/sbin/nologin"])
  func hooksRunWhateverTheDefaultShellIs(_ shell: String) async throws {
    guard Shells.has(shell) else { return }
    try await LocalMesh.with { mesh in
      try await mesh.tmux.call(["set-option", "-g", "default-shell", shell])
      try await mesh.tmux.call(["source-file", LocalHookTests.configuration])
      _ = try await mesh.tmux.window("hooked", ["cat"])
      try await eventually("the hook to register the window") {
        (Files.text(mesh.agents + "/local.toml") ?? "").contains("hub-main-hooked")
      }
      let modes = try await mesh.tmux.call(["list-panes", "-a", "-F", "#{pane_in_mode}"])
      #expect(Set(modes.split(separator: "\n")) == ["0"])
    }
  }

  /// In control mode a hook's output would open a window of the terminal.
  @Test func hooksPrintNothingInControlMode() async throws {
    try await LocalMesh.with { mesh in
      try await mesh.tmux.call(["source-file", LocalHookTests.configuration])
      let (program, arguments) = try mesh.sandbox.tmux("default")
      let renamed = mesh.sandbox.path("renamed")
      let line =
        "(while [ ! -e \(renamed) ]; do sleep 0.02; done; echo detach) | \(program) \(arguments.joined(separator: " ")) -C attach"
      let control = try mesh.sandbox.start("sh", ["-c", line])
      try await eventually("the client to attach") {
        try await mesh.tmux.call(["list-clients"]).contains("control-mode")
      }
      for number in 0..<50 {
        try await mesh.tmux.call(["rename-window", "-t", "main:0", "n\(number)"])
      }
      try await eventually("the last hook to register its name") {
        (Files.text(mesh.agents + "/local.toml") ?? "").contains("hub-main-n49")
      }
      try Files.write(renamed, "")
      let seen = try await control.finish()
      #expect(seen.text.contains("%window-renamed"), "\(seen)")
      for word in ["agent-", "returned", "%message", "%error"] {
        #expect(!seen.text.contains(word), "\(word) in \(seen.text.suffix(2000))")
      }
    }
  }

  /// Status scripts set options every second: tmux itself decides that these are not ours, and no process starts.
  @Test func optionsOfOthersStartNothing() async throws {
    try await LocalMesh.with { mesh in
      let runs = mesh.sandbox.path("runs")
      let hook = mesh.sandbox.bin + "/agent-register-hook"
      Files.remove(hook)
      try Files.write(hook, "#!/bin/sh\necho run >>\(runs)\n", mode: 0o755)
      try await mesh.tmux.call(["source-file", LocalHookTests.configuration])
      // The file itself sets two options of ours, and each starts one.
      try await eventually("the hooks of the file itself to have run") {
        Files.text(runs) == "run\nrun\n"
      }
      try Files.write(runs, "")
      for number in 0..<20 {
        try await mesh.tmux.call(["set-option", "-g", "@cpu", "\(number)"])
        try await mesh.tmux.call(["set-option", "-g", "status-right", "#(x),}\(number)"])
      }
      try await mesh.tmux.call(["set-option", "-w", "@agent-name", "solo"])
      try await eventually("our own option to start one") { Files.text(runs) == "run\n" }
    }
  }
}
