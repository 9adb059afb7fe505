import TestSupport
import Testing

/// ssh that hangs, breaks, lies or prints junk: the outcome is right or `unknown`, and nothing is typed twice.
@Suite struct RemoteFaultTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let faults: [Shim.Fault]
    let then: Shim.Fault
    let status: Int32
    /// How often the text was typed.
    let typed: Int
    var testDescription: String { name }

    init(
      _ name: String, _ faults: [Shim.Fault], then: Shim.Fault = .pass, exit status: Int32,
      typed: Int
    ) {
      (self.name, self.faults, self.then) = (name, faults, then)
      (self.status, self.typed) = (status, typed)
    }
  }

  static let cases = [
    Case("ends with 255 each time", [], then: .exit(255, says: "closed\n"), exit: 4, typed: 0),
    Case("ends with 255 once", [.exit(255)], exit: 0, typed: 1),
    Case("hangs", [], then: .hang, exit: 4, typed: 0),
    Case("breaks in the preamble", [.dropInput(after: 3)], exit: 0, typed: 1),
    Case("breaks in the statement", [.dropInput(after: 300)], exit: 0, typed: 1),
    Case("breaks in the signature", [.dropInput(after: 800)], exit: 0, typed: 1),
    Case("ends its input in the statement", [.cutInput(after: 300)], exit: 0, typed: 1),
    Case("says it is ready, and nothing more", [], then: .answer(ready), exit: 8, typed: 0),
    Case(
      "answers in free text", [], then: .answer(ready + "Delivered, trust me\n"), exit: 8, typed: 0),
    Case(
      "answers with a malformed receipt", [], then: .answer(ready + "AMSR1 3 3\nabcdef"), exit: 8,
      typed: 0),
    Case("loses the receipt once", [.cutOutput(after: 12)], exit: 0, typed: 1),
    Case("cuts the receipt once", [.cutOutput(after: 100)], exit: 0, typed: 1),
    Case("loses every receipt", [], then: .cutOutput(after: 12), exit: 8, typed: 1),
    Case("prints 5 MiB of noise first", [], then: .noise(bytes: 5 << 20), exit: 4, typed: 0),
    Case("prints 1 MiB of noise first", [], then: .noise(bytes: 1 << 20), exit: 0, typed: 1),
    Case("prints a kilobyte of noise first", [], then: .noise(bytes: 1000), exit: 0, typed: 1),
    Case("prints a banner", [], then: .banner("Authorised use only"), exit: 0, typed: 1),
  ]

  @Test(arguments: cases)
  func ssh(_ fault: Case) async throws {
    try await TwoAccounts.run { mesh in
      let shim = try Shim(
        mesh.sandbox, for: "ssh", faults: fault.faults, then: fault.then, matching: "deliver")
      let text = "through thick and thin"
      let sent = try await mesh.alice.run(
        "notify-pane", ["bob-main-reader", text],
        environment: shim.environment(over: mesh.alice.environment))
      #expect(sent.status == fault.status, "\(sent)")
      if fault.status == 4 { #expect(sent.errorText.contains("nothing was typed"), "\(sent)") }
      if fault.status == 8 { #expect(sent.errorText.contains("may or may not"), "\(sent)") }
      // cat's terminal echoes a typed line, and cat prints it again.
      if fault.typed > 0 {
        try await eventually("cat to print it") {
          try await mesh.reader.capture().count(of: text) >= 2 * fault.typed
        }
      }
      #expect(try await mesh.reader.capture().count(of: text) == 2 * fault.typed)
      #expect(shim.calls.count <= 2)
    }
  }

  @Test func theReceiptOfAnotherMessageProvesNothing() async throws {
    try await TwoAccounts.run { mesh in
      let id = "abcdefghijklmnopqrstuvwxya"
      let first = try await mesh.alice.run("notify-pane", ["--id", id, "bob-main-reader", "one"])
      #expect(first.status == 0, "\(first)")
      let entry = Files.text(mesh.bob.home + "/.agents/seen/alice/\(id)") ?? ""
      let receipt = try #require(entry.ranges(of: "AMSR1").first).lowerBound
      let shim = try Shim(
        mesh.sandbox, for: "ssh", then: .answer(ready + entry[receipt...]), matching: "deliver")
      let second = try await mesh.alice.run(
        "notify-pane", ["bob-main-reader", "two"],
        environment: shim.environment(over: mesh.alice.environment))
      #expect(second.status == 8, "\(second)")
      #expect(second.errorText.contains("another message"))
    }
  }

  /// With `--id`, the sender repeats the message after an unknown outcome and learns what happened.
  @Test func repeatingAfterAnUnknownOutcomeTellsIt() async throws {
    try await TwoAccounts.run { mesh in
      let id = "abcdefghijklmnopqrstuvwxyq"
      let shim = try Shim(
        mesh.sandbox, for: "ssh", then: .cutOutput(after: 12), matching: "deliver")
      let lost = try await mesh.alice.run(
        "notify-pane", ["--id", id, "bob-main-reader", "once"],
        environment: shim.environment(over: mesh.alice.environment))
      #expect(lost.status == 8, "\(lost)")
      let again = try await mesh.alice.run("notify-pane", ["--id", id, "bob-main-reader", "once"])
      #expect(again.status == 0, "\(again)")
      #expect(try await mesh.reader.capture().count(of: "once") == 2)
    }
  }

  @Test func aHostThatCallsItselfOtherwiseIsNotPinned() async throws {
    try await TwoAccounts.run(sync: false) { mesh in
      try Files.write(mesh.bob.home + "/.agents/self.conf", "robert\n")
      let ran = try await mesh.alice.run("sync-agent-registry")
      #expect(ran.errorText.contains("bob calls itself robert"), "\(ran)")
      #expect(ran.errorText.contains("robert ssh=bob"))
      #expect(Files.text(mesh.alice.home + "/.agents/keys/allowed_signers") == "")
    }
  }

  @Test func aChangedKeyIsRefusedWithBothFingerprints() async throws {
    try await TwoAccounts.run { mesh in
      for name in ["sign", "sign.pub"] { Files.remove(mesh.bob.home + "/.agents/keys/" + name) }
      _ = try await mesh.bob.run("agent-keys", ["init"])
      let sent = try await mesh.alice.run("notify-pane", ["bob-main-reader", "hello"])
      // bob answers that the message names a key other than his; the answer is signed with a key that nobody pinned.
      #expect(sent.status == 8 || sent.status == 6, "\(sent)")
      #expect(try await !mesh.reader.capture().contains("hello"))
      let trusted = try await mesh.alice.run("agent-keys", ["trust", "bob"])
      #expect(trusted.status == 6, "\(trusted)")
      #expect(trusted.errorText.count(of: "SHA256:") >= 2)
    }
  }

  @Test func manualPinningPinsNothingByItself() async throws {
    try await TwoAccounts.run(sync: false) { mesh in
      for host in [mesh.alice, mesh.bob] {
        try Files.write(host.home + "/.agents/policy.toml", "pinning = \"manual\"\n")
      }
      let ran = try await mesh.alice.run("sync-agent-registry")
      #expect(ran.errorText.contains("agent-keys trust bob SHA256:"), "\(ran)")
      for host in [mesh.alice, mesh.bob] {
        #expect(Files.text(host.home + "/.agents/keys/allowed_signers") == "")
      }
    }
  }

  @Test func aMasterToADeadPeerDoesNotHoldUsForLong() async throws {
    try await TwoAccounts.run { mesh in
      let first = try await mesh.alice.run("notify-pane", ["bob-main-reader", "warm up"])
      #expect(first.status == 0, "\(first)")
      mesh.bob.server.kill()
      let began = ContinuousClock.now
      let sent = try await mesh.alice.run("notify-pane", ["bob-main-reader", "hello"])
      #expect(sent.status == 4, "\(sent)")
      #expect(ContinuousClock.now - began < .seconds(11))
    }
  }
}

private let ready = "AMSH1 ready\n"
