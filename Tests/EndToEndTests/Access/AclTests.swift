import TestSupport
import Testing

@Suite struct AclEndToEndTests {
  /// The README's pipeline: build → review → release, each may speak only to the next; the operator to all.
  @Test func anAllowlistedPipeline() async throws {
    try await Sandbox.with { sandbox in
      let mesh = try await Accounts(sandbox, ["hub"])
      let tmux = try #require(mesh.servers["hub"])
      let stages = ["build", "review", "release", "operator"]
      for stage in stages { _ = try await tmux.window(stage, ["cat", "-"]) }
      let senders = try await Stages(tmux, stages)
      try await tmux.set("-g", "@agent-allow", "none")
      try await tmux.set("-w", "-t", "main:build", "@agent-allow", "hub-main-operator")
      try await tmux.set(
        "-w", "-t", "main:review", "@agent-allow", "hub-main-build hub-main-operator")
      try await tmux.set(
        "-w", "-t", "main:release", "@agent-allow", "hub-main-review hub-main-operator")
      try await mesh.must("hub", "agent-register-hook", "rescan")
      let admitted = [
        "build": ["review"], "review": ["release"], "release": [],
        "operator": ["build", "review", "release"],
      ]
      for from in stages {
        for to in stages where to != from {
          let wanted: Int32 = admitted[from]?.contains(to) == true ? 0 : 5
          let foretold = try await mesh.run(
            "hub", "agent-mesh", "acl", "check", "hub-main-\(from)", "hub-main-\(to)")
          #expect(foretold.status == wanted, "\(from) → \(to): \(foretold)")
          let status = try await senders.send(from, "hub-main-\(to)", "from \(from)")
          #expect(status == wanted, "\(from) → \(to)")
        }
      }
    }
  }

  @Test func checkSaysTheRuleAndItsLevel() async throws {
    try await Sandbox.with { sandbox in
      let mesh = try await Accounts(sandbox)
      let tmux = try #require(mesh.servers["bob"])
      try await tmux.set("-w", "-t", "main:cat", "@agent-allow", "@mesh !host:alice")
      let refused = try await mesh.run(
        "bob", "agent-mesh", "acl", "check", "alice-x", "bob-main-cat")
      #expect(
        refused.status == 5 && refused.text.contains("refused by @agent-allow, window: !host:alice")
      )
      try await tmux.set("-p", "-t", "main:cat", "@agent-allow", "alice-*")
      let json = try await mesh.run(
        "bob", "agent-mesh", "acl", "check", "alice-x", "bob-main-cat", "--json")
      #expect(json.status == 0 && json.text.contains("\"level\":\"pane\""), "\(json)")
      let sent = try await mesh.run(
        "alice", "notify-pane", "--as", "alice-x", "bob-main-cat", "hello")
      #expect(sent.status == 0, "\(sent)")
      let explained = try await mesh.must("bob", "agent-mesh", "acl", "explain", "bob-main-cat")
      #expect(explained.contains("agents of alice called alice-*"))
      #expect(explained.contains("every agent of alice") && explained.contains("unset"))
      #expect(
        try await mesh.run("bob", "agent-mesh", "acl", "check", "carol-x", "bob-main-cat").status
          == 5)
      #expect(
        try await mesh.run("bob", "agent-mesh", "acl", "check", "alice-x", "bob-no-such").status
          == 2)
      #expect(
        try await mesh.run("bob", "agent-mesh", "acl", "check", "alice-x", "alice-main-cat").status
          == 1)
    }
  }

  @Test func ceilingsAreNotWidenedByOptions() async throws {
    try await Sandbox.with { sandbox in
      let mesh = try await Accounts(sandbox)
      try Files.write(try mesh.path("bob", "policy.toml"), "deny = \"host:alice\"\n")
      let foretold = try await mesh.run(
        "bob", "agent-mesh", "acl", "check", "alice-x", "bob-main-cat")
      #expect(
        foretold.status == 5 && foretold.text.contains("policy: deny host:alice"), "\(foretold)")
      #expect(try await mesh.run("alice", "notify-pane", "bob-main-cat", "x").status == 5)
      try Files.write(try mesh.path("bob", "policy.toml"), "deny = [\n")
      let broken = try await mesh.run("alice", "notify-pane", "bob-main-cat", "x")
      #expect(broken.status != 0)
      #expect(
        try await mesh.run("bob", "agent-mesh", "acl", "check", "alice-x", "bob-main-cat").status
          == 7)
    }
  }

  /// Root's file, in the test's own mount namespace; this machine's `/etc` is not touched.
  @Test(.enabled(if: Privilege.canMount, "needs root and mount namespaces"))
  func rootsCeilingStands() async throws {
    try await Sandbox.with { sandbox in
      let mesh = try await Accounts(sandbox)
      let etc = sandbox.path("etc")
      let script = """
        set -e
        mkdir '\(etc)' && cp -a /etc/passwd '\(etc)/' && mkdir '\(etc)/agent-mesh'
        printf '%s\\n' "$POLICY" > '\(etc)/agent-mesh/policy.toml'
        chmod "$MODE" '\(etc)/agent-mesh/policy.toml'
        mount --bind '\(etc)' /etc
        exec agent-mesh acl check alice-x bob-main-cat
        """
      func check(_ policy: String, _ mode: String = "644") async throws -> Ran {
        Files.remove(etc)
        return try await mesh.hosts["bob"].run(
          "unshare", ["-m", "sh", "-c", script], environment: ["POLICY": policy, "MODE": mode])
      }
      #expect(try await check("rate = 100").status == 0)
      let denied = try await check("deny = \"host:alice\"")
      #expect(denied.status == 5 && denied.text.contains("policy: deny host:alice"), "\(denied)")
      #expect(try await check("allow = \"@self\"").status == 5)
      #expect(try await check("allow = [").status == 7)
      #expect(try await check("no_such = 1").status == 7)
      let writable = try await check("rate = 100", "666")
      #expect(writable.status == 7 && writable.errorText.contains("chmod"), "\(writable)")
    }
  }

  @Test func lintFindsWhatAdmitsNobodyOrNothing() async throws {
    try await Sandbox.with { sandbox in
      let mesh = try await Accounts(sandbox)
      let tmux = try #require(mesh.servers["bob"])
      let clean = try await mesh.run("bob", "agent-mesh", "acl", "lint")
      #expect(clean.status == 0, "\(clean)")
      try await tmux.set("-s", "@agent-allow", "@mesh")
      try await tmux.set("-w", "-t", "main:cat", "@agent-allow", "h* @self")
      try await tmux.set("-p", "-t", "main:cat", "@agent-allow", "host:nobody !host:alice alice-x")
      let found = try await mesh.run("bob", "agent-mesh", "acl", "lint")
      #expect(found.status == 1)
      for words in [
        "a value at the server level never permits", "does not parse, so it admits nobody",
        "no key is pinned for that host", "alice-x has no effect",
      ] { #expect(found.text.contains(words), "\(words) in \(found)") }
    }
  }
}

