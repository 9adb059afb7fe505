import TestSupport
import Testing

/// An account as the original's installer leaves it: `install.sh` puts this program in its place, and `--uninstall` gives it back.
@Suite struct UpgradeTests {
  private static let scripts = [
    "bin/notify-pane", "bin/agent-register-hook", "bin/agent-discover", "bin/agent-self-identify",
    "scripts/sync-agent-registry.sh",
  ]
  private static let units = [
    "agent-resync.timer", "agent-resync.service", "agent-mesh.timer", "agent-mesh.service",
  ]
  private static let hooks = ["session-created", "window-linked", "window-renamed"]
    .map { "set-hook -g \($0) \"run-shell -b '~/bin/agent-register-hook on  #{session_name}'\"\n" }
    .joined()
  private static let registry =
    "[agents.hub-old-claude]\nhost = \"hub\"\ntarget = \"old:0\"\nrole = \"Claude Code agent\"\n"

  private func prepare(_ mesh: LocalMesh) async throws -> [String: String] {
    let home = mesh.home
    for folder in ["bin", "scripts", "fakes", ".config/systemd/user"] {
      try await mesh.sandbox.must("mkdir", ["-p", "\(home)/\(folder)"])
    }
    for name in Self.scripts {
      Files.remove("\(home)/\(name)")
      try Files.write("\(home)/\(name)", "#!/bin/sh\necho original\n", mode: 0o755)
    }
    for name in Self.units {
      try Files.write("\(home)/.config/systemd/user/\(name)", "[Unit]\nDescription=original\n")
    }
    for name in ["local.toml", "registry.toml"] {
      try Files.write("\(mesh.agents)/\(name)", Self.registry, mode: 0o644)
    }
    try await mesh.sandbox.must("rm", ["-rf", mesh.agents + "/keys"])
    try Files.setMode(mesh.agents, 0o755)
    try Files.write(mesh.agents + "/peers.conf", "# hosts\n", mode: 0o644)
    try Files.write(
      home + "/.tmux.conf",
      "set -g mouse on\n\n# === agent-mesh tmux hooks (managed) ===\n\(Self.hooks)")
    try await mesh.tmux.call(["source-file", home + "/.tmux.conf"])
    let said = "#!/bin/sh\necho \"$@\" >>'\(home)/fakes/calls'\n"
    try Files.write(home + "/fakes/systemctl", said, mode: 0o755)
    let path = "\(home)/fakes:\(home)/bin:\(mesh.sandbox.environment["PATH"] ?? "")"
    return mesh.tmux.outside.merging(["PATH": path]) { $1 }
  }

  @Test func theOriginalGivesWayAndComesBack() async throws {
    try await LocalMesh.with { mesh in
      let environment = try await prepare(mesh)
      func sh(_ line: String) async throws -> Ran {
        try await mesh.sandbox.run(
          "sh", ["-c", line], environment: environment, within: .seconds(300))
      }
      let installer = "'\(Repository.path("install.sh"))'"
      let ran = try await sh("\(installer) --binary '\(Programs.agentMesh)'")
      #expect([0, 7].contains(ran.status), "\(ran)")
      try expectUnits(mesh, ran)
      try await runAdvice(ran, sh)
      let manual = "! command -v man >/dev/null || man -w notify-pane"
      #expect(try await sh(manual).status == 0, "\(ran)")
      let conf = Files.text(mesh.home + "/.tmux.conf") ?? ""
      #expect(
        conf.hasPrefix("set -g mouse on\n") && !conf.contains("agent-register-hook"), "\(conf)")
      #expect(conf.contains("agent-mesh.conf"))
      let set =
        try await mesh.tmux.call(["show-hooks", "-g"])
        + (try await mesh.tmux.call(["show-hooks", "-gw"]))
      #expect(!set.contains("agent-register-hook on"), "\(set)")
      #expect(set.contains("agent-register-hook"), "ours stay: \(set)")
      try await expectItWorks(mesh, sh)
      _ = try await sh("\(installer) --uninstall")
      for name in Self.scripts {
        #expect(Files.text("\(mesh.home)/\(name)")?.contains("echo original") == true, "\(name)")
      }
      let timer = Files.text(mesh.home + "/.config/systemd/user/agent-resync.timer")
      #expect(timer?.contains("original") == true)
    }
  }

  private func expectUnits(_ mesh: LocalMesh, _ ran: Ran) throws {
    let folder = mesh.home + "/.config/systemd/user"
    for name in ["agent-resync.timer", "agent-resync.service"] {
      let ours = Files.text(Repository.path("systemd/\(name)"))
      #expect(Files.text("\(folder)/\(name)") == ours, "\(ran)")
    }
    #expect(!Files.list(folder).contains { $0.hasPrefix("agent-mesh.") })
    let calls = Files.text(mesh.home + "/fakes/calls") ?? ""
    #expect(calls.contains("--user disable --now -q agent-mesh.timer"), "\(calls)")
    #expect(calls.contains("--user restart agent-resync.timer"), "\(calls)")
  }

  /// The commands that it prints, against the original's hooks and for the manual, are run as they are printed.
  private func runAdvice(_ ran: Ran, _ sh: (String) async throws -> Ran) async throws {
    let lines = ran.text.split(separator: "\n") + ran.errorText.split(separator: "\n")
    let advice = lines.map { $0.drop { $0 == " " } }
      .filter { $0.contains("set-hook -gu") || $0.hasPrefix("sed -i") }
    #expect(advice.count == 1 + Self.hooks.split(separator: "\n").count, "\(ran)")
    for line in advice + lines.filter({ $0.contains("MANDATORY_MANPATH") }) {
      #expect(try await sh(String(line)).status == 0, "\(line)")
    }
  }

  private func expectItWorks(
    _ mesh: LocalMesh, _ sh: (String) async throws -> Ran
  ) async throws {
    let cat = try await mesh.cat("sink")
    #expect(try await sh("agent-discover").status == 0)
    let list = try await sh("notify-pane --list").text
    #expect(list.contains("hub-main-sink") && !list.contains("hub-old-claude"), "\(list)")
    #expect(try await sh("notify-pane hub-main-sink hello").status == 0)
    #expect(try await cat.wait()[0].hasSuffix("] hello"))
  }
}
