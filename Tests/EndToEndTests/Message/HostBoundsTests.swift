import Mesh
import MeshCrypto
import TestSupport
import Testing

/// What one peer can use of an account is limited, and the last place is reserved for the account. One test per
/// row of SECURITY.md's table.
@Suite struct HostBoundsTests {
  private static func message(
    _ forger: Forger, _ text: String = "hello", _ options: SendOptions = SendOptions()
  ) throws -> [UInt8] {
    let body = Array(text.utf8)
    var statement = try forger.statement(
      .message, length: body.count, digest: Digest.hex(Digest.blake2b256(body)))
    statement.options = options
    return forger.envelope(statement, body)
  }

  /// Holds places, as that many running sessions would, until the sandbox ends.
  private static func hold(_ kind: String, _ count: Int, _ forger: Forger) async throws {
    let sandbox = forger.account.sandbox
    let folder = sandbox.home + "/.agents/state/places"
    try Files.makeDirectory(folder)
    let script = """
      umask 077; cd '\(folder)'
      for n in $(seq 0 \(count - 1)); do exec {fd}>>"\(kind)-beta-$n"; flock -n $fd || exit 1; done
      touch held; exec sleep 600
      """
    _ = try sandbox.start("bash", ["-c", script])
    try await eventually("the places to be held") { Files.exists(folder + "/held") }
  }

