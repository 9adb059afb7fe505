import TestSupport
import Testing

/// `agent-mesh setup`: what it writes is complete, written only once, and removed again without a trace.
@Suite struct SetupAgentsTests {
  @Test(
    "setup prints first; --write is idempotent and keeps what was there; --remove leaves the same bytes"
  )
  func writeAndRemove() async throws {
    try await Sandbox.with { sandbox in
      try await LocalMesh.initialise(sandbox)
      let settings = """
        {
          "hooks" : {
            "Stop" : [
              {
                "hooks" : [
                  {
                    "command" : "mine",
                    "type" : "command"
                  }
                ]
              }
            ]
          },
          "model" : "big",
          "permissions" : {
            "allow" : [
              "Bash(ls:*)"
            ]
          },
          "timeout" : 12
        }

        """
      let lines = """
        mkdir -p .local/share/agent-mesh .claude .codex/rules .gemini &&
        echo '# My own' >.codex/rules/agent-mesh.rules &&
        cp '\(Repository.path("skills/agent-mesh/SKILL.md"))' .local/share/agent-mesh/SKILL.md &&
        echo '# My rules' >.codex/AGENTS.md && echo '# Mine' >.gemini/GEMINI.md
        """
      try await sandbox.must("sh", ["-c", lines])
      try Files.write(sandbox.home + "/.claude/settings.json", settings)
      let files = [
        ".claude/settings.json", ".claude/skills/agent-mesh/SKILL.md", ".codex/AGENTS.md",
        ".codex/rules/agent-mesh.rules", ".gemini/GEMINI.md", "AGENTS.md",
      ]
      func state() -> [String] { files.map { Files.text("\(sandbox.home)/\($0)") ?? "-" } }
      let before = state()
      let agents = ["claude", "codex", "gemini", "agents-md"]
      for agent in agents { try await sandbox.must("agent-mesh", ["setup", agent]) }
      #expect(state() == before, "without --write nothing changes")
      // An option of tmux is the person's to set.
      let claude = try await sandbox.run("agent-mesh", ["setup", "claude"])
      #expect(claude.errorText.contains("set-option -g @agent-via auto"), "\(claude)")
      for agent in agents { try await sandbox.must("agent-mesh", ["setup", agent, "--write"]) }
      let written = state()
      #expect(zip(written, before).allSatisfy { $0 != $1 })
      #expect(written[0].contains("Bash(notify-pane:*)") && written[0].contains("\"mine\""))
      #expect(
        written[0].contains("agent-mesh agent-hook prompt")
          && written[0].contains("\"timeout\" : 12"))
      #expect(written[2].hasPrefix("# My rules\n") && written[2].contains("notify-pane --reply"))
      #expect(written[3].contains("prefix_rule"))
      for agent in agents {
        let again = try await sandbox.must("agent-mesh", ["setup", agent, "--write"])
        #expect(again.contains("nothing to change"), "\(again)")
      }
      #expect(state() == written)
      for agent in agents { try await sandbox.must("agent-mesh", ["setup", agent, "--remove"]) }
      #expect(state() == before)
      // What the user made of our file is the user's.
      let rules = "\(sandbox.home)/\(files[3])"
      try await sandbox.must("agent-mesh", ["setup", "codex", "--write"])
      try Files.write(rules, written[3] + "# added\n")
      let kept = try await sandbox.must("agent-mesh", ["setup", "codex", "--remove"])
      #expect(Files.text(rules) == written[3] + "# added\n", "\(kept)")
      #expect(kept.contains("agent-mesh.rules: was changed"), "\(kept)")
      #expect(Files.text(rules + ".before-agent-mesh") == "# My own\n")
    }
  }

  @Test("Settings that do not parse leave every file as it was")
  func settingsThatDoNotParse() async throws {
    try await Sandbox.with { sandbox in
      try await LocalMesh.initialise(sandbox)
      try await sandbox.must(
        "sh",
        [
          "-c",
          "mkdir -p .local/share/agent-mesh .claude && echo skill >.local/share/agent-mesh/SKILL.md && echo '{' >.claude/settings.json",
        ])
      let ran = try await sandbox.run("agent-mesh", ["setup", "claude", "--write"])
      #expect(ran.status == 1 && ran.text.isEmpty, "\(ran)")
      #expect(!Files.exists(sandbox.home + "/.claude/skills"))
    }
  }

  @Test("The hook mentions what waits once, by count and host, and is silent about everything else")
  func hook() async throws {
    try await LocalMesh.with { mesh in
      let (first, second) = (mesh.sandbox.path("first"), mesh.sandbox.path("second"))
      let hook = "agent-mesh agent-hook prompt </dev/null"
      let less = try await mesh.tmux.window(
        "less",
        [
          "sh", "-c",
          "less .agents/self.conf; \(hook) >\(quoted(first)); \(hook) >\(quoted(second)); exec cat",
        ])
      try await less.waitFor("hub")
      let sent = try await mesh.send("--queue", "hub-main-less", "a secret body")
      #expect(sent.status == 0, "\(sent)")
      // Outside of panes the hook prints nothing, whatever it reads from stdin.
      for stdin in ["", "{}", "no json"] {
        let ran = try await mesh.run(
          "agent-mesh", ["agent-hook", "prompt"], stdin: Array(stdin.utf8))
        #expect(ran.status == 0 && ran.text == "{}", "\(ran)")
      }
      try await mesh.tmux.call(["send-keys", "-t", less.id, "q"])
      try await eventually("both hooks to end") { Files.text(second)?.hasSuffix("\n") == true }
      let said = Files.text(first) ?? ""
      #expect(
        said.contains("1 message from hub waits") && said.contains("UserPromptSubmit"), "\(said)")
      #expect(!said.contains("secret"))
      #expect(Files.text(second) == "{}\n")
    }
  }
}
