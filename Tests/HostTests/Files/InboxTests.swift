import TestSupport
import Testing

@testable import MeshHost

/// What the inbox holds.
@Suite struct InboxTests {
  /// What cannot be listed whole cannot be counted.
  @Test func aFullListingCountsAsFull() async throws {
    try await Sandbox.with { sandbox in
      let inbox = Inbox(AgentsHome(home: sandbox.home))
      let folder = sandbox.home + "/.agent-inbox/beta-x"
      try Files.makeDirectory(sandbox.home + "/.agent-inbox")
      try Files.makeDirectory(folder)
      for name in ["a", "b", "c"] { try Files.write("\(folder)/\(name)", "x") }
      #expect(try inbox.used() == 3 * 4096)
      // The folder's own name is one of them.
      #expect(try inbox.used(most: 5) == 3 * 4096)
      #expect(try inbox.used(most: 4) == .max)
    }
  }
}
