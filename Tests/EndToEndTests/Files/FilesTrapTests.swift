import Mesh
import MeshCrypto
import TestSupport
import Testing

/// What may already exist where a file is to land, and what may happen during the transfer.
@Suite struct FilesTrapTests {
  enum Trap: CaseIterable { case link, file, open }

  @Test(arguments: Trap.allCases, [false, true])
  func anInboxThatIsNotOursAloneIsNotUsed(trap: Trap, sender: Bool) async throws {
    try await Account.with { account in
      let elsewhere = account.sandbox.path("elsewhere")
      try Files.makeDirectory(elsewhere)
      if sender { try Files.makeDirectory(account.inbox) }
      let place = sender ? account.inbox + "/alpha" : account.inbox
      switch trap {
      case .link: try Files.link(place, to: elsewhere)
      case .file: try Files.write(place, "")
      case .open: try Files.makeDirectory(place, mode: 0o700)
      }
      if trap == .open { try Files.setMode(place, 0o777) }
      let path = try account.file("f", [1])
      let ran = try await account.notify(["--file", path, account.address])
      #expect(ran.status == 7, "\(ran)")
      #expect(Files.list(elsewhere).isEmpty && account.recipient.submissions.isEmpty)
      #expect(trap == .file || Files.list(place).isEmpty)
    }
  }

  /// A folder of another account, even if its mode is as strict as ours: its owner can open it.
  @Test(
    .enabled(if: Environment.isRoot, "needs root to give a folder away"), arguments: [false, true],
    [false, true])
  func aFolderOfAnotherAccountIsNotUsed(sender: Bool, sealed: Bool) async throws {
    try await Account.with { account in
      let place = sender ? account.inbox + "/alpha" : account.inbox
      try Files.makeDirectory(place)
      try await account.sandbox.must("chown", ["65534", place])
      let path = try account.file("f", [1])
      let words = (sealed ? ["--seal"] : []) + ["--file", path, account.address]
      let ran = try await account.notify(words)
      #expect(ran.status == 7 && ran.errorText.contains("nothing was typed"), "\(ran)")
      #expect(Files.list(place).isEmpty && account.recipient.submissions.isEmpty)
      // An empty folder in our own inbox is removed after a failure; the inbox itself must be given back by a person.
      if !sender { try await account.sandbox.must("chown", ["0", place]) }
      let again = try await account.notify(words)
      #expect(again.status == 0 && account.landed == ["f"], "\(again)")
    }
  }

  @Test func whatWasPlantedUnderTheNameStays() async throws {
    try await Account.with { account in
      let secret = account.sandbox.path("secret")
      try Files.write(secret, "mine")
      let folder = account.inbox + "/alpha"
      try Files.makeDirectory(folder)
      try Files.link(folder + "/f.txt", to: secret)
      try await account.sandbox.must("ln", [secret, folder + "/f (2).txt"])
      try Files.link(folder + "/f (3).txt", to: "/nowhere")
      let path = try account.file("f.txt", Array("theirs".utf8))
      let ran = try await account.notify(["--file", path, account.address])
      #expect(ran.status == 0 && ran.text.contains("/f (4).txt "), "\(ran)")
      #expect(Files.text(secret) == "mine" && Files.text(folder + "/f (4).txt") == "theirs")
    }
  }

  @Test func theSameIdDoesNotLandTwice() async throws {
    try await Account.with { account in
      let path = try account.file("f", noise(1000))
      let id = "aaaaaaaaaaaaaaaaaaaaaaaaaa"
      for _ in 1...3 {
        let ran = try await account.notify(["--id", id, "--file", path, account.address])
        #expect(ran.status == 0, "\(ran)")
      }
      #expect(account.landed == ["f"] && account.recipient.submissions.count == 1)
      let other = try await account.notify(["--id", id, account.address, "a message now"])
      #expect(other.status == 6, "\(other)")
    }
  }

