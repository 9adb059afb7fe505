import Mesh
import MeshCrypto
import TestSupport
import Testing

/// Files and sealed messages between two hosts over real ssh, and connections that break on the way.
@Suite struct FilesRemoteTests {
  @Test func filesAndSealedBodiesCross() async throws {
    try await TwoHosts.with { hosts in
      for (number, flags) in [[], ["--seal"]].enumerated() {
        let bytes = noise(3_000_000, seed: UInt64(number))
        let path = hosts.sandbox.path("data.bin")
        try Files.write(path, bytes)
        let ran = try await hosts.notify(
          flags + ["--file", path, "--name", "data.bin", TwoHosts.address]
            + (flags.isEmpty ? ["look"] : []))
        #expect(ran.status == 0, "\(ran)")
        let name = number == 0 ? "data.bin" : "data (2).bin"
        let there = "\(hosts.bob.home)/.agent-inbox/alice/\(name)"
        #expect(Files.read(there) == bytes)
        #expect(ran.text.contains("bob:~/.agent-inbox/alice/\(name)"))
        let line = try await hosts.recipient.waitForSubmissions(number + 1)[number]
        #expect(line.contains(Digest.hex(Digest.blake2b256(bytes))))
        #expect(line.contains(" sealed] ") == (number == 1))
      }
      let sealed = try await hosts.notify(["--seal", TwoHosts.address], stdin: "between us")
      #expect(sealed.status == 0, "\(sealed)")
      #expect(try await hosts.recipient.waitForSubmissions(3)[2].hasSuffix(" sealed] between us"))
    }
  }

  @Test func aSealKeyComesFromAnUnexpiredSliceOnly() async throws {
    try await TwoHosts.with { hosts in
      let slices = hosts.alice.home + "/.agents/slices"
      for name in Files.list(slices) { Files.remove("\(slices)/\(name)") }
      // No slice exists, so the host is asked first.
      let asked = try await hosts.notify(["--seal", TwoHosts.address], stdin: "asked")
      #expect(asked.status == 0, "\(asked)")
      // If the host cannot be asked, nothing is sent, least of all in plain text. Nor may bob push his slice himself.
      hosts.bob.server.kill()
      hosts.alice.server.kill()
      for name in Files.list(slices) { Files.remove("\(slices)/\(name)") }
      let masters = hosts.alice.home + "/.agents/state/ssh"
      for name in Files.list(masters) where name.hasPrefix("m") {
        Files.remove("\(masters)/\(name)")
      }
      let lost = try await hosts.notify(["--seal", TwoHosts.address], stdin: "lost")
      #expect(lost.status == 7 && lost.errorText.contains("seal key"), "\(lost)")
      #expect(hosts.recipient.submissions.count == 1)
    }
  }

  @Test(arguments: [false, true])
  func aFileWhoseReceiptIsLostIsThereOnceAndCanBeAskedFor(sealed: Bool) async throws {
    try await TwoHosts.with { hosts in
      let path = hosts.sandbox.path("f")
      try Files.write(path, noise(300_000))
      let id = "aaaaaaaaaaaaaaaaaaaaaaaaaa"
      let words =
        ["--id", id] + (sealed ? ["--seal"] : [])
        + ["--file", path, "--name", "f", TwoHosts.address]
      // Only the ready line passes.
      let shim = try Shim(
        hosts.sandbox, for: "ssh", then: .cutOutput(after: 12), matching: "deliver")
      let ran = try await hosts.notify(words, through: shim)
      #expect(ran.status == 8 && ran.errorText.contains("may or may not"), "\(ran)")
      #expect(shim.calls.count == 2)
      #expect(hosts.landed == ["f"])
      let asked = try await hosts.notify(["--status", id])
      #expect(asked.status == 0 && asked.text.contains("submitted"), "\(asked)")
      let again = try await hosts.notify(words)
      #expect(again.status == 0, "\(again)")
      #expect(hosts.landed == ["f"] && hosts.recipient.submissions.count == 1)
    }
  }

  @Test func aFileThatIsCutOnItsWayLeavesNothing() async throws {
    try await TwoHosts.with { hosts in
      let path = hosts.sandbox.path("f")
      try Files.write(path, noise(300_000))
      let shim = try Shim(
        hosts.sandbox, for: "ssh", then: .cutInput(after: 100_000), matching: "deliver")
      let words = ["--file", path, "--name", "f", TwoHosts.address]
      let ran = try await hosts.notify(words, through: shim)
      #expect(ran.status == 4 && ran.errorText.contains("did not arrive complete"), "\(ran)")
      #expect(hosts.landed.isEmpty && hosts.recipient.submissions.isEmpty)
      #expect(!Files.exists(hosts.bob.home + "/.agent-inbox/alice"))
    }
  }

  @Test func anEarlyRefusalEndsALongSending() async throws {
    try await TwoHosts.with { hosts in
      try Files.write(hosts.bob.home + "/.agents/policy.toml", "max_file = 1000\n")
      let path = hosts.sandbox.path("big")
      try Files.write(path, noise(20_000_000))
      let ran = try await hosts.notify(["--file", path, TwoHosts.address])
      #expect(ran.status == 5 && ran.errorText.contains("no more room"), "\(ran)")
      #expect(hosts.landed.isEmpty && hosts.recipient.submissions.isEmpty)
    }
  }
}
