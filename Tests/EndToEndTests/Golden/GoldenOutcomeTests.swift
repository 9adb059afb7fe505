import Mesh
import MeshCrypto
import TestSupport
import Testing

@testable import MeshHost
@testable import agent_mesh

/// Every outcome with every reason: text, exit code and hint, in `Tests/Golden/outcomes.txt`.
@Suite struct GoldenOutcomeTests {
  @Test("Each outcome with each reason has a text, a code and what to do next")
  func words() throws {
    let id = try MessageID(validating: "aaaaaaaaaaaaaaaaaaaaaaaaaa")
    let key = try VerifyingKey(openSSH: Self.key)
    let host = try Host(validating: "worker-1")
    let route = Route(
      to: try Address(validating: "worker-1-main-cat"), host: host, key: key, keys: [key],
      peer: Peer(host: host, sshAlias: "worker-1", hub: false), target: "main:1", isStale: false,
      sealKey: nil)
    var table = ""
    for outcome in Outcome.allCases {
      for reason in Reason.allCases {
        let failure = Failure(Disposition(outcome, reason), to: route, id)
        #expect(!failure.text.isEmpty)
        #expect(outcome.isSuccess || !failure.hints.isEmpty, "\(outcome) \(reason): nothing to run")
        table += "\(outcome.rawValue) \(reason.rawValue) → \(outcome.exitCode)\n"
        table += "  \(failure.sentence(.sending))\n"
        for hint in failure.hints { table += "  try: \(hint)\n" }
      }
    }
    try Golden.expect(table, "outcomes.txt")
  }

  private static let key =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJcB2x1hxZCmkJb3EMqBSDOlPRlDvEBKvJdVYKd0Rzv0"

  private static let shellWords = ["export", "unset", "echo", "…"]

  @Test("Every hint in the kept texts is a command that a shell can read, and that exists")
  func hintsAreCommands() async throws {
    try await Sandbox.with { sandbox in
      let found = try await sandbox.must("grep", ["-rhE", "^(err[|])?   ?try: ", Golden.folder])
      let hints = Set(
        found.split(separator: "\n").compactMap { line in
          line.firstRange(of: "try: ").map { String(line[$0.upperBound...]) }
        })
      #expect(hints.count > 40)
      for hint in hints.sorted() {
        let line = hint.replacing("<home>", with: "/home/x").replacing("<id>", with: "x")
        let ran = try await sandbox.run("sh", ["-n", "-c", line])
        #expect(ran.status == 0, "\(hint): \(ran)")
        let first = String(hint.prefix { $0 != " " })
        let exists =
          TestSupport.Environment.find(first, in: sandbox.environment["PATH"] ?? "") != nil
        #expect(
          exists || Self.shellWords.contains(first) || first.hasPrefix("${EDITOR"),
          "\(hint): there is no \(first)")
        #expect(!hint.contains("   ") && !hint.contains(" or "), "\(hint): that is prose")
      }
    }
  }
}
