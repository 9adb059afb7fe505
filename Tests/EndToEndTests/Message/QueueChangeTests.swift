import Mesh
import MeshCrypto
import MeshHost
import TestSupport
import Testing

/// Changes made while a message waits apply at its delivery: it takes every step of the receive path again.
@Suite struct QueueChangeTests {
  enum Change: CaseIterable, Sendable {
    case nothing, revoked, distrusted, rotatedKeyEnded, ownKeyReplaced, requireSeal, hostRenamed
    case listRefuses

    /// The reason why the message is not typed; nil: it is typed.
    var reason: String? {
      switch self {
      case .nothing: nil
      case .revoked: "revoked"
      case .distrusted: "unpinned"
      case .rotatedKeyEnded, .ownKeyReplaced: "key-changed"
      case .requireSeal: "seal-required"
      case .hostRenamed: "-"
      case .listRefuses: "denied"
      }
    }
  }

  @Test(arguments: Change.allCases)
  func aQueuedMessageIsCheckedAgain(change: Change) async throws {
    try await Account.with(["--draft", "half a sentence"]) { account in
      let forger = try await Forger(account, "beta")
      let body = Array("later".utf8)
      var statement = try forger.statement(
        .message, length: body.count, digest: Digest.hex(Digest.blake2b256(body)))
      statement.options = SendOptions(queue: true)
      let answer = try await forger.deliver(forger.envelope(statement, body))
      #expect(answer.receipt?.disposition.outcome == .queued, "\(answer)")
      try await apply(change, forger)
      try await account.recipient.pane.keys("C-u")
      try await eventually("the message to leave the queue") {
        try await account.sandbox.must("agent-mesh", ["drain"])
        return Files.list(account.sandbox.home + "/.agents/spool")
          .allSatisfy { $0.hasPrefix(".") || $0 == "notices" }
      }
      let log = Files.text(account.sandbox.home + "/.agents/log/messages.jsonl") ?? ""
      let last = log.split(separator: "\n").last { $0.contains(statement.id.text) } ?? ""
      guard let reason = change.reason else {
        try await account.recipient.waitForSubmissions()
        #expect(account.recipient.bodies() == ["later"])
        #expect(last.contains(#""event":"delivered""#), "\(last)")
        return
      }
      #expect(last.contains(#""event":"bounced""#), "\(last)")
      #expect(last.contains("\"reason\":\"\(reason)\""), "\(last)")
      #expect(account.recipient.submissions.isEmpty)
      #expect(account.recipient.texts(.line).isEmpty)
    }
  }

  /// The same for the message of a sender that waits: it is judged again before the first key.
  @Test(arguments: Change.allCases.filter { $0 != .hostRenamed })
  func aWaitingMessageIsCheckedAgain(change: Change) async throws {
    try await Account.with(["--draft", "half a sentence"]) { account in
      let forger = try await Forger(account, "beta")
      let body = Array("later".utf8)
      var statement = try forger.statement(
        .message, length: body.count, digest: Digest.hex(Digest.blake2b256(body)))
      statement.options = SendOptions(wait: 600)
      let envelope = forger.envelope(statement, body)
      async let waiting = forger.deliver(envelope)
      let locks = account.sandbox.home + "/.agents/state/waiting"
      try await eventually("the message to wait") { !Files.list(locks).isEmpty }
      try await apply(change, forger)
      try await account.recipient.pane.keys("C-u")
      _ = try await waiting
      let log = Files.text(account.sandbox.home + "/.agents/log/messages.jsonl") ?? ""
      let last = log.split(separator: "\n").last { $0.contains(statement.id.text) } ?? ""
      guard let reason = change.reason else {
        try await account.recipient.waitForSubmissions()
        return #expect(account.recipient.bodies() == ["later"])
      }
      #expect(last.contains("\"reason\":\"\(reason)\""), "\(last)")
      #expect(account.recipient.submissions.isEmpty)
      #expect(account.recipient.texts(.line).isEmpty)
    }
  }

  private func apply(_ change: Change, _ forger: Forger) async throws {
    let sandbox = forger.account.sandbox
    let agents = sandbox.home + "/.agents"
    switch change {
    case .nothing: break
    case .revoked:
      try Files.write(agents + "/keys/revoked_keys", forger.key.publicKey.openSSH + "\n")
    case .distrusted: try await sandbox.must("agent-keys", ["distrust", "beta"])
    case .rotatedKeyEnded:
      // The pin of the signing key ended; another key of the same host is valid.
      let pins = agents + "/keys/allowed_signers"
      let next = try SigningKey.generate().publicKey.openSSH
      let lines = (Files.text(pins) ?? "").split(separator: "\n").flatMap { part in
        let line = String(part)
        guard line.hasPrefix("beta ") else { return [line] }
        let old = line.replacing("\" ssh-", with: "\",valid-before=\"20200101000000Z\" ssh-")
        return [old, line.replacing(forger.key.publicKey.openSSH, with: next)]
      }
      try Files.write(pins, lines.joined(separator: "\n") + "\n")
    case .ownKeyReplaced:
      for name in ["sign", "sign.pub"] { Files.remove(agents + "/keys/" + name) }
      try await sandbox.must("agent-keys", ["init"])
    case .requireSeal: try forger.account.policy("require_seal = true\n")
    case .hostRenamed: try Files.write(agents + "/self.conf", "omega\n")
    case .listRefuses: try await forger.account.recipient.pane.set("@agent-allow", "@self")
    }
  }

