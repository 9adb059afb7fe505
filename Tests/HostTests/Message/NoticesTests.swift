import Mesh
import TestSupport
import Testing

@testable import MeshHost

/// Notices that wait to be sent.
@Suite struct NoticesTests {
  @Test func aHostHasAShareOfThem() async throws {
    try await Sandbox.with { sandbox in
      try Files.makeDirectory(sandbox.home + "/.agents")
      try Files.write(sandbox.home + "/.agents/self.conf", "alpha\n")
      let notices = Notices(try Site(Environment(["HOME": sandbox.home])))
      func add(_ host: String, _ count: Int) throws {
        let id = try #require(MessageID.random())
        for _ in 0..<count {
          notices.add(
            to: try Address(validating: "\(host)-x"), of: try Host(validating: host), about: id,
            sentTo: try Address(validating: "alpha-x"), Disposition(.unknownAgent))
        }
      }
      try add("beta", 70)
      try add("gamma", 1)
      try add("alpha", 70)
      let names = Files.list(sandbox.home + "/.agents/spool/notices")
      let counts = ["beta", "gamma", "alpha"].map { host in
        names.count { $0.hasSuffix("-\(host)") }
      }
      #expect(counts == [60, 1, 70])
    }
  }
}
