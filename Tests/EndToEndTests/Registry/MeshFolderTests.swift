import TestSupport
import Testing

/// Slices that another program carries as files; no host can reach another by ssh.
@Suite struct MeshFolderTests {
  @Test func gitCarriesThem() async throws {
    try await MeshFolder.with(["alice", "bob", "carol"]) { members in
      let origin = members[0].sandbox.path("origin.git")
      try await members[0].must("git", ["init", "-q", "--bare", origin])
      for member in members {
        try await member.must("git", ["clone", "-q", origin, member.folder])
      }
      try await members[0].git("commit", "-q", "--allow-empty", "-m", "begin")
      try await members[0].git("push", "-q", "origin", "HEAD")
      for member in members.dropFirst() { try await member.git("pull", "-q") }
      for member in members {
        try await member.must("agent-discover")
        let name = member.folder + "/\(member.name).toml"
        #expect(Files.read(name) == Files.read(member.home + "/.agents/local.toml"))
        #expect(try await member.must("stat", ["-c", "%a", name, name + ".sig"]) == "644\n644")
        try await member.push()
      }
      for member in members {
        try await member.git("pull", "-q", "--rebase")
        // `--list` itself reads the files that have arrived.
        #expect(
          try await member.list().isSuperset(of: members.map { "\($0.name)-main-reader" }))
      }
      // A new window is carried in the same way; each member changes only its own pair of files.
      _ = try await members[1].tmux.window("fresh", ["cat"])
      try await members[1].must("agent-discover")
      try await members[1].push()
      try await members[2].git("pull", "-q", "--rebase")
      let found = try await members[2].run("agent-discover")
      #expect(found.status == 0)
      #expect(try await members[2].list().contains("bob-main-fresh"))
      #expect(
        try await members[2].must("git", ["-C", members[2].folder, "status", "--porcelain"])
          .isEmpty)
      let toml = Files.text(members[2].home + "/.agents/registry.toml") ?? ""
      #expect(toml.contains("[agents.bob-main-fresh]"))
    }
  }

  @Test func aHostileCarrierCanOnlyDelay() async throws {
    try await MeshFolder.with(["alice", "bob", "carol"]) { members in
      let (alice, bob, carol) = (members[0], members[1], members[2])
      try Files.makeDirectory(alice.folder)
      let there = alice.folder + "/bob.toml"
      // What is kept of refused messages has another place.
      try Files.makeDirectory(alice.home + "/.agents/state/refused")
      func carry(_ from: MeshFolder.Member, as name: String = "bob") throws {
        for end in [".toml", ".toml.sig"] {
          let bytes = Files.read(from.home + "/.agents/local" + end) ?? []
          try Files.write("\(alice.folder)/\(name)\(end)", bytes)
        }
      }
      try await bob.must("agent-discover")
      try await carol.must("agent-discover")
      try carry(bob)
      let old = [Files.read(there) ?? [], Files.read(there + ".sig") ?? []]
      try await alice.must("agent-discover")
      _ = try await bob.tmux.window("fresh", ["cat"])
      try await bob.must("agent-discover")
      try carry(bob)
      try await alice.must("agent-discover")
      let good: Set<String> = ["bob-main-reader", "bob-main-fresh"]
      #expect(try await alice.list().isSuperset(of: good))
      func refused(_ what: String, _ said: String, _ make: () async throws -> Void) async throws {
        Files.remove(there)
        Files.remove(there + ".sig")
        try await make()
        let first = try await alice.run("agent-discover")
        #expect(first.status == 0 && first.errorText.contains(said), "\(what): \(first)")
        let again = try await alice.run("agent-discover")
        #expect(again.status == 0 && again.err.isEmpty, "\(what), again: \(again)")
        #expect(try await alice.list().isSuperset(of: good), "\(what)")
        #expect(try await !alice.list().contains { $0.hasPrefix("carol") }, "\(what)")
      }
      try await refused("rollback", "bob: an older slice than we have seen") {
        try Files.write(there, old[0])
        try Files.write(there + ".sig", old[1])
      }
      try await refused("another host's pair", "bob: a slice that it did not sign") {
        try carry(carol)
      }
      try await refused("a pair that does not belong together", "bob: a slice that it did not") {
        try carry(bob)
        try Files.write(there + ".sig", old[1])
      }
      try await refused("a link", "bob: its file in") {
        try Files.link(there, to: bob.home + "/.agents/local.toml")
      }
      try await refused("a link to nowhere", "") { try Files.link(there, to: "/nonexistent") }
      Files.remove(alice.home + "/.agents/state/refused-slices")
      try await refused("a pipe", "bob: its file in") {
        try await alice.must("mkfifo", [there])
      }
      try await refused("3 MiB", "larger than a slice can be") {
        try Files.write(there, [UInt8](repeating: 35, count: 3 << 20))
        try Files.write(there + ".sig", old[1])
      }
      try await refused("nothing at all", "") {}
      // Our own pair is restored; the pair of a host that is no peer is ignored.
      try carry(carol, as: "alice")
      try carry(carol, as: "mallory")
      try await alice.must("agent-discover")
      #expect(
        Files.read(alice.folder + "/alice.toml") == Files.read(alice.home + "/.agents/local.toml"))
      try carry(bob)
      #expect(try await alice.run("agent-discover").err.isEmpty)
    }
  }

  /// Another account's folder that all accounts can write is no reason to stop.
  @Test func aFolderThatOthersCanWriteOrThatIsMissing() async throws {
    try await MeshFolder.with(["alice", "bob"]) { members in
      let (alice, bob) = (members[0], members[1])
      let shared = alice.sandbox.path("shared")
      try Files.makeDirectory(shared, mode: 0o777)
      try Files.setMode(shared, 0o777)
      for member in members {
        try Files.write(member.home + "/.agents/slices.conf", shared + "\n")
        try await member.must("agent-discover")
      }
      #expect(try await alice.list().contains("bob-main-reader"))
      try Files.write(bob.home + "/.agents/slices.conf", "/nonexistent/folder\n")
      let ran = try await bob.run("agent-discover")
      #expect(ran.status == 0 && ran.errorText.contains("cannot be written"), "\(ran)")
      #expect(try await bob.run("agent-discover").err.isEmpty)
    }
  }
}
