import Mesh
import TestSupport
import Testing

@testable import MeshHost

/// The home directory in `Tests/Fixtures/home`, written by an earlier build, can still be read.
@Suite struct HomeFixtureTests {
  private static let folder = Repository.path("Tests/Fixtures/home")

  /// When the fixture was written, in seconds since 1970.
  private static var time: Int64 {
    get throws {
      let text = try #require(Files.text("\(folder)/time"))
      return try #require(Int64(text.prefix { $0.isNumber }))
    }
  }

  /// Copies the fixture into a sandbox's home, and sets the modes that git does not store.
  private func copy(_ sandbox: Sandbox) async throws {
    let line = """
      cp -R "$0/agents" "$HOME/.agents" && cp -R "$0/inbox" "$HOME/.agent-inbox" &&
      find "$HOME/.agents" "$HOME/.agent-inbox" -type d -exec chmod 700 {} + &&
      find "$HOME/.agents" "$HOME/.agent-inbox" -type f -exec chmod 600 {} +
      """
    try await sandbox.must("sh", ["-c", line, Self.folder])
  }

  /// Runs programs at the fixture's time, because slices, queued messages and seen entries expire.
  private func clock(_ sandbox: Sandbox) async throws -> [String: String] {
    try Programs.useDebugBuild(in: sandbox.home + "/bin")
    let library = sandbox.path("clockskew.so")
    let source = Repository.path("Tests/Lab/clockskew.c")
    let compiler = ["cc", "gcc", "clang"].first {
      TestSupport.Environment.find($0, in: TestSupport.Environment.path) != nil
    }
    try await sandbox.must(compiler ?? "cc", ["-shared", "-fPIC", "-o", library, source])
    let skew = try Self.time + 60 - Clock.now / 1000
    return ["LD_PRELOAD": library, "CLOCK_SKEW": "\(skew)"]
  }

  @Test("Commands read what an earlier version wrote")
  func commandsReadTheFixture() async throws {
    try await Sandbox.with { sandbox in
      try await copy(sandbox)
      let environment = try await clock(sandbox)
      var text = ""
      for line in [
        "agent-keys list --json", "agent-keys export", "agent-mesh status --json",
        "notify-pane --list --json", "agent-mesh inbox --json", "agent-mesh log --check",
        "notify-pane --status gaaaaaaaaaaaaaaaaaaaaaaaaa", "notify-pane --verify baaaaaaa",
        "notify-pane --verify caaaaaaa", "agent-keys revoke .agents/prepared",
        "agent-keys list --json",
      ] {
        let ran = try await sandbox.run("sh", ["-c", line], environment: environment)
        text += "$ \(line)\nexit \(ran.status)\n\(ran.text)\n\(ran.errorText)\n"
      }
      try Golden.expect(
        text.replacing(sandbox.home, with: "<home>").replacing(
          #/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/#, with: "<time>"), "fixture-home.txt")
    }
  }

  @Test("Queued messages and records of seen ones are read, so that nothing is lost or typed twice")
  func queueAndSeenEntries() async throws {
    try await Sandbox.with { sandbox in
      try await copy(sandbox)
      let home = AgentsHome(home: sandbox.home)
      let now = Timestamp(milliseconds: (try Self.time + 60) * 1000)
      let spool = Spool(home)
      let keys = try spool.keys()
      #expect(keys.count == 1)
      for key in keys {
        let items = try spool.items(key)
        #expect(items.map(\.id.text.first) == ["f", "g"])
        for item in items {
          let bytes = try #require(try spool.read(item, key))
          #expect(bytes.starts(with: "AMSH1 ".utf8))
        }
      }
      let bob = try Host(validating: "bob")
      for (first, expected) in [
        ("b", Disposition(.submitted)), ("c", Disposition(.submitted)),
        ("d", Disposition(.submitted)), ("e", Disposition(.submitted)), ("f", Disposition(.queued)),
        ("j", Disposition(.notReady, .mode)),
      ] {
        let id = try MessageID(validating: first + String(repeating: "a", count: 25))
        #expect(try SeenStore(home).receipt(of: id, from: bob)?.disposition(at: now) == expected)
      }
      let alice = try Host(validating: "alice")
      let id = try MessageID(validating: "g" + String(repeating: "a", count: 25))
      let mine = try SeenStore(home).receipt(of: id, from: alice)
      #expect(mine?.disposition(at: now) == Disposition(.queued))
    }
  }
}
