#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import Mesh
import MeshCrypto
import TestSupport
import Testing

/// What `agent-mesh list --json` prints, as far as tests look at it.
struct ListedOverview: Decodable {
  struct Agent: Decodable {
    var address: String
    var host: String
    var window: String
    var state: String?
    var waiting: Int?
    var reach: String
    var role: String
    var last: Last?
  }
  struct Last: Decodable { var outcome: String }
  struct Host: Decodable {
    var host: String
    var reach: String
    var standing: String
    var failure: String?
  }
  var schema: Int
  var hosts: [Host]
  var agents: [Agent]

  init(_ ran: Ran) throws {
    do { self = try JSONDecoder().decode(ListedOverview.self, from: Data(ran.out)) } catch {
      throw Trouble("no JSON: \(error) \(ran)")
    }
  }

  func agent(_ address: String) throws -> Agent {
    guard let found = agents.first(where: { $0.address == address }) else {
      throw Trouble("no agent \(address) in \(agents.map(\.address))")
    }
    return found
  }
}

@Suite struct OverviewTests {
  @Test func eachPaneIsOneRowWithStateWindowQueueAndLastOutcome() async throws {
    try await LocalMesh.with { mesh in
      _ = try await mesh.cat("世界")
      let vi = try await mesh.tmux.window("vi", ["less", "/etc/passwd"])
      try await mesh.cat("sink").pane.set("@agent-role", "Code reviewer")
      _ = try await mesh.run("agent-discover")
      try await eventually("less to be read") {
        try await vi.format("#{pane_current_command}") == "less"
      }
      #expect(try await mesh.send("--queue", "hub-main-vi", "later").status == 0)
      #expect(try await mesh.send("hub-main-sink", "now").status == 0)
      let listed = try ListedOverview(try await mesh.run("agent-mesh", ["list", "--json"]))
      #expect(listed.schema == 1 && listed.hosts.map(\.host) == ["hub"])
      #expect(
        Set(listed.agents.map(\.address)) == [
          "hub-main-first", "hub-main-win1", "hub-main-vi", "hub-main-sink",
        ])
      #expect(try listed.agent("hub-main-win1").window == "世界")
      #expect(try listed.agent("hub-main-sink").state == "ready")
      #expect(try listed.agent("hub-main-sink").last?.outcome == "submitted")
      #expect(try listed.agent("hub-main-sink").role == "Code reviewer")
      #expect(try listed.agent("hub-main-first").role.isEmpty)
      #expect(try listed.agent("hub-main-vi").waiting == 1)
      #expect(listed.agents.first?.address == "hub-main-vi")
      let plain = try await mesh.run("agent-mesh", ["list"])
      #expect(plain.status == 0 && plain.text.contains("1 queued"))
      #expect(!plain.text.contains("\u{1B}"))
      let bare = try await mesh.run("agent-mesh")
      #expect(bare.text.split(separator: "\n").count == plain.text.split(separator: "\n").count)
    }
  }

  @Test func listKeepsItsBareAddressesAndTakesFilters() async throws {
    try await LocalMesh.with { mesh in
      try await mesh.cat("sink").pane.set("@agent-role", "Code reviewer")
      _ = try await mesh.run("agent-discover")
      let ready = try await mesh.send("--list", "--ready").text.split(separator: "\n")
      #expect(ready == ["hub-main-sink"])
      let role = try await mesh.send("--list", "--role", "reviewer").text
      #expect(role == "hub-main-sink\nhub-main-sink-0")
      #expect(try await mesh.send("--list", "--host", "far").text.isEmpty)
      #expect(try await mesh.send("--ready", "hub-main-sink", "x").status == 1)
    }
  }

  @Test func aReaderAboveAShellIsNotReady() async throws {
    try await LocalMesh.with { mesh in
      let shell = try await mesh.tmux.window("over")
      try await shell.type("cat")
      try await shell.keys("Enter")
      try await eventually("cat to run") {
        try await shell.format("#{pane_current_command}") == "cat"
      }
      _ = try await mesh.run("agent-discover")
      #expect(try await mesh.send("--list", "--ready").text.isEmpty)
      let look = try await mesh.run("agent-mesh", ["look", "over"])
      #expect(look.text.contains("a shell lies beneath it"), "\(look)")
      #expect(try await mesh.send("--queue", "over", "x").text.hasSuffix(": queued"))
      #expect(try await mesh.run("agent-mesh", ["queue"]).text.contains("shell-prompt"))
      let dry = try await mesh.send("--dry-run", "--wait", "1s", "over", "x")
      #expect(dry.text.contains("outcome: not-ready (shell)"), "\(dry)")
    }
  }

  @Test func outputThatCannotBeWrittenIsAnError() async throws {
    try await LocalMesh.with { mesh in
      _ = try await mesh.cat("sink")
      _ = try await mesh.run("agent-discover")
      _ = try await mesh.send("hub-main-sink", "x")
      for line in [
        "notify-pane --list", "agent-mesh list", "agent-mesh list --json", "agent-mesh log",
        "agent-mesh status",
      ] {
        let full = try await mesh.run("sh", ["-c", "\(line) >/dev/full"])
        #expect(full.status == 1 && full.errorText.contains("could not all be written"), "\(full)")
      }
      // A reader that has had enough is nothing to complain about.
      let closed = try await mesh.run("sh", ["-c", "agent-mesh list >&-; agent-mesh list | true"])
      #expect(!closed.errorText.contains("Fatal"))
      // What became of a message is never told as something else.
      let sent = try await mesh.run("sh", ["-c", "notify-pane hub-main-sink x >/dev/full"])
      #expect(sent.status == 0, "\(sent)")
    }
  }

  @Test func aHostileWindowReachesNoTerminalRaw() async throws {
    try await LocalMesh.with { mesh in
      let pane = try await mesh.tmux.window("x", ["sh", "-c", "exec cat"])
      try await mesh.tmux.call([
        "rename-window", "-t", pane.id, "\u{1B}[2Jé#(touch /tmp/no)#{pane_id}\u{202E}",
      ])
      try await pane.set("@agent-role", "\u{1B}]0;owned\u{7}")
      _ = try await mesh.run("agent-discover")
      for arguments in [["list", "--color", "never"], ["list", "--json"]] {
        let ran = try await mesh.run("agent-mesh", arguments)
        #expect(ran.status == 0)
        #expect(!ran.out.contains(0x1B) && !ran.out.contains(7) && !ran.text.contains("\u{202E}"))
      }
    }
  }
}

