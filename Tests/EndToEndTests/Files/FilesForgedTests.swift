import Mesh
import MeshCrypto
import TestSupport
import Testing

/// Plain files of a pinned peer that breaks the rules.
@Suite struct FilesForgedTests {
  @Test(arguments: [
    "../x", "/etc/x", "a/b", ".bashrc", "-rf", "a\nb", "a\0b", "a\u{202E}b", "a\u{200B}b", "..",
    ".part-x", " ", "a\u{1B}[31m", "e\u{301}", "\u{FEFF}a",
  ])
  func namesAreCheckedByTheReceiver(name: String) async throws {
    try await Forger.with { forger in
      let plain = try await forger.deliver(try forger.plainFile(name, [1, 2, 3]))
      #expect(plain.receipt?.disposition == Disposition(.refused, .name), "\(plain)")
      let sealed = try await forger.deliver(
        try SealedPieces(forger, [1, 2, 3], name: name).bytes())
      #expect(sealed.receipt?.disposition == Disposition(.refused, .name), "\(sealed)")
      #expect(forger.leftNothing)
    }
  }

  @Test func neitherListAloneAdmits() async throws {
    try await Forger.with { forger in
      for option in ["@agent-allow", "@agent-allow-files"] {
        try await forger.account.recipient.pane.set(option, "@self")
        let answer = try await forger.deliver(try forger.plainFile("f", [1]))
        #expect(answer.receipt?.disposition == Disposition(.refused, .denied), "\(answer)")
        try await forger.account.recipient.pane.set(option, "@mesh")
      }
      #expect(forger.leftNothing)
    }
  }

  enum Lie: CaseIterable {
    case short, long, body, caption, end, endKey, endOther, noEnd, cutInEndLine, behind
  }

  @Test(arguments: Lie.allCases)
  func whatIsNotAsPromisedLeavesNothing(lie: Lie) async throws {
    try await Forger.with { forger in
      let file = noise(100_000)
      let honest = try forger.plainFile("f", file, caption: [65])
      var bytes = honest
      let end = try #require(
        honest.indices.last { honest[$0...].starts(with: "AMSE1 ".utf8) })
      switch lie {
      case .short: bytes.removeSubrange((end - 10)..<end)
      case .long: bytes.insert(contentsOf: [1, 2, 3], at: end)
      case .body: bytes[end - 1] ^= 1
      case .caption: bytes[end - file.count - 1] ^= 1
      case .end: bytes[bytes.count - 300] ^= 1
      case .endKey:
        let other = try SigningKey.generate()
        let said = EndStatement(
          id: try #require(MessageID.random()), length: 3 + file.count, digest: Digest.hex(file))
        bytes.replaceSubrange(
          end...,
          with: said.framed(
            signature: SSHSignature.make(
              over: said.bytes, namespace: Namespace.message.rawValue, by: other)))
      case .endOther:
        bytes.replaceSubrange(end..., with: forger.end(try forger.statement(.file), [65], file))
      case .noEnd: bytes.removeSubrange(end...)
      case .cutInEndLine: bytes.removeSubrange((end + 8)...)
      case .behind: bytes += [10]
      }
      let answer = try await forger.deliver(bytes)
      let outcome = try #require(answer.receipt?.disposition.outcome, "\(answer)")
      #expect([.notAuthentic, .failed].contains(outcome), "\(answer)")
      #expect(forger.leftNothing)
      // The same id again, without the lie: nothing was typed, so it may land.
      let again = try await forger.deliver(honest)
      // Wherever a file was cut off, it may be sent again.
      if [.noEnd, .cutInEndLine].contains(lie) { #expect(outcome == .failed, "\(answer)") }
      if outcome == .failed {
        #expect(again.receipt?.disposition.outcome == .submitted, "\(again)")
      }
    }
  }

  @Test func tenBytesDeclaredAndManyMoreSent() async throws {
    try await Forger.with { forger in
      let body = Array("0123456789".utf8)
      let statement = try forger.statement(
        .message, length: body.count, digest: Digest.hex(Digest.blake2b256(body)))
      let bytes = forger.envelope(statement, body)
      let running = try forger.account.sandbox.start("agent-register-hook", ["deliver"])
      try await running.send(bytes)
      let more = [UInt8](repeating: 65, count: 1 << 20)
      var sent = 0
      while sent < 10 << 10, try await running.send(more) { sent += 1 }
      #expect(sent < 16)
      let ran = try await running.finish()
      #expect(ran.text.contains("malformed"), "\(ran)")
      #expect(forger.leftNothing)
    }
  }

  @Test func quotas() async throws {
    try await Forger.with { forger in
      let policies = [
        "max_file = 9999\n", "inbox_quota = 9999\n", "sender_quota = 9999\n",
      ]
      for policy in policies {
        try forger.account.policy(policy)
        for bytes in [
          try forger.plainFile("f", noise(10_000)), try SealedPieces(forger, noise(10_000)).bytes(),
        ] {
          let answer = try await forger.deliver(bytes)
          #expect(answer.receipt?.disposition == Disposition(.refused, .quota), "\(answer)")
        }
        #expect(forger.leftNothing)
      }
      // Other sender names of the same host do not get more space.
      try forger.account.policy("sender_quota = 15000\n")
      for (name, outcome) in [("a", Outcome.submitted), ("b", .refused), ("c", .refused)] {
        let answer = try await forger.deliver(
          try forger.plainFile("f", noise(10_000), from: "beta-\(name)"))
        #expect(answer.receipt?.disposition.outcome == outcome, "\(name) \(answer)")
      }
      // A limit may be reached but not exceeded; what did not land does not count.
      for policy in policies {
        try forger.account.policy(policy)
        Files.remove(forger.account.inbox)
        Files.remove(forger.account.sandbox.home + "/.agents/state/drops")
        let answer = try await forger.deliver(try forger.plainFile("f", noise(9999)))
        #expect(answer.receipt?.disposition.outcome == .submitted, "\(answer)")
      }
    }
  }

  @Test func aPolicyThatOthersCanWriteRefusesAll() async throws {
    try await Forger.with { forger in
      try forger.account.policy("max_file = 10\n")
      try Files.setMode(forger.account.sandbox.home + "/.agents/policy.toml", 0o666)
      let answer = try await forger.deliver(try forger.plainFile("f", [1]))
      #expect(answer.ran.status == 7 && answer.receipt == nil, "\(answer)")
      #expect(forger.leftNothing)
    }
  }
}
