import TestSupport
import Testing

/// Two accounts with their own sshds: a message's path from one to the other and back.
@Suite struct RemoteMessageTests {
  @Test func textGoesAcrossIsSeenAndTheReceiptProvesIt() async throws {
    try await TwoAccounts.run { mesh in
      let sent = try await mesh.alice.run("notify-pane", ["bob-main-reader", "tests green"])
      #expect(sent.status == 0, "\(sent)")
      #expect(sent.text == "→ bob-main-reader (bob[main:0]): submitted")
      let seen = try await mesh.reader.capture()
      #expect(seen.contains("[from alice @ "))
      #expect(seen.contains("] tests green"))
    }
  }

  @Test func bothHostsAreListedOnEach() async throws {
    try await TwoAccounts.run { mesh in
      let listed = try await mesh.alice.run("notify-pane", ["--list"])
      let names = listed.text.split(separator: "\n").map(String.init)
      #expect(names.contains("alice-main-reader"))
      #expect(names.contains("bob-main-reader"))
    }
  }

  @Test func aRecipientThatAdmitsNobodyRefusesAndNothingIsTyped() async throws {
    try await TwoAccounts.run { mesh in
      try await mesh.reader.set("@agent-allow", "none")
      let sent = try await mesh.alice.run("notify-pane", ["bob-main-reader", "let me in"])
      #expect(sent.status == 5, "\(sent)")
      #expect(
        sent.errorText.contains("does not admit messages from this address; nothing was typed"))
      #expect(try await !mesh.reader.capture().contains("let me in"))
    }
  }

  /// ssh starts before the sender is known: it must have no effect and must not stay.
  @Test func whoMayNotSpeakHangsUp() async throws {
    try await TwoAccounts.run { mesh in
      let shim = try Shim(
        mesh.sandbox, for: "ssh", then: .delay(milliseconds: 300), matching: "deliver")
      let environment = shim.environment(over: mesh.alice.environment)
        .merging(["AGENT_NAME": "alice-main-reader"]) { $1 }
      let sent = try await mesh.alice.run(
        "notify-pane", ["bob-main-reader", "not me"], environment: environment)
      #expect(sent.status == 6 && sent.errorText.contains("nothing was sent"), "\(sent)")
      // It may have been ended before it began.
      #expect(shim.calls.count <= 1)
      try await eventually("what was begun to end") {
        !Processes.marked(mesh.sandbox.directory).contains { pid in
          Processes.arguments(of: pid).contains { $0.contains("agent-register-hook deliver") }
        }
      }
      #expect(try await !mesh.reader.capture().contains("not me"))
    }
  }

  @Test func theSameIdIsTypedOnce() async throws {
    try await TwoAccounts.run { mesh in
      let id = "abcdefghijklmnopqrstuvwxya"
      for _ in 1...3 {
        let sent = try await mesh.alice.run(
          "notify-pane", ["--id", id, "bob-main-reader", "only once"])
        #expect(sent.status == 0, "\(sent)")
      }
      let tagged = try await mesh.reader.capture().count(of: "[verified abcdefgh] only once")
      // The terminal's echo, and the line that cat prints.
      #expect(tagged == 2)
    }
  }

  @Test func anUnknownHostKeyIsNotAccepted() async throws {
    try await TwoAccounts.run { mesh in
      try Files.write(mesh.alice.home + "/.ssh/known_hosts", "")
      try await mesh.endConnections()
      let sent = try await mesh.alice.run("notify-pane", ["bob-main-reader", "hello"])
      #expect(sent.status == 4, "\(sent)")
      #expect(sent.errorText.contains("nothing was typed"))
    }
  }

  @Test func noiseOfALoginIsSkipped() async throws {
    try await TwoAccounts.run { mesh in
      try mesh.bob.setLoginScript("printf 'Welcome to bob\\nno line feed at the end'\n")
      try await mesh.endConnections()
      let sent = try await mesh.alice.run("notify-pane", ["bob-main-reader", "through the noise"])
      #expect(sent.status == 0, "\(sent)")
    }
  }

  @Test func aLoginThatPrintsForEverIsGivenUp() async throws {
    try await TwoAccounts.run { mesh in
      try mesh.bob.setLoginScript("exec yes\n")
      try await mesh.endConnections()
      let sent = try await mesh.alice.run("notify-pane", ["bob-main-reader", "hello"])
      #expect(sent.status == 4, "\(sent)")
      #expect(sent.errorText.contains("nothing was typed"))
    }
  }

  @Test func aLoginThatEndsTheShellMeansNothingWasSent() async throws {
    try await TwoAccounts.run { mesh in
      try mesh.bob.setLoginScript("exit 0\n")
      try await mesh.endConnections()
      let sent = try await mesh.alice.run("notify-pane", ["bob-main-reader", "hello"])
      #expect(sent.status == 4, "\(sent)")
    }
  }

  @Test func aMissingProgramIsNamed() async throws {
    try await TwoAccounts.run { mesh in
      Files.remove(mesh.bob.home + "/bin/agent-register-hook")
      let sent = try await mesh.alice.run("notify-pane", ["bob-main-reader", "hello"])
      #expect(sent.status == 4, "\(sent)")
      #expect(sent.errorText.contains("not installed"))
    }
  }

  @Test func serveTakesItsOwnVerbsAndNothingElse() async throws {
    try await TwoAccounts.run { mesh in
      let program = mesh.bob.home + "/bin/agent-register-hook"
      try mesh.bob.authorize(mesh.alice, command: "\(program) serve --peer alice")
      try await mesh.endConnections()
      let sent = try await mesh.alice.run("notify-pane", ["bob-main-reader", "by forced command"])
      #expect(sent.status == 0, "\(sent)")
      let lines = [
        "~/bin/agent-register-hook deliver; id", "sync ../../x", "id", "",
        "~/bin/agent-register-hook deliver ", "~/bin/agent-register-hook key\n",
      ]
      for line in lines {
        let ran = try await mesh.alice.ssh("bob", line)
        #expect(ran.status != 0)
        #expect(ran.out.isEmpty, "\(line): \(ran)")
      }
    }
  }

  @Test func aPeerSpeaksOnlyForItself() async throws {
    try await TwoAccounts.run { mesh in
      let program = mesh.bob.home + "/bin/agent-register-hook"
      try mesh.bob.authorize(mesh.alice, command: "\(program) serve --peer mallory")
      try await mesh.endConnections()
      let sent = try await mesh.alice.run("notify-pane", ["bob-main-reader", "hello"])
      #expect(sent.status == 6, "\(sent)")
      #expect(try await !mesh.reader.capture().contains("hello"))
    }
  }

  @Test func aDeadPeerIsKnownSoon() async throws {
    try await TwoAccounts.run { mesh in
      try await mesh.endConnections()
      mesh.bob.server.kill()
      let began = ContinuousClock.now
      let sent = try await mesh.alice.run("notify-pane", ["bob-main-reader", "hello"])
      #expect(sent.status == 4, "\(sent)")
      #expect(ContinuousClock.now - began < .seconds(6))
    }
  }
}
