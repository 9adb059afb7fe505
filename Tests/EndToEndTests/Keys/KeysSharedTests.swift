import TestSupport
import Testing

/// One key under two names: reported once, on standard error, when it is pinned, and logged.
@Suite struct KeysSharedTests {
  /// How many log lines say that a key is shared.
  private static func told(_ mesh: Accounts, _ host: String) throws -> Int {
    try mesh.file(host, "log/messages.jsonl").split(separator: "\n")
      .filter { $0.contains("\"event\":\"shared-key\"") }.count
  }

  @Test func aKeyThatAnotherHostHasIsAnnouncedWhenItIsPinnedByHand() async throws {
    try await Sandbox.with { sandbox in
      let mesh = try await Accounts(sandbox)
      for (name, of) in [("mallory", "bob"), ("mirror", "alice")] {
        let key = try await mesh.must(of, "agent-keys", "show").split(separator: "\n")[0]
          .split(separator: " ").prefix(2).joined(separator: " ")
        let print = try await mesh.key(of)
        let ran = try await mesh.run("alice", "agent-keys", "trust", name, key)
        #expect(ran.status == 0 && ran.errorText.contains("share \(print)"), "\(ran)")
        #expect(
          ran.errorText.contains("\(of), \(name)") || ran.errorText.contains("\(name), \(of)"))
        let again = try await mesh.run("alice", "agent-keys", "trust", name, key)
        #expect(again.status == 0 && again.errorText.isEmpty, "\(again)")
      }
      #expect(try Self.told(mesh, "alice") == 2)
      // Everyday commands do not repeat it; a command that asks for it does.
      let sync = try await mesh.run("alice", "sync-agent-registry")
      let sent = try await mesh.run("alice", "notify-pane", "bob-main-cat", "hello")
      #expect(sent.status == 0 && !(sync.errorText + sent.errorText).contains("share"))
      #expect(try Self.told(mesh, "alice") == 2)
      #expect(try await mesh.run("alice", "agent-keys", "list").errorText.contains("share"))
    }
  }

  /// A host that copied another host's key, and whose key is fetched for the first time.
  @Test func aKeyThatAnotherHostHasIsAnnouncedWhenItIsFetched() async throws {
    try await Sandbox.with { sandbox in
      let mesh = try await Accounts(sandbox, strangers: ["carol"])
      try Files.makeDirectory(try mesh.path("carol", "keys"))
      try Files.write(try mesh.path("carol", "self.conf"), "carol\n")
      try await mesh.must("carol", "agent-keys", "init")
      for name in ["sign", "sign.pub"] {
        try Files.write(
          try mesh.path("carol", "keys/" + name), try mesh.file("bob", "keys/" + name))
      }
      let print = try await mesh.key("bob")
      #expect(try await mesh.key("carol") == print)
      try Files.write(try mesh.path("alice", "peers.conf"), "bob\ncarol\n")
      try await mesh.must("alice", "sync-agent-registry")
      let log = try mesh.file("alice", "log/messages.jsonl")
      #expect(log.contains("carol is now known by \(print); bob, carol share \(print)"), "\(log)")
      #expect(try Self.told(mesh, "alice") == 1)
      let again = try await mesh.run("alice", "sync-agent-registry")
      #expect(!again.errorText.contains("share"), "\(again)")
      #expect(try Self.told(mesh, "alice") == 1)
    }
  }
}
