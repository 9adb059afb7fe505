import TestSupport
import Testing

/// `--queue` for a host that is down: the message waits on the sender's machine and is typed once.
@Suite struct OutboxTests {
  private static let id = "abcdefghijklmnopqrstuvwxya"

  private static func waiting(_ host: LoopbackHost) -> [String] {
    let folder = host.home + "/.agents/spool/outbox"
    return Files.list(folder).filter { !$0.hasPrefix(".") }.map { "\(folder)/\($0)" }
  }

  private static func leave(_ mesh: TwoAccounts, _ options: [String] = []) async throws {
    try await mesh.endConnections()
    mesh.bob.server.kill()
    let sent = try await mesh.alice.run(
      "notify-pane", ["--queue", "--id", id] + options + ["bob-main-reader", "once and for all"])
    #expect(sent.status == 0 && sent.text.hasSuffix(": queued"), "\(sent)")
    #expect(sent.errorText.contains("the message waits here"), "\(sent)")
  }

  @Test func aMessageWaitsForItsHostAndIsTypedOnce() async throws {
    try await TwoAccounts.run { mesh in
      try await Self.leave(mesh)
      let file = try #require(Self.waiting(mesh.alice).first)
      #expect(try await mesh.sandbox.must("stat", ["-c", "%a", file]) == "600")
      #expect(!(Files.text(file) ?? "").contains("SSH SIGNATURE"))
      let asked = try await mesh.alice.run("notify-pane", ["--status", Self.id])
      #expect(asked.status == 0 && asked.text.hasSuffix(": queued"), "\(asked)")
      // The host is still down, so the message still waits.
      _ = try await mesh.alice.run("agent-mesh", ["drain"])
      #expect(Self.waiting(mesh.alice) == [file])
      try await mesh.bob.server.start()
      // The first attempt's receipt is lost: the second attempt is answered and types nothing.
      let shim = try Shim(
        mesh.sandbox, for: "ssh", then: .cutOutput(after: 12), matching: "deliver")
      _ = try await mesh.alice.run(
        "agent-mesh", ["drain"], environment: shim.environment(over: mesh.alice.environment))
      try await mesh.reader.waitFor("once and for all")
      #expect(Self.waiting(mesh.alice) == [file])
      for _ in 0..<2 {
        let drained = try await mesh.alice.run("agent-mesh", ["drain"])
        #expect(drained.status == 0, "\(drained)")
      }
      #expect(Self.waiting(mesh.alice).isEmpty)
      let log = Files.text(mesh.bob.home + "/.agents/log/messages.jsonl") ?? ""
      let lines = log.split(separator: "\n").filter { $0.contains(Self.id) }
      #expect(lines.count { !$0.contains("answered from the store") } == 1, "\(lines)")
    }
  }

  @Test func aHostThatFailedIsAskedOnceForAllItsNotices() async throws {
    try await TwoAccounts.run { mesh in
      try await mesh.endConnections()
      let (away, calls) = (mesh.sandbox.directory + "/away", mesh.sandbox.path("calls"))
      try Files.makeDirectory(away)
      try Files.write(away + "/ssh", "#!/bin/sh\necho x >>\(calls)\nexit 255\n", mode: 0o755)
      let folder = mesh.alice.home + "/.agents/spool/notices"
      try Files.makeDirectory(folder)
      func drained(_ ids: [String]) async throws -> Int {
        for id in ids {
          try Files.write(
            "\(folder)/00000000000001-90000000000000-\(id)-bob", "bob-main-reader\n\(Self.id)\nx\n")
        }
        let before = Files.text(calls)?.count ?? 0
        let path = "\(away):" + (mesh.alice.environment["PATH"] ?? "")
        _ = try await mesh.alice.run("agent-mesh", ["drain"], environment: ["PATH": path])
        return (Files.text(calls)?.count ?? 0) - before
      }
      let first = try await drained([Self.id])
      #expect(first > 0)
      let all = try await drained(["b", "c", "d"].map { "abcdefghijklmnopqrstuvwx" + $0 + "a" })
      #expect(all <= first, "\(all) calls, not \(first)")
      #expect(Files.list(folder).count { $0.hasSuffix("-bob") } == 4)
    }
  }

