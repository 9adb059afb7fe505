import TestSupport
import Testing

/// `agent-mesh log` and `--verify` on the histories of two accounts.
@Suite struct HistoryEndToEndTests {
  /// The id of the last message in a host's log.
  private static func lastID(_ mesh: Accounts, _ host: String) throws -> String {
    let ids = try mesh.file(host, "log/messages.jsonl").split(separator: "\"id\":\"").dropFirst()
    return String(try #require(ids.last).prefix(26))
  }

  @Test func everyDecisionIsOneLineAndTheChainHolds() async throws {
    try await Sandbox.with { sandbox in
      let mesh = try await Accounts(sandbox, ["alice"])
      for number in 1...5 {
        try await mesh.must("alice", "notify-pane", "alice-main-cat", "text \(number)")
      }
      _ = try await mesh.run("alice", "notify-pane", "alice-no-such", "x")
      let checked = try await mesh.must("alice", "agent-mesh", "log", "--check")
      #expect(checked.contains("unbroken"))
      let last = try await mesh.must("alice", "agent-mesh", "log", "-n", "2")
      #expect(last.split(separator: "\n").count == 2)
      let json = try await mesh.must("alice", "agent-mesh", "log", "-n", "100", "--json")
      #expect(
        json.split(separator: "\n").allSatisfy { $0.hasPrefix("{") && $0.contains("\"schema\":1") })
      #expect(!json.contains("text 3"))
    }
  }