/// A line of the history whose signature is not good says nothing of the agents that it names.
@Suite struct ForgedHistoryTests {
  @Test func aClaimThatIsNotAuthenticNamesNobody() async throws {
    try await Forger.with { forger in
      let body = Array("hello".utf8)
      let account = forger.account
      for host in [forger.host, try Host(validating: "nobody")] {
        var statement = try forger.statement(
          .message, length: body.count, digest: Digest.hex(Digest.blake2b256(body)))
        (statement.fromHost, statement.from) = (host, Address(host))
        var bytes = forger.envelope(statement, body)
        bytes[bytes.count - 40] ^= 1
        #expect(try await forger.deliver(bytes).receipt?.disposition.outcome.isSuccess == false)
      }
      let listed = try ListedOverview(
        try await account.sandbox.run("agent-mesh", ["list", "--json"]))
      #expect(try listed.agent(account.address).last == nil)
      let graph = try await account.sandbox.must("agent-mesh", ["graph"])
      #expect(!graph.contains("nobody") && !graph.contains("beta"), "\(graph)")
      // What is proven counts.
      _ = try await account.notify([account.address, "own"])
      let after = try ListedOverview(
        try await account.sandbox.run("agent-mesh", ["list", "--json"]))
      #expect(try after.agent(account.address).last?.outcome == "submitted")
    }
  }
}

@Suite struct HistoryQuestionTests {
  @Test func everyFailedSendIsALineAndCanBeAskedFor() async throws {
    try await TwoAccounts.run { mesh in
      #expect(try await mesh.alice.run("notify-pane", ["bob-main-reader", "fine"]).status == 0)
      try await mesh.bobTmux.window("closed", ["cat"]).set("@agent-allow", "none")
      #expect(try await mesh.alice.run("notify-pane", ["bob-main-closed", "no"]).status == 5)
      try await mesh.endConnections()
      let away = [
        "PATH": mesh.sandbox.directory + "/away:" + (mesh.alice.environment["PATH"] ?? "")
      ]
      try Files.makeDirectory(mesh.sandbox.directory + "/away")
      try Files.write(
        mesh.sandbox.directory + "/away/ssh", "#!/bin/sh\necho no route >&2\nexit 255\n",
        mode: 0o755)
      let cut = try await mesh.alice.run(
        "notify-pane", ["bob-main-reader", "gone"], environment: away)
      #expect(cut.status == 4)
      func log(_ arguments: String...) async throws -> [Substring] {
        try await mesh.alice.run("agent-mesh", ["log"] + arguments).text.split(separator: "\n")
      }
      let failed = try await log("--since", "2h", "--failed")
      #expect(failed.count == 1 && failed[0].contains("out") == true, "\(failed)")
      #expect(failed.first?.contains("failed/unreachable") == true)
      #expect(failed.first?.contains("no route") == true)
      let refused = try await log("--refused")
      #expect(refused.count == 1 && refused[0].contains("bob-main-closed"))
      #expect(try await log("--with", "bob").count == 3)
      #expect(try await log("--with", "bob-main-closed").count == 1)
      // A peer that was cut off is known as such from its first failed send on.
      let listed = try ListedOverview(
        try await mesh.alice.run("agent-mesh", ["list", "--here", "--json"]))
      let bob = try #require(listed.hosts.first { $0.host == "bob" })
      #expect(bob.reach == "silent" && bob.failure?.contains("no route") == true)
      // And as well again from the next that arrives.
      #expect(try await mesh.alice.run("notify-pane", ["bob-main-reader", "back"]).status == 0)
      let after = try ListedOverview(
        try await mesh.alice.run("agent-mesh", ["list", "--here", "--json"]))
      #expect(after.hosts.first { $0.host == "bob" }?.reach == "listed")
      // A question whether the host is there is no message.
      #expect(try await mesh.alice.run("agent-mesh", ["ping", "bob"]).status == 0)
      for host in [mesh.alice, mesh.bob] {
        let last = try await host.run("agent-mesh", ["log", "-n", "1"])
        #expect(!last.text.contains("no-record"), "\(last)")
        #expect(try await !host.run("agent-mesh", ["status"]).text.contains("no-record"))
      }
    }
  }

