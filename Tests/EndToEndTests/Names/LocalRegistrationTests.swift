import Mesh
import TestSupport
import Testing

/// What is registered, under which names, and how the registry stays right.
@Suite struct LocalRegistrationTests {
  private func list(_ mesh: LocalMesh) async throws -> [String] {
    try await mesh.send("--list").text.split(separator: "\n").map(String.init)
  }

  @Test func discoverSaysWhatItFound() async throws {
    try await LocalMesh.with { mesh in
      _ = try await mesh.tmux.window("a b", ["cat"])
      _ = try await mesh.tmux.session("Other Work", window: "c|d", ["cat"])
      for name in ["scratch", "tmp", "temp", "test", "test-1", "_x"] {
        _ = try await mesh.tmux.session(name, ["cat"])
      }
      let ran = try await mesh.run("agent-discover")
      #expect(
        ran.text.hasPrefix("agent-discover: 2 session(s), 3 window(s) on hub; "), "\(ran)")
      #expect(
        try await list(mesh) == [
          "hub-main-a-b", "hub-main-a-b-0", "hub-main-first", "hub-main-first-0",
          "hub-other-work-c-d", "hub-other-work-c-d-0",
        ])
      // Skipped sessions have no addresses.
      let skipped = try await mesh.send("hub-scratch-first", "x")
      #expect(skipped.status == 2, "\(skipped)")
      let toml = try #require(Files.text(mesh.agents + "/local.toml"))
      for text in [
        "[agents.hub-other-work-c-d]", "target = \"Other Work:0\"", "session = \"Other Work\"",
        "window = \"c|d\"", "role = \"cat agent in Other Work:0\"",
        "scope = \"Window target Other Work:0; current path ",
      ] { #expect(toml.contains(text), "\(text)\n\(toml)") }
      let registry = try #require(Files.text(mesh.agents + "/registry.toml"))
      #expect(registry.contains("[agents.hub-main-a-b]"))
      // A second run changes nothing.
      let before = Files.read(mesh.agents + "/local.toml")
      #expect(try await mesh.run("agent-discover").status == 0)
      #expect(Files.read(mesh.agents + "/local.toml") == before)
    }
  }

  /// A home on NFS: the machine that registered first continues, and the registry does not flip back and forth.
  @Test(.enabled(if: Files.exists("/etc/machine-id")))
  func aHomeThatAnotherMachineUsesTooIsLeftToIt() async throws {
    try await LocalMesh.with { mesh in
      #expect(try await mesh.run("agent-discover").status == 0)
      let path = mesh.agents + "/state/machine"
      let own = try #require(Files.text(path))
      let before = Files.read(mesh.agents + "/local.toml")
      let other = String(repeating: "0123456789abcdef", count: 2)
      let now = try #require(own.split(whereSeparator: \.isWhitespace).last)
      try Files.write(path, "\(other) \(now)\n", mode: 0o600)
      _ = try await mesh.tmux.window("fresh", ["cat"])
      let refused = try await mesh.run("agent-discover")
      #expect(refused.status != 0 && refused.errorText.contains("another machine"), "\(refused)")
      #expect(Files.read(mesh.agents + "/local.toml") == before)
      // That machine has been silent for an hour: this machine takes over.
      try Files.write(path, "\(other) \((Int64(now) ?? 0) - 3_700_000)\n", mode: 0o600)
      #expect(try await mesh.run("agent-discover").status == 0)
      #expect(try await list(mesh).contains("hub-main-fresh"))
    }
  }

  @Test func onOffAndMissingArguments() async throws {
    try await LocalMesh.with { mesh in
      _ = try await mesh.tmux.session("work", ["cat"])
      for arguments in [[], ["on"], ["off"], ["on", ""], ["off", ""]] {
        let ran = try await mesh.run("agent-register-hook", arguments)
        #expect(ran.status == 0 && ran.out.isEmpty && ran.err.isEmpty, "\(arguments): \(ran)")
      }
      #expect(try await mesh.run("agent-register-hook", ["on", "work"]).status == 0)
      #expect(try await list(mesh).contains("hub-work-first"))
      #expect(try await mesh.run("agent-register-hook", ["off", "work"]).status == 0)
      #expect(try await list(mesh) == ["hub-main-first", "hub-main-first-0"])
      // `off` also applies to senders that know the name.
      let sent = try await mesh.send("hub-work-first", "x")
      #expect(sent.status == 2 && sent.errorText.contains("nothing was typed"), "\(sent)")
      // Hooks do not turn it on again; `on` does.
      #expect(try await mesh.run("agent-register-hook", ["rescan"]).status == 0)
      #expect(try await !list(mesh).contains("hub-work-first"))
      #expect(try await mesh.run("agent-register-hook", ["on", "work"]).status == 0)
      #expect(try await mesh.send("hub-work-first", "x").status == 0)
      let odd = try await mesh.run("agent-register-hook", ["off", "$(touch x)\n"])
      #expect(odd.status == 0 && !Files.exists(mesh.home + "/x"))
    }
  }

  @Test func afterARenameTheOldAddressAnswersWithANotice() async throws {
    try await LocalMesh.with { mesh in
      let cat = try await mesh.cat("sink")
      try await mesh.sandbox.must("agent-discover", environment: mesh.tmux.outside)
      try await mesh.tmux.call(["rename-window", "-t", cat.pane.id, "basin"])
      try await mesh.tmux.call(["rename-session", "-t", "=main", "house"])
      try await mesh.sandbox.must("agent-register-hook", ["rescan"], environment: mesh.tmux.outside)
      let old = try await mesh.send("hub-main-sink", "a")
      #expect(old.status == 0, "\(old)")
      #expect(old.errorText.contains("hub-main-sink is called hub-house-basin now"), "\(old)")
      let new = try await mesh.send("hub-house-basin", "b")
      #expect(new.status == 0 && new.err.isEmpty, "\(new)")
      for form in ["hub-house-basin-0", "hub-house-basin.0"] {
        let ran = try await mesh.send(form, "c")
        #expect(ran.status == 0 && ran.err.isEmpty, "\(form): \(ran)")
      }
      #expect(try await cat.wait(4).count == 4)
      // Meanwhile a new window does not get the old address.
      _ = try await mesh.tmux.session("main", window: "sink", ["cat"])
      let found = try await mesh.run("agent-register-hook", ["rescan"])
      #expect(found.errorText.contains("hub-main-sink is taken: the other one is hub-main-sink~2"))
      // A sender that is not admitted does not learn the new name.
      try await cat.pane.set("@agent-allow", "none")
      let denied = try await mesh.send("hub-main-sink", "d")
      #expect(denied.status == 5 && !denied.errorText.contains("basin"), "\(denied)")
    }
  }

  @Test func aTargetThatIsNotThereChangesNoOtherWindow() async throws {
    try await LocalMesh.with { mesh in
      let cat = try await mesh.cat("sink")
      for target in ["main:nope", "nosuch:5", "%77", "@77", "main:0.9", ""] {
        let ran = try await mesh.run("agent-self-identify", ["-t", target, "--role", "wrong"])
        #expect(ran.status == 1 && ran.errorText.contains("has no target"), "\(target): \(ran)")
      }
      let roles = try await mesh.tmux.call(["list-panes", "-a", "-F", "#{@agent-role}"])
      #expect(!roles.contains("wrong"), "\(roles)")
      let ran = try await mesh.run("agent-self-identify", ["-t", cat.pane.id, "--role", "right"])
      #expect(ran.status == 0 && ran.text.contains("right"), "\(ran)")
    }
  }

  @Test func sessionsThatAreLeftOutAreSaidToBe() async throws {
    try await LocalMesh.with { mesh in
      _ = try await mesh.tmux.session("test", window: "cat", ["cat"])
      _ = try await mesh.tmux.session("dev2", window: "cat", ["cat"])
      try await mesh.sandbox.must(
        "agent-register-hook", ["off", "dev2"], environment: mesh.tmux.outside)
      for (name, words) in [
        ("hub-test-cat", "session test is left out"), ("test:cat", "session test is left out"),
        ("hub-dev2-cat", "session dev2 was taken off"), ("dev2:cat", "session dev2 was taken off"),
        ("main:nope", "no session main has a window nope"), ("%99", "there is no pane %99"),
        ("1", "1 is no name"),
      ] {
        let ran = try await mesh.send(name, "x")
        #expect(ran.status == 2 && ran.errorText.contains(words), "\(name): \(ran)")
      }
    }
  }

  @Test func collisionsAreResolvedAndSaid() async throws {
    try await LocalMesh.with { mesh in
      let first = try await mesh.tmux.session("a-b", window: "c", ["cat"])
      try await mesh.sandbox.must("agent-discover", environment: mesh.tmux.outside)
      let second = try await mesh.tmux.session("a", window: "b-c", ["cat"])
      let third = try await mesh.tmux.session("A B", window: "C", ["cat"])
      let ran = try await mesh.run("agent-discover")
      #expect(ran.errorText.contains("hub-a-b-c is taken: the other one is hub-a-b-c~2"), "\(ran)")
      #expect(ran.errorText.contains("hub-a-b-c~3"))
      for (name, pane) in [("", first), ("~2", second), ("~3", third)] {
        #expect(try await mesh.send("hub-a-b-c\(name)", "to \(name)x").status == 0)
        try await pane.waitFor("to \(name)x")
      }
      // The pane that has the address keeps it, whatever happens to the others.
      try await first.kill()
      try await mesh.sandbox.must("agent-discover", environment: mesh.tmux.outside)
      #expect(try await mesh.send("hub-a-b-c~2", "again").status == 0)
      try await second.waitFor("again")
    }
  }

  @Test func namesOfTheUsersOwn() async throws {
    try await LocalMesh.with { mesh in
      let cat = try await mesh.cat("sink")
      try await mesh.tmux.call(["set-option", "-w", "-t", cat.pane.id, "@agent-name", "The Sink"])
      try await mesh.tmux.call([
        "split-window", "-d", "-t", cat.pane.id, "sh", "-c", "exec cat",
      ])
      let split = try #require(try await mesh.tmux.panes().last)
      try await split.set("@agent-name", "helper|2")
      try await mesh.sandbox.must("agent-discover", environment: mesh.tmux.outside)
      #expect(
        try await list(mesh) == [
          "hub-helper-2", "hub-main-first", "hub-main-first-0", "hub-the-sink", "hub-the-sink-0",
          "hub-the-sink-1",
        ])
      #expect(try await mesh.send("hub-the-sink", "a").status == 0)
      try await mesh.tmux.call(["rename-window", "-t", cat.pane.id, "else"])
      #expect(try await mesh.send("hub-the-sink", "b").status == 0)
      #expect(try await mesh.send("hub-helper-2", "c").status == 0)
      try await split.waitFor("] c")
      #expect(try await cat.wait(2).count == 2)
    }
  }

  @Test func rolesAndScopesAreInherited() async throws {
    try await LocalMesh.with { mesh in
      let one = try await mesh.tmux.window("one", ["cat"])
      _ = try await mesh.tmux.window("two", ["cat"])
      try await mesh.tmux.set("-t", "main:", "@agent-role", "builder")
      try await mesh.tmux.set("-g", "@agent-scope", "everything")
      try await mesh.tmux.set("-w", "-t", one.id, "@agent-role", "tester $(touch x)\u{1B}[31m")
      try await mesh.sandbox.must("agent-discover", environment: mesh.tmux.outside)
      let lines = try await mesh.send("--list", "--json").text.split(separator: "\n")
      let first = try #require(lines.first { $0.contains("\"hub-main-one\"") })
      // tmux 3.4 and 3.5 print control characters as `\033` themselves.
      let shown = ["␛", #"\\033"#].map { #""role":"tester $(touch x)\#($0)[31m""# }
      #expect(shown.contains { first.contains($0) }, "\(first)")
      let second = try #require(lines.first { $0.contains("\"hub-main-two\"") })
      #expect(second.contains(#""role":"builder""#), "\(second)")
      // The original asks the window first, then the session.
      #expect(second.contains("Window target main:"))
    }
  }

  @Test func selfIdentify() async throws {
    try await LocalMesh.with { mesh in
      let pane = try await mesh.tmux.first()
      let ran = try await pane.run(
        "agent-self-identify", ["--role", "release manager", "--scope", "a|b"])
      #expect(ran.text == "hub-main-first: release manager — a|b", "\(ran)")
      // Called again without a word, it keeps what was said.
      #expect(
        try await pane.run("agent-self-identify", ["--role", "cook"]).text
          == "hub-main-first: cook — a|b")
      #expect(
        try await pane.run("agent-self-identify", []).text == "hub-main-first: cook — a|b")
      _ = try await pane.run("agent-self-identify", ["--role", "release manager"])
      let list = try await mesh.send("--list", "--json").text
      #expect(list.contains(#""role":"release manager","#) && list.contains(#""scope":"a|b","#))
      let other = try await mesh.tmux.window("other", ["cat"])
      let environment = mesh.tmux.outside.merging(["AGENT_ROLE": "r", "AGENT_SCOPE": "s"]) { $1 }
      let there = try await mesh.sandbox.run(
        "agent-self-identify", ["-t", other.id], environment: environment)
      #expect(there.text == "hub-main-other: r — s", "\(there)")
      let nowhere = try await mesh.run("agent-self-identify")
      #expect(nowhere.status == 1 && nowhere.errorText.contains("-t"), "\(nowhere)")
      let unknown = try await mesh.run("agent-self-identify", ["-t", "nothing:9"])
      #expect(unknown.status == 1, "\(unknown)")
    }
  }

  @Test func aPaneThatIsAnotherNowIsNotTypedInto() async throws {
    try await LocalMesh.with { mesh in
      let cat = try await mesh.cat("sink")
      try await mesh.sandbox.must("agent-discover", environment: mesh.tmux.outside)
      // A shell has replaced the reader: what the registry knew does not apply.
      try await mesh.tmux.call(["respawn-pane", "-k", "-t", cat.pane.id, "env", "PS1=$ ", "sh"])
      try await cat.pane.waitFor("$")
      let marker = mesh.sandbox.path("ran")
      let ran = try await mesh.send("hub-main-sink", "touch \(marker)")
      #expect(ran.text.hasSuffix(": shown"), "\(ran)")
      try await cat.pane.waitFor("touch")
      #expect(!Files.exists(marker))
    }
  }
}