  @Test func whatIsToBeSealedDoesNotWaitInTheClear() async throws {
    try await TwoAccounts.run { mesh in
      try await mesh.endConnections()
      mesh.bob.server.kill()
      let sent = try await mesh.alice.run(
        "notify-pane", ["--queue", "--seal", "bob-main-reader"], stdin: Array("secret".utf8))
      #expect(sent.status == 4, "\(sent)")
      #expect(Self.waiting(mesh.alice).isEmpty)
    }
  }

  @Test func itIsSeenTriedAndCancelled() async throws {
    try await TwoAccounts.run { mesh in
      try await Self.leave(mesh)
      let listed = try await mesh.alice.run("agent-mesh", ["queue"])
      #expect(listed.text.contains("abcdefgh  bob-main-reader"), "\(listed)")
      #expect(listed.text.contains("host silent"), "\(listed)")
      let overview = try await mesh.alice.run("agent-mesh", ["list", "--json"])
      #expect(overview.text.contains(#""waiting":1"#), "\(overview)")
      let log = try await mesh.alice.run("agent-mesh", ["log", "--id", "abcdefgh"])
      #expect(log.text.contains("queued"), "\(log)")
      // A failed attempt: the message still waits, and the history has no line about it.
      let tried = try await mesh.alice.run("agent-mesh", ["queue", "retry", "abcdefgh"])
      #expect(tried.status == 3 && tried.errorText.contains("bob does not answer"), "\(tried)")
      let history = Files.text(mesh.alice.home + "/.agents/log/messages.jsonl") ?? ""
      #expect(history.split(separator: "\n").count { $0.contains(Self.id) } == 1, "\(history)")
      let ended = try await mesh.alice.run("agent-mesh", ["queue", "cancel", "abcdefgh"])
      #expect(ended.status == 0 && ended.text.contains("cancelled"), "\(ended)")
      #expect(Self.waiting(mesh.alice).isEmpty)
      let status = try await mesh.alice.run("agent-mesh", ["log", "--id", "abcdefgh"])
      #expect(status.text.contains("cancelled"), "\(status)")
      try await mesh.bob.server.start()
      _ = try await mesh.alice.run("agent-mesh", ["drain"])
      _ = try await mesh.alice.run("notify-pane", ["bob-main-reader", "after it"])
      try await mesh.reader.waitFor("after it")
      #expect(try await !mesh.reader.capture().contains("once and for all"))
    }
  }

  @Test func theNextMessageTakesItAlong() async throws {
    try await TwoAccounts.run { mesh in
      try await Self.leave(mesh)
      try await mesh.bob.server.start()
      let sent = try await mesh.alice.run("notify-pane", ["bob-main-reader", "the next one"])
      #expect(sent.status == 0, "\(sent)")
      try await mesh.reader.waitFor("once and for all")
      try await eventually("the outbox to empty") { Self.waiting(mesh.alice).isEmpty }
    }
  }

  @Test func whoseHostStaysDownIsToldOnce() async throws {
    try await TwoAccounts.run { mesh in
      try await mesh.endConnections()
      mesh.bob.server.kill()
      let pane = try await mesh.aliceTmux.first()
      try await pane.set("@agent-allow", "@self")
      let line =
        "AGENT_NAME=alice-main-reader \(mesh.alice.home)/bin/notify-pane --queue --expires 1s "
        + "--id \(Self.id) bob-main-reader gone"
      try await mesh.aliceTmux.call(["run-shell", line])
      try await eventually("the message to expire") {
        _ = try await mesh.alice.run("agent-mesh", ["drain"])
        return Self.waiting(mesh.alice).isEmpty
      }
      try await pane.waitFor("delivered: not-ready (expired)")
      _ = try await mesh.alice.run("agent-mesh", ["drain"])
      let screen = try await pane.capture()
      // cat's terminal echoes the typed line, and cat prints it again.
      #expect(screen.count(of: "your message abcdefgh") <= 2, "\(screen)")
    }
  }
}
