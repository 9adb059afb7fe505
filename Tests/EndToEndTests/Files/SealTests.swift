import Mesh
import MeshCrypto
import TestSupport
import Testing

@Suite struct SealTests {
  @Test func aSealedMessageIsOpenedAndSaysSo() async throws {
    try await Account.with { account in
      let ran = try await account.notify(["--seal", account.address, "between us"])
      #expect(ran.status == 0, "\(ran)")
      let text = try await account.recipient.waitForSubmissions()[0]
      #expect(text.hasSuffix(" sealed] between us"))
      #expect(text.hasPrefix("[from alpha @ "))
    }
  }

  @Test(arguments: ["require_seal = true\n", "require_seal = [\"alpha\"]\n"])
  func aSenderToldToSealNeverSendsPlain(policy: String) async throws {
    try await Account.with { account in
      try account.policy(policy)
      let ran = try await account.notify([account.address, "told to"])
      #expect(ran.status == 0, "\(ran)")
      #expect(try await account.recipient.waitForSubmissions()[0].contains(" sealed] told to"))
    }
  }

  @Test func thePreviousSealKeyStillOpens() async throws {
    try await Account.with { account in
      let keys = account.sandbox.home + "/.agents/keys"
      let old = try #require(Files.read(keys + "/seal"))
      let oldPublic = try #require(Files.read(keys + "/seal.pub"))
      for name in ["/seal", "/seal.pub"] { Files.remove(keys + name) }
      try await account.sandbox.must("agent-keys", ["init"])
      // A sender that still has the old one.
      try Files.write(keys + "/seal.pub", oldPublic)
      let lost = try await account.notify(["--seal", account.address, "to the old key"])
      #expect(lost.status == 6 && lost.errorText.contains("another key"), "\(lost)")
      try Files.write(keys + "/seal.previous", old)
      let ran = try await account.notify(["--seal", account.address, "to the old key"])
      #expect(ran.status == 0, "\(ran)")
      let said = try await account.recipient.waitForSubmissions()
      #expect(said.count == 1 && said[0].hasSuffix(" sealed] to the old key"))
    }
  }
}
