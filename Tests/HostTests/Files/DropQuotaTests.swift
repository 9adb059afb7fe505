import Mesh
import TestSupport
import Testing

@testable import MeshHost

/// The bytes that a host may send a day.
@Suite struct DropQuotaTests {
  private static func statement() throws -> Statement {
    let now = Timestamp(milliseconds: 0)
    return Statement(
      kind: .file, id: try #require(MessageID.random()), from: try Address(validating: "beta-x"),
      fromHost: try Host(validating: "beta"), to: try Address(validating: "alpha-x"),
      toHost: try Host(validating: "alpha"), toKey: "", time: now, expires: now, length: 0,
      digest: nil)
  }

  /// A file that began before midnight and failed after it.
  @Test func whatIsGivenBackIsOfItsOwnDay() async throws {
    try await Sandbox.with { sandbox in
      let quota = DropQuota(home: AgentsHome(home: sandbox.home), quota: 100_000)
      let file = try Self.statement()
      let (one, two) = (Timestamp(milliseconds: 1000), Timestamp(milliseconds: 86_401_000))
      #expect(try quota.reserve(90_000, file, at: one))
      #expect(try quota.reserve(60_000, file, at: two))
      try quota.giveBack(90_000, file, at: one)
      #expect(try !quota.reserve(60_000, file, at: two))
      try quota.giveBack(60_000, file, at: two)
      #expect(try quota.reserve(60_000, file, at: two))
    }
  }
}