  @Test func editsGapsAndTruncationsAreFound() async throws {
    try await Sandbox.with { sandbox in
      let mesh = try await Accounts(sandbox, ["alice"])
      for number in 1...4 {
        try await mesh.must("alice", "notify-pane", "alice-main-cat", "text \(number)")
      }
      let path = try mesh.path("alice", "log/messages.jsonl")
      let text = try #require(Files.text(path))
      let head = try await mesh.must("alice", "agent-mesh", "log", "--head")
      let lines = text.split(separator: "\n").map(String.init)
      func check(_ lines: [String], _ more: [String] = []) async throws -> Ran {
        try Files.write(path, lines.map { $0 + "\n" }.joined())
        return try await mesh.hosts["alice"].run("agent-mesh", ["log", "--check"] + more)
      }
      #expect(try await check(lines, ["--head", head]).status == 0)
      for number in lines.indices.dropLast() {
        var edited = lines
        edited[number] = edited[number].replacing("\"time\":\"2", with: "\"time\":\"3")
        #expect(
          try await check(edited).text.contains("messages.jsonl:\(number + 2): does not follow"))
      }
      var gap = lines
      gap.remove(at: 1)
      #expect(try await check(gap).status == 6)
      #expect(try await check(lines.dropLast()).status == 0)
      let cut = try await check(lines.dropLast(), ["--head", head])
      #expect(cut.status == 6 && cut.text.contains("noted head"))
      let nonsense = try await check(lines + ["not json"])
      #expect(nonsense.status == 6 && nonsense.text.contains("no line of ours"))
      #expect(try await check(lines + lines).status == 6)
    }
  }

  @Test func aMessageIsVerifiedAgainAndWithoutUs() async throws {
    try await Sandbox.with { sandbox in
      let mesh = try await Accounts(sandbox)
      try await mesh.must("alice", "notify-pane", "bob-main-cat", "prove it")
      let id = try Self.lastID(mesh, "bob")
      let verified = try await mesh.must("bob", "notify-pane", "--verify", String(id.prefix(8)))
      #expect(verified.contains("verified \(id) from alice"))
      #expect(verified.contains(try await mesh.key("alice")) && verified.contains("pinned"))
      #expect(
        try await mesh.must("alice", "notify-pane", "--verify", id).contains("this account's key"))
      let proof = try mesh.hosts["bob"].home + "/proof dir"
      let out = try await mesh.must("bob", "notify-pane", "--verify", id, "--export", proof)
      let line = try #require(out.split(separator: "\n").last)
      let stock = try await mesh.run("bob", "sh", "-c", String(line))
      #expect(
        stock.status == 0 && stock.text.contains("Good \"message@agent-mesh\" signature"),
        "\(stock)")
      // Again: the same. Another message's proof is not replaced.
      try await mesh.must("bob", "notify-pane", "--verify", id, "--export", proof)
      try await mesh.must("alice", "notify-pane", "bob-main-cat", "another one")
      let other = try await mesh.run(
        "bob", "notify-pane", "--verify", try Self.lastID(mesh, "bob"), "--export", proof)
      #expect(
        other.status == 1
          && other.errorText.contains("statement exists already; nothing was exported"), "\(other)")
      // A directory that holds a file of these names: nothing of it changes, and nothing is added.
      let keys = try mesh.path("bob", "keys")
      let pins = try mesh.file("bob", "keys/allowed_signers")
      let over = try await mesh.run("bob", "notify-pane", "--verify", id, "--export", keys)
      #expect(
        over.status == 1
          && over.errorText.contains("allowed_signers exists already; nothing was exported"),
        "\(over)")
      #expect(try mesh.file("bob", "keys/allowed_signers") == pins)
      #expect(!Files.exists(keys + "/statement") && !Files.exists(keys + "/verify.txt"))
      try Files.write(
        proof + "/statement",
        (Files.text(proof + "/statement") ?? "").replacing("bob-main", with: "bob-mean"))
      #expect(try await mesh.run("bob", "sh", "-c", String(line)).status != 0)
      #expect(try await mesh.run("bob", "notify-pane", "--verify", "aaaaaaaa").status == 1)
      #expect(try await mesh.run("bob", "notify-pane", "--verify", "../../x").status == 1)
      // An edited line, an unpinned key.
      let path = try mesh.path("bob", "log/messages.jsonl")
      let log = try #require(Files.text(path))
      try Files.write(path, log.replacing("to: bob-main-cat", with: "to: bob-main-dog"))
      #expect(try await mesh.run("bob", "notify-pane", "--verify", id).status == 6)
      try Files.write(path, log)
      try await mesh.must("bob", "agent-keys", "distrust", "alice")
      #expect(try await mesh.run("bob", "notify-pane", "--verify", id).status == 6)
    }
  }

  @Test func oldMessagesAreVerifiedWithOldKeys() async throws {
    try await Sandbox.with { sandbox in
      let mesh = try await Accounts(sandbox)
      try await mesh.must("alice", "notify-pane", "bob-main-cat", "with the old key")
      let id = try Self.lastID(mesh, "bob")
      try await mesh.must("alice", "agent-keys", "rotate")
      _ = try await mesh.run("bob", "sync-agent-registry")
      for host in ["alice", "bob"] { try await mesh.must(host, "notify-pane", "--verify", id) }
    }
  }

  @Test func bodiesAreLoggedOnlyWhenAskedFor() async throws {
    try await Sandbox.with { sandbox in
      let mesh = try await Accounts(sandbox, ["alice"])
      let log = { try mesh.file("alice", "log/messages.jsonl") }
      try await mesh.must("alice", "notify-pane", "alice-main-cat", "not to be kept")
      #expect(try !log().contains("not to be kept"))
      try Files.write(try mesh.path("alice", "policy.toml"), "log_bodies = true\n")
      try await mesh.must("alice", "notify-pane", "alice-main-cat", "to be kept")
      #expect(try log().contains("\"body\":\"to be kept\""))
      let sealed = try await mesh.run(
        "alice", "notify-pane", "--seal", "alice-main-cat", stdin: "sealed from all eyes")
      #expect(sealed.status == 0, "\(sealed)")
      #expect(try !log().contains("sealed from all eyes"))
      let long = try await mesh.run(
        "alice", "notify-pane", "alice-main-cat", "-", stdin: String(repeating: "x", count: 3900))
      let lines = try log().split(separator: "\n")
      #expect(lines.allSatisfy { $0.utf8.count < 4096 }, "\(long)")
      #expect(try await mesh.must("alice", "agent-mesh", "log", "--check").contains("unbroken"))
      try await mesh.must("alice", "notify-pane", "--verify", try Self.lastID(mesh, "alice"))
    }
  }

  @Test func theChainGoesOnAcrossFiles() async throws {
    try await Sandbox.with { sandbox in
      let mesh = try await Accounts(sandbox, ["alice"])
      let path = try mesh.path("alice", "log/messages.jsonl")
      try await mesh.must("alice", "notify-pane", "alice-main-cat", "first")
      // One huge meaningless line: only the size matters for rotation.
      try await mesh.must(
        "alice", "sh", "-c",
        "head -c 17000000 /dev/zero | tr '\\0' ' ' >> '\(path)'; echo >> '\(path)'")
      try await mesh.must("alice", "notify-pane", "alice-main-cat", "second")
      try await mesh.must("alice", "notify-pane", "alice-main-cat", "third")
      #expect(Files.exists(try mesh.path("alice", "log/messages.1.jsonl")))
      let modes = try await mesh.must(
        "alice", "sh", "-c",
        "stat -c %a '\(path)' '\(path.replacing("messages.jsonl", with: "messages.1.jsonl"))'")
      #expect(modes == "600\n600")
      let ids = try mesh.file("alice", "log/messages.jsonl").split(separator: "\n").count
      #expect(ids == 2)
      #expect(
        try await mesh.must("alice", "agent-mesh", "log", "-n", "5", "--json").contains(
          "\"event\":\"received\""))
    }
  }

  @Test func followingShowsWhatComes() async throws {
    try await Sandbox.with { sandbox in
      let mesh = try await Accounts(sandbox, ["alice"])
      let alice = try mesh.hosts["alice"]
      let following = try sandbox.start(
        "agent-mesh", ["log", "-n", "0", "-f"], environment: alice.environment,
        directory: alice.home)
      try await eventually("the line") {
        try await mesh.must("alice", "notify-pane", "alice-main-cat", "look")
        return following.soFar.text.contains("alice-main-cat")
      }
      following.kill()
    }
  }
}