  @Test func aFileStaysThoughItsLineCannotBeTyped() async throws {
    try await Account.with { account in
      let bytes = noise(5000)
      let path = try account.file("f", bytes)
      try await account.recipient.pane.type("half a thought")
      try await account.recipient.pane.waitFor("half a thought")
      let id = "aaaaaaaaaaaaaaaaaaaaaaaaaa"
      let words = ["--json", "--id", id, "--file", path, account.address, "see"]
      for _ in 1...2 {
        let ran = try await account.notify(words)
        #expect(ran.status == 3, "\(ran)")
        #expect(ran.text.contains("\"outcome\":\"stored\"") && ran.text.contains("\"draft\""))
        #expect(ran.text.contains("\"path\":\"~/.agent-inbox/alpha/f\""), "\(ran)")
        #expect(account.landed == ["f"] && account.recipient.submissions.isEmpty)
      }
      try await account.recipient.pane.keys("C-u")
      try await account.recipient.pane.wait(for: "an empty composer") { !$0.contains("half") }
      let ran = try await account.notify(words)
      #expect(ran.status == 0, "\(ran)")
      #expect(account.landed == ["f"] && Files.read(account.inbox + "/alpha/f") == bytes)
      #expect(try await account.recipient.waitForSubmissions()[0].hasSuffix(": see"))
    }
  }

  @Test func twoSendersOneName() async throws {
    try await Account.with { account in
      let path = try account.file("f", noise(100_000))
      let running = try (0..<8).map { _ in
        try account.sandbox.start("notify-pane", ["--file", path, account.address])
      }
      for one in running {
        let ran = try await one.finish()
        #expect(ran.status == 0 || ran.status == 3, "\(ran)")
      }
      #expect(account.landed.count == 8)
      for name in account.landed {
        #expect(Files.read("\(account.inbox)/alpha/\(name)") == noise(100_000))
      }
    }
  }

  /// Size and modification time can be faked; the time of the last change cannot.
  @Test func aSourceThatIsRewrittenAndBackdatedEndsTheSending() async throws {
    try await Account.with { account in
      let path = try account.file("rewritten", noise(1000))
      let writer = try account.sandbox.start(
        "sh",
        [
          "-c",
          "cp -p \"$0\" \"$0.old\"; while :; do printf x | dd of=\"$0\" conv=notrunc 2>/dev/null; touch -r \"$0.old\" \"$0\"; done",
          path,
        ])
      defer { writer.kill() }
      var changed = 0
      for _ in 0..<20 {
        let ran = try await account.notify(["--file", path, account.address])
        if ran.status == 0 { continue }
        changed += 1
        #expect(ran.status == 4 && ran.errorText.contains("changed while"), "\(ran)")
      }
      #expect(changed > 0)
    }
  }

  @Test func aSourceThatChangesEndsTheSending() async throws {
    try await Account.with { account in
      let path = try account.file("growing", noise(1000))
      // A file that another process writes to all the time.
      let writer = try account.sandbox.start(
        "sh", ["-c", "while :; do printf x >>\"$0\"; done", path])
      defer { writer.kill() }
      var changed = 0
      for _ in 0..<20 {
        let ran = try await account.notify(["--file", path, account.address])
        if ran.status == 0 { continue }
        changed += 1
        #expect(ran.status == 4 && ran.errorText.contains("changed while"), "\(ran)")
      }
      #expect(changed > 0)
      #expect(account.landed.count == 20 - changed)
    }
  }

  @Test func aReceiverThatIsKilledLeavesNothingBehind() async throws {
    try await Forger.with { forger in
      let account = forger.account
      let bytes = try forger.plainFile("f", noise(1_000_000))
      let running = try account.sandbox.start("agent-register-hook", ["deliver"])
      try await running.send(Array(bytes.prefix(500_000)))
      let folder = account.inbox + "/beta-x"
      try await eventually("a part") { Files.list(folder).contains { $0.hasPrefix(".part-") } }
      running.kill()
      _ = try await running.finish()
      #expect(Files.list(folder).count == 1)
      // Neither listing the inbox nor the next file is disturbed by it, and both remove it when it is old.
      try await account.sandbox.must(
        "touch", ["-d", "2 minutes ago", folder + "/" + Files.list(folder)[0]])
      try await account.sandbox.must("agent-mesh", ["inbox"])
      #expect(forger.leftNothing)
      let again = try await forger.deliver(bytes)
      #expect(again.receipt?.disposition.outcome == .submitted, "\(again)")
      #expect(Files.list(folder) == ["f"])
    }
  }

  @Test func aSenderThatIsKilledLeavesNothingBehind() async throws {
    try await Forger.with { forger in
      let bytes = try forger.plainFile("f", noise(1_000_000))
      let running = try forger.account.sandbox.start("agent-register-hook", ["deliver"])
      try await running.send(Array(bytes.prefix(500_000)))
      let ran = try await running.finish()
      #expect(ran.text.contains("reason: truncated"), "\(ran)")
      #expect(forger.leftNothing)
    }
  }
}
