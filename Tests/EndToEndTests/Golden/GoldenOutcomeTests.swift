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
        let words = Words.of(Disposition(outcome, reason), to: route, id)
        #expect(!words.text.isEmpty)
        table += "\(outcome.rawValue) \(reason.rawValue) → \(outcome.exitCode)\n  \(words.text)\n"
        if let hint = words.hint { table += "  try: \(hint)\n" }
      }
    }
    try Golden.expect(table, "outcomes.txt")
  }

  private static let key =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJcB2x1hxZCmkJb3EMqBSDOlPRlDvEBKvJdVYKd0Rzv0"
}
