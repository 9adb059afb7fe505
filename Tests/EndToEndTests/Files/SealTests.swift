import Mesh
import MeshCrypto
import TestSupport
import Testing

/// Sealed messages within one account: opening, ids, policies and the previous seal key.
@Suite struct SealTests {
  @Test func aSealedMessageIsOpenedAndSaysSo() async throws {
    try await Account.with { account in
      let ran = try await account.notify(
        ["--seal", account.address], stdin: Array("between us".utf8))
      #expect(ran.status == 0, "\(ran)")
      let text = try await account.recipient.waitForSubmissions()[0]
      #expect(text.hasSuffix(" sealed] between us"))
      #expect(text.hasPrefix("[from alpha @ "))
    }
  }

  /// Other accounts can read command lines, so the text of a sealed message must not be in one.
  @Test(arguments: [[], ["--file", "/etc/hostname"]])
  func aSealedTextIsNotTakenFromTheCommandLine(options: [String]) async throws {
    try await Account.with { account in
      let ran = try await account.notify(
        ["--seal"] + options + [account.address, "between", "us"])
      #expect(ran.status == 1 && ran.errorText.contains("nothing was sent"), "\(ran)")
      #expect(ran.errorText.contains("| notify-pane --seal"), "\(ran)")
      let reply = try await account.notify(["--seal", "--reply", "between us"])
      #expect(reply.status == 1 && reply.errorText.contains("stdin"), "\(reply)")
      #expect(account.recipient.bytes.isEmpty && account.landed.isEmpty)
    }
  }

  /// An id names one message: another text under it is refused; the same text is answered, sealed again or
  /// not.
  @Test func anIdServesForOneSealedText() async throws {
    try await Forger.with { forger in
      let id = try #require(MessageID.random())
      func deliver(_ text: String) async throws -> Disposition? {
        let body = Array(text.utf8)
        var statement = try forger.statement(.message)
        statement.id = id
        let head = SealedHead(
          statement, name: nil, length: body.count, digest: Digest.hex(Digest.blake2b256(body)))
        let sealing = try SealedPayload(head, to: forger.sealKey)
        statement.seal = .box1
        statement.length = sealing.length
        statement.digest = sealing.digest
        let bytes = forger.envelope(statement, try sealing.sealed(body))
        return try await forger.deliver(bytes).receipt?.disposition
      }
      #expect(try await deliver("first text")?.outcome == .submitted)
      #expect(try await deliver("other text") == Disposition(.notAuthentic, .idReused))
      #expect(try await deliver("first text")?.outcome == .submitted)
      #expect(forger.account.recipient.bodies() == ["first text"])
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
      // A sender that still has the old key.
      try Files.write(keys + "/seal.pub", oldPublic)
      let lost = try await account.notify(
        ["--seal", account.address, "-"], stdin: Array("to the old key".utf8))
      #expect(lost.status == 6 && lost.errorText.contains("another key"), "\(lost)")
      try Files.write(keys + "/seal.previous", old)
      let ran = try await account.notify(
        ["--seal", account.address, "-"], stdin: Array("to the old key".utf8))
      #expect(ran.status == 0, "\(ran)")
      let said = try await account.recipient.waitForSubmissions()
      #expect(said.count == 1 && said[0].hasSuffix(" sealed] to the old key"))
    }
  }
}