  @Test func eightCharactersAreEnoughWhereverAnIdIsAsked() async throws {
    try await LocalMesh.with { mesh in
      let sink = try await mesh.cat("sink")
      #expect(try await mesh.send("hub-main-sink", "first").status == 0)
      let line = try #require(try await sink.wait().first)
      let tag = try #require(line.firstMatch(of: #/\[verified ([a-z2-7]{8})/#)).output.1
      let short = String(tag)
      #expect(try await mesh.send("--status", short).text.contains("submitted"))
      #expect(try await mesh.send("--verify", short).status == 0)
      #expect(
        try await mesh.send("--in-reply-to", short, "hub-main-sink", "second").status == 0)
      let reply = try #require(try mesh.log.last { $0.event == "received" })
      #expect(reply.field("in-reply-to")?.hasPrefix(short) == true)
      #expect(try await mesh.run("agent-mesh", ["log", "--id", short]).text.contains(short))
      let unknown = try await mesh.send("--status", "aaaaaaaa")
      #expect(unknown.status == 1 && unknown.errorText.contains("has no message"))
      // Two that begin alike are told apart by the person.
      let twins = ["aaaaaaaaaaaaaaaaaaaaaaaaaa", "aaaaaaaabbbbbbbbbbbbbbbbba"]
      for id in twins { _ = try await mesh.send("--id", id, "hub-main-sink", "x") }
      let both = try await mesh.send("--status", "aaaaaaaa")
      #expect(both.status == 1, "\(both)")
      for id in twins { #expect(both.errorText.contains(id), "\(both)") }
    }
  }
}

@Suite struct QueueSeenTests {
  @Test func whatWaitsIsListedCancelledAndTriedAgain() async throws {
    try await LocalMesh.with { mesh in
      let pane = try await mesh.tmux.window("vi", ["less", "/etc/passwd"])
      try await eventually("less") { try await pane.format("#{pane_current_command}") == "less" }
      #expect(try await mesh.run("agent-mesh", ["queue"]).text.isEmpty)
      var ids: [String] = []
      for text in ["one", "two"] {
        let sent = try await mesh.send("--queue", "hub-main-vi", text)
        let short = try #require(sent.errorText.firstMatch(of: #/--status ([a-z2-7]{8})/#))
        ids.append(String(short.output.1))
      }
      let list = try await mesh.run("agent-mesh", ["queue"]).text
      #expect(list.contains(ids[0]) && list.contains(ids[1]) && list.contains("mode"), "\(list)")
      let waits = try await mesh.run("agent-mesh", ["queue", "retry", ids[0]])
      #expect(
        waits.status == 3 && waits.errorText.contains("still waits: its pane is in a mode"),
        "\(waits)")
      let cancelled = try await mesh.run("agent-mesh", ["queue", "cancel", ids[0]])
      #expect(cancelled.status == 0 && cancelled.text.contains("nothing was typed"))
      let status = try await mesh.send("--status", ids[0])
      #expect(status.status == 5 && status.text.contains("cancelled"), "\(status)")
      #expect(try await mesh.run("agent-mesh", ["queue", "cancel", ids[0]]).status == 1)
      // Its sender is in no pane: nobody could read a notice.
      #expect(!Files.exists(mesh.agents + "/spool/notices"))
      let file = mesh.sandbox.path("cat")
      try await mesh.tmux.call([
        "respawn-pane", "-k", "-t", pane.id, "sh", "-c", "exec cat >\(quoted(file))",
      ])
      try await eventually("cat") { try await pane.format("#{pane_current_command}") == "cat" }
      try await eventually("the second message") {
        _ = try await mesh.run("agent-mesh", ["queue", "retry", ids[1]])
        return Files.text(file)?.contains("two") == true
      }
      #expect(Files.text(file)?.contains("one") != true)
      #expect(try await mesh.run("agent-mesh", ["queue"]).text.isEmpty)
    }
  }
}