  @Test func refusalsAreLoggedSoOften() async throws {
    try await Forger.with { forger in
      try await forger.account.recipient.pane.set("@agent-allow", "none")
      // A file of refused slices once had this name.
      try Files.write(forger.account.sandbox.home + "/.agents/state/refused", "beta x\n")
      let good = try Self.message(forger)
      _ = try await forger.deliver(good)
      for number in 0..<60 {
        // Every other message has a wrong signature: no rate limit counts those.
        var bytes = try Self.message(forger)
        if number.isMultiple(of: 2) { bytes[bytes.count - 40] ^= 1 }
        _ = try await forger.deliver(bytes)
      }
      let log = Files.text(forger.account.sandbox.home + "/.agents/log/messages.jsonl") ?? ""
      let lines = log.split(separator: "\n").count { $0.contains(#""from":"beta-x""#) }
      // Twenty per minute; a new minute may have begun once or twice.
      #expect((20..<61).contains(lines), "\(lines)")
      let state =
        Files.text(forger.account.sandbox.home + "/.agents/state/refused-messages/beta") ?? ""
      let counts = state.split(separator: " ").compactMap { Int($0) }
      #expect(counts.count == 3, "\(state)")
      #expect(log.contains("were not logged") || (counts.last ?? 0) > 0)
      // Messages sent from here are logged all the same.
      _ = try await forger.account.notify([forger.account.address, "own"])
      let after = Files.text(forger.account.sandbox.home + "/.agents/log/messages.jsonl") ?? ""
      #expect(after.split(separator: "\n").count == log.split(separator: "\n").count + 1)
    }
  }

  /// A question about an id that nobody knows is no refusal, and neither is a body that ends early.
  @Test func whateverDoesNotSucceedIsLoggedSoOften() async throws {
    try await Forger.with { forger in
      let log = { Files.text(forger.account.sandbox.home + "/.agents/log/messages.jsonl") ?? "" }
      for number in 0..<61 {
        var bytes = try Self.message(forger, "half of it")
        if number.isMultiple(of: 2) {
          var asked = try forger.statement(.status, digest: Digest.hex(Digest.blake2b256([])))
          asked.inReplyTo = MessageID.random()
          bytes = forger.envelope(asked, [])
        } else {
          bytes.removeLast()
        }
        let answer = try await forger.deliver(bytes)
        #expect(answer.receipt?.disposition.outcome.isSuccess == false, "\(answer)")
      }
      let lines = log().split(separator: "\n").count { $0.contains(#""from":"beta-x""#) }
      #expect((20..<61).contains(lines), "\(lines)")
      #expect(forger.account.recipient.submissions.isEmpty)
    }
  }

  @Test func whoIsNotAdmittedLeavesNoRecord() async throws {
    try await Forger.with { forger in
      let pane = forger.account.recipient.pane
      try await pane.set("@agent-allow", "none")
      let bytes = try Self.message(forger)
      for _ in 0..<2 {
        let answer = try await forger.deliver(bytes)
        #expect(answer.receipt?.disposition == Disposition(.refused, .denied), "\(answer)")
      }
      let seen = forger.account.sandbox.home + "/.agents/seen/beta"
      #expect(Files.list(seen).isEmpty)
      // It was never typed: once the list admits its sender, the same message is, and that once.
      try await pane.set("@agent-allow", "@mesh")
      for _ in 0..<2 {
        let answer = try await forger.deliver(bytes)
        #expect(answer.receipt?.disposition.outcome == .submitted, "\(answer)")
      }
      #expect(Files.list(seen).count == 1)
      try await eventually("the message") { forger.account.recipient.submissions.count == 1 }
    }
  }

  /// A session that sends nothing holds its place until its time is over.
  @Test(arguments: [("deliver", 64), ("overview", 4)])
  func soManySessionsOfAHostRun(_ verb: String, _ most: Int) async throws {
    try await Forger.with { forger in
      func call() async throws -> Ran {
        try await forger.account.sandbox.run(
          "agent-register-hook", ["serve", "--peer", "beta"], stdin: try Self.message(forger),
          environment: ["SSH_ORIGINAL_COMMAND": "~/bin/agent-register-hook \(verb)"])
      }
      #expect(try await call().text.hasPrefix("AMSH1 ready"))
      try await Self.hold(verb, most, forger)
      let refused = try await call()
      #expect(refused.status == 4 && refused.out.isEmpty, "\(refused)")
      #expect(refused.errorText.contains("sessions"), "\(refused)")
    }
  }

  @Test func aHostHasAShareOfAQueue() async throws {
    try await Account.with(["--draft", "half a sentence"]) { account in
      let forger = try await Forger(account, "beta")
      let queue = SendOptions(queue: true)
      let first = try await forger.deliver(try Self.message(forger, "first", queue))
      #expect(first.receipt?.disposition.outcome == .queued, "\(first)")
      let spool = account.sandbox.home + "/.agents/spool"
      let pane = try #require(Files.list(spool).first { !$0.hasPrefix(".") && $0 != "notices" })
      func fill(_ host: String, _ count: Int) throws {
        for _ in 0..<count {
          let id = try #require(MessageID.random())
          try Files.write("\(spool)/\(pane)/90000000000000-90000000000000-\(id)-\(host)", "x")
        }
      }
      try fill("beta", 59)
      let over = try await forger.deliver(try Self.message(forger, "over", queue))
      #expect(over.receipt?.disposition == Disposition(.refused, .quota), "\(over)")
      let other = try await Forger(account, "gamma")
      let its = try await other.deliver(try Self.message(other, "its", queue))
      #expect(its.receipt?.disposition.outcome == .queued, "\(its)")
      // All other hosts together leave places for this account.
      for host in ["delta", "epsilon"] { try fill(host, 60) }
      let last = try await other.deliver(try Self.message(other, "last", queue))
      #expect(last.receipt?.disposition == Disposition(.refused, .quota), "\(last)")
      let own = try await account.notify(["--queue", account.address, "own"])
      #expect(own.status == 0 && own.text.hasSuffix(": queued"), "\(own)")
    }
  }

  @Test func soManySessionsOfAHostWait() async throws {
    try await Account.with(["--draft", "half a sentence"]) { account in
      let forger = try await Forger(account, "beta")
      try await Self.hold("wait", 32, forger)
      let began = ContinuousClock.now
      let answer = try await forger.deliver(
        try Self.message(forger, "hello", SendOptions(wait: 600)))
      #expect(answer.receipt?.disposition == Disposition(.notReady, .draft), "\(answer)")
      #expect(ContinuousClock.now - began < .seconds(60))
      // This account's own messages may wait without limit.
      let waiting = try account.sandbox.start(
        "notify-pane", ["--wait", "60s", account.address, "own"])
      try await account.recipient.pane.keys("C-u")
      #expect(try await waiting.finish().status == 0)
    }
  }

  @Test func soManyFilesOfAHostAreOnTheirWay() async throws {
    try await Forger.with { forger in
      try await Self.hold("file", 8, forger)
      let answer = try await forger.deliver(try forger.plainFile("f", [1, 2, 3]))
      #expect(answer.receipt?.disposition == Disposition(.refused, .quota), "\(answer)")
      #expect(forger.leftNothing)
    }
  }
}
