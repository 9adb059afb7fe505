import TestSupport
import Testing

/// `agent-mesh timer`, with the system's programs replaced by scripts that record their arguments.
@Suite struct MeshTimerTests {
  private static func repository(_ name: String) -> String {
    Files.text(Repository.path("systemd/\(name)")) ?? ""
  }

  private static func with(
    _ programs: [String: String], _ body: (Sandbox, [String: String], String) async throws -> Void
  ) async throws {
    try await Sandbox.with { sandbox in
      try await LocalMesh.initialise(sandbox)
      let folder = sandbox.path("fakes")
      try Files.makeDirectory(folder)
      for name in ["systemctl", "launchctl", "crontab", "loginctl"] {
        let script = programs[name] ?? "exit 1"
        try Files.write(
          "\(folder)/\(name)", "#!/bin/sh\necho \(name) \"$@\" >>\(folder)/calls\n\(script)\n",
          mode: 0o755)
      }
      let path = "\(folder):\(sandbox.environment["PATH"] ?? "")"
      try await body(sandbox, ["PATH": path], folder)
    }
  }

  @Test func systemd() async throws {
    try await Self.with(["systemctl": "exit 0", "loginctl": "echo no"]) { sandbox, path, folder in
      func timer(_ words: String...) async throws -> Ran {
        try await sandbox.run("agent-mesh", ["timer"] + words, environment: path)
      }
      #expect(try await timer("status").status == 1)
      let set = try await timer("install")
      #expect(set.status == 0 && set.text.contains("loginctl enable-linger"), "\(set)")
      let units = sandbox.home + "/.config/systemd/user"
      for name in ["agent-resync.service", "agent-resync.timer"] {
        #expect(Files.text("\(units)/\(name)") == Self.repository(name))
      }
      #expect(
        Files.text(folder + "/calls")?.contains("systemctl --user restart agent-resync.timer")
          == true)
      #expect(try await timer("status").text.hasPrefix("systemd: "))
      #expect(try await timer("install").status == 0)
      #expect(try await timer("remove").text.contains("removed: systemd"))
      #expect(Files.list(units).isEmpty)
      #expect(try await timer("remove").status == 0)
      #expect(try await timer("install", "--systemd", "--cron").status == 1)
    }
  }

  /// The units of early versions go, and so does the original's timer, whose name ours has.
  @Test func formerUnitsAreReplaced() async throws {
    try await Self.with(["systemctl": "exit 0"]) { sandbox, path, folder in
      let units = sandbox.home + "/.config/systemd/user"
      try await sandbox.must("mkdir", ["-p", units])
      for name in ["agent-mesh.timer", "agent-mesh.service", "agent-resync.timer"] {
        try Files.write("\(units)/\(name)", "[Unit]\nDescription=another\n")
      }
      let set = try await sandbox.run("agent-mesh", ["timer", "install"], environment: path)
      #expect(set.status == 0, "\(set)")
      #expect(Set(Files.list(units)) == ["agent-resync.service", "agent-resync.timer"])
      #expect(
        Files.text(units + "/agent-resync.timer") == Self.repository("agent-resync.timer"))
      let calls = Files.text(folder + "/calls") ?? ""
      #expect(calls.contains("systemctl --user disable --now -q agent-mesh.timer"), "\(calls)")
    }
  }

  @Test func launchd() async throws {
    try await Self.with(["launchctl": "exit 0"]) { sandbox, path, folder in
      let set = try await sandbox.run("agent-mesh", ["timer", "install"], environment: path)
      #expect(set.status == 0 && set.text.hasPrefix("launchd"), "\(set)")
      let file = sandbox.home + "/Library/LaunchAgents/agent-mesh.plist"
      #expect(Files.text(file) == Self.repository("agent-mesh.plist"))
      #expect(
        try await sandbox.run("agent-mesh", ["timer", "remove"], environment: path).status == 0)
      #expect(!Files.exists(file))
    }
  }

  @Test func cronLeavesTheUsersLines() async throws {
    let crontab = """
      f="$(dirname "$0")/table"
      case $1 in
        -l) [ -e "$f" ] || { echo "no crontab for you" >&2; exit 1; }; cat "$f" ;;
        -) cat >"$f" ;;
      esac
      """
    try await Self.with(["crontab": crontab]) { sandbox, path, folder in
      let table = folder + "/table"
      let mine = "MAILTO=me\n\n5 4 * * * echo '%'\n"
      try Files.write(table, mine)
      for _ in 0..<2 {
        let set = try await sandbox.run("agent-mesh", ["timer", "install"], environment: path)
        #expect(set.status == 0 && set.text.hasPrefix("cron"), "\(set)")
      }
      let line = Self.repository("agent-mesh.cron").split(separator: "\n").last ?? ""
      #expect(Files.text(table) == mine + "# agent-mesh timer\n\(line)\n")
      #expect(
        try await sandbox.run("agent-mesh", ["timer", "remove"], environment: path).status == 0)
      #expect(Files.text(table) == mine)
    }
  }

  @Test func nothingThatRunsThings() async throws {
    try await Self.with([:]) { sandbox, path, _ in
      let set = try await sandbox.run("agent-mesh", ["timer", "install"], environment: path)
      #expect(set.status == 4 && set.errorText.contains("timer install --cron"), "\(set)")
    }
  }
}