  @Test func aQuestionAboutAMessageTakesTheSameChecks() async throws {
    try await Forger.with { forger in
      func ask(_ change: (inout Statement) throws -> Void) async throws -> Disposition? {
        var question = try forger.statement(
          .status, digest: Digest.hex(Digest.blake2b256([])))
        question.inReplyTo = MessageID.random()
        try change(&question)
        return try await forger.deliver(forger.envelope(question, [])).receipt?.disposition
      }
      #expect(try await ask { _ in } == Disposition(.unknown, .noRecord))
      let other = try SigningKey.generate().publicKey.fingerprint
      #expect(
        try await ask { $0.toKey = other } == Disposition(.notAuthentic, .keyChanged))
      #expect(
        try await ask { $0.toHost = forger.host } == Disposition(.unknownAgent))
      #expect(
        try await ask { $0.inReplyTo = nil } == Disposition(.notAuthentic, .malformed))
      #expect(
        try await ask {
          $0.expires = Timestamp(milliseconds: $0.time.milliseconds - 1)
        } == Disposition(.notAuthentic, .malformed))
      try forger.account.policy("rate = 0\n")
      #expect(try await ask { _ in } == Disposition(.refused, .rate))
    }
  }

  /// A signature proves nothing of a message that was not authentic, and no refused message stands for another's.
  @Test func whatWasNotAuthenticOrOfAnotherHostIsNoProof() async throws {
    try await Forger.with { forger in
      let sandbox = forger.account.sandbox
      func send(
        _ forger: Forger, _ text: String, _ id: MessageID, from: String? = nil
      ) async throws -> Disposition? {
        let body = Array(text.utf8)
        var statement = try forger.statement(
          .message, length: body.count, digest: Digest.hex(Digest.blake2b256(body)))
        statement.id = id
        if let from { statement.from = try Address(validating: from) }
        return try await forger.deliver(forger.envelope(statement, body)).receipt?.disposition
      }
      func verify(_ id: MessageID) async throws -> Ran {
        try await sandbox.run("notify-pane", ["--verify", id.text])
      }
      let (spoofed, genuine) = (try #require(MessageID.random()), try #require(MessageID.random()))
      let claim = "\(Account.name)-main-boss"
      #expect(
        try await send(forger, "pay", spoofed, from: claim) == Disposition(.notAuthentic, .spoofed))
      let none = try await verify(spoofed)
      #expect(none.status == 6 && !none.text.contains("verified"), "\(none)")

      #expect(try await send(forger, "hello", genuine)?.outcome == .submitted)
      let gamma = try await Forger(forger.account, "gamma")
      try await forger.account.recipient.pane.set("@agent-allow", "host:beta")
      #expect(try await send(gamma, "other", genuine) == Disposition(.refused, .denied))
      let one = try await verify(genuine)
      #expect(one.status == 0 && one.text.contains("from beta-x"), "\(one)")
      #expect(one.text.contains(" of beta, "), "\(one)")
      try await forger.account.recipient.pane.set("@agent-allow", "@mesh")
      let shared = try #require(MessageID.random())
      for sender in [forger, gamma] {
        #expect(try await send(sender, "mine", shared)?.outcome == .submitted)
      }
      let both = try await verify(shared)
      #expect(both.status == 6 && both.errorText.contains("beta and gamma"), "\(both)")
    }
  }

  /// An id's entry belongs to the first message with that id.
  @Test func anIdThatIsUsedAgainLeavesTheFirstOnesOutcome() async throws {
    try await Forger.with { forger in
      func message(_ text: String, _ id: MessageID) throws -> [UInt8] {
        let body = Array(text.utf8)
        var statement = try forger.statement(
          .message, length: body.count, digest: Digest.hex(Digest.blake2b256(body)))
        statement.id = id
        return forger.envelope(statement, body)
      }
      let id = try #require(MessageID.random())
      let first = try await forger.deliver(try message("first", id))
      #expect(first.receipt?.disposition.outcome == .submitted, "\(first)")
      let other = try await forger.deliver(try message("other", id))
      #expect(other.receipt?.disposition == Disposition(.notAuthentic, .idReused), "\(other)")
      let again = try await forger.deliver(try message("first", id))
      #expect(again.receipt?.disposition.outcome == .submitted, "\(again)")
      #expect(forger.account.recipient.bodies() == ["first"])
    }
  }
}