/// Windows whose shell sends what a file tells it to, like the agent in that window would.
struct Stages: Sendable {
  private let tmux: TmuxServer
  private let folder: String

  init(_ tmux: TmuxServer, _ names: [String]) async throws {
    self.tmux = tmux
    folder = tmux.sandbox.path("stages")
    try Files.makeDirectory(folder)
    for name in names {
      // A second pane in the window would be another sender: respawn the window's own pane with a loop in front.
      try await tmux.call([
        "respawn-pane", "-k", "-t", "main:\(name)", "sh", "-c",
        "while :; do if [ -f '\(folder)/\(name)' ]; then . '\(folder)/\(name)'; fi; sleep 0.02; done & cat",
      ])
    }
  }

  /// - Returns: the exit status of `notify-pane` in that stage's pane.
  func send(_ stage: String, _ to: String, _ text: String) async throws -> Int32 {
    let done = "\(folder)/done"
    Files.remove(done)
    let file = "\(folder)/\(stage)"
    let order =
      "rm -f '\(file)'; notify-pane \(to) '\(text)' >/dev/null 2>&1; echo $? > '\(done).new'; mv '\(done).new' '\(done)'\n"
    try Files.write(file + ".new", order)
    try await tmux.sandbox.must("mv", [file + ".new", file])
    return try await eventually("the sending of \(stage)") {
      Files.text(done).flatMap { Int32($0.filter { !$0.isWhitespace }) }
    }
  }
}

/// What this machine allows a test to do.
enum Privilege {
  static let canMount: Bool = {
    let isRoot = (Files.text("/proc/self/status") ?? "").contains("\nUid:\t0\t")
    return isRoot && Files.exists("/usr/bin/unshare") && Files.exists("/proc/self/ns/mnt")
  }()
}
