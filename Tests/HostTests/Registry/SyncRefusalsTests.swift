import Mesh
import TestSupport
import Testing

@testable import MeshHost

/// Refusals of syncs in the log.
@Suite struct SyncRefusalsTests {
  /// The file may hold any number.
  @Test func anyTimeInTheFileIsRead() async throws {
    try await Sandbox.with { sandbox in
      let state = sandbox.home + "/.agents/state"
      for folder in [sandbox.home + "/.agents", state] { try Files.makeDirectory(folder) }
      try Files.write(sandbox.home + "/.agents/self.conf", "alpha\n")
      try Files.write(state + "/refusals", "\(Int64.min) beta x\n\(Int64.max) beta y\n")
      let refusals = SyncRefusals(try Site(Environment(["HOME": sandbox.home])))
      for _ in 0..<2 { refusals.note("sync", "no", of: try Host(validating: "beta")) }
      let log = Files.text(sandbox.home + "/.agents/log/messages.jsonl") ?? ""
      #expect(log.split(separator: "\n").count == 1)
    }
  }
}
