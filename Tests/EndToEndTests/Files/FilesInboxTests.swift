import Mesh
import MeshCrypto
import TestSupport
import Testing

/// `agent-mesh inbox`: files received, files being received, and files that may be removed.
@Suite struct FilesInboxTests {
  private static func drop(_ account: Account, _ name: String, sealed: Bool = false) async throws {
    let path = try account.file(name, noise(500, seed: UInt64(name.utf8.count)))
    let ran = try await account.notify(
      (sealed ? ["--seal"] : []) + ["--file", path, account.address])
    #expect(ran.status == 0, "\(ran)")
  }

  @Test func whatCameIsListed() async throws {
    try await Account.with { account in
      #expect(try await account.sandbox.must("agent-mesh", ["inbox"]).isEmpty)
      try await Self.drop(account, "one")
      try await Self.drop(account, "two words", sealed: true)
      let folder = account.inbox + "/alpha"
      let list = try await account.sandbox.must("agent-mesh", ["inbox"])
      #expect(list == "\(folder)/one\n\(folder)/two words")
      let json = try await account.sandbox.must("agent-mesh", ["inbox", "--json"])
        .split(separator: "\n")
      #expect(json.count == 2)
      let print = try await account.sandbox.must("agent-keys", ["show"])
        .split(separator: "\n").last
      for (line, sealed) in zip(json, [false, true]) {
        let parts = [
          "\"from\":\"alpha\"", "\"host\":\"alpha\"", "\"key\":\"\(print ?? "?")\"",
          "\"bytes\":500", "\"sealed\":\(sealed)",
          "\"path\":\"\(folder)/\(sealed ? "two words" : "one")\"",
          "\"digest\":\"\(Digest.hex(Digest.blake2b256(noise(500, seed: sealed ? 9 : 3))))\"",
        ]
        for part in parts { #expect(line.contains(part), "\(line)") }
      }
      // On a terminal the output is a table.
      let table = try await account.tmux.window("table", ["sh"])
      try await table.type("agent-mesh inbox\n")
      let screen = try await table.waitFor("two words")
      #expect(screen.contains("SIGNED BY") && screen.contains("500 B  sealed"), "\(screen)")
    }
  }

  @Test func waitingPrintsWhatComesNext() async throws {
    try await Account.with { account in
      try await Self.drop(account, "before")
      let waiting = try ["--plain", "--json"].map {
        try account.sandbox.start("agent-mesh", ["inbox", "--wait", $0])
      }
      // The waiting commands do not show when they first look: send files until each has seen one.
      var names: [String] = []
      while waiting.contains(where: { $0.status == nil }), names.count < 50 {
        names.append("after\(names.count)")
        try await Self.drop(account, names[names.count - 1])
        _ = try? await eventually(within: .milliseconds(600), "both to end") {
          waiting.allSatisfy { $0.status != nil }
        }
      }
      let texts = try await [waiting[0].finish(), waiting[1].finish()]
      #expect(texts.allSatisfy { $0.status == 0 && !$0.text.contains("before") }, "\(texts)")
      #expect(names.contains { texts[0].text == "\(account.inbox)/alpha/\($0)" }, "\(texts)")
      #expect(names.contains { texts[1].text.contains("\"name\":\"\($0)\"") }, "\(texts)")
      #expect(texts[1].text.split(separator: "\n").count == 1)
    }
  }

  @Test func whatIsOldGoesAndNothingElse() async throws {
    try await Account.with { account in
      for name in ["old", "kept", "again"] { try await Self.drop(account, name) }
      let list = account.sandbox.home + "/.agents/state/inbox.jsonl"
      func age(_ name: String) throws {
        let lines = (Files.text(list) ?? "").split(separator: "\n").map { line in
          line.contains("\"name\":\"\(name)\"")
            ? String(line).replacing("\"time\":\"20", with: "\"time\":\"19") : String(line)
        }
        try Files.write(list, lines.map { $0 + "\n" }.joined())
      }
      try age("old")
      // The user removed a file, and another file arrived under its name.
      try age("again")
      Files.remove(account.inbox + "/alpha/again")
      try await Self.drop(account, "again")
      for wrong in ["30", "d", "-1d", "1y"] {
        #expect(
          try await account.sandbox.run("agent-mesh", ["inbox", "--prune=\(wrong)"]).status == 1)
      }
      let ran = try await account.sandbox.run("agent-mesh", ["inbox", "--prune", "30d"])
      #expect(ran.status == 0 && ran.errorText.contains("2 removed"), "\(ran)")
      #expect(account.landed == ["again", "kept"])
      let left = try await account.sandbox.must("agent-mesh", ["inbox"])
      #expect(left == "\(account.inbox)/alpha/kept\n\(account.inbox)/alpha/again")
      try await account.sandbox.must("agent-mesh", ["inbox", "--prune", "0s"])
      #expect(Files.list(account.inbox).isEmpty)
      #expect(try await account.sandbox.must("agent-mesh", ["inbox", "--json"]).isEmpty)
    }
  }

  /// A file costs a block and a line of the index, whatever its size.
  @Test func anEmptyFileCountsToo() async throws {
    try await Forger.with { forger in
      func drop(_ name: String) async throws -> Disposition? {
        try await forger.deliver(try forger.plainFile(name, [])).receipt?.disposition
      }
      try forger.account.policy("sender_quota = 10000\n")
      for name in ["a", "b"] { #expect(try await drop(name)?.outcome == .submitted) }
      #expect(try await drop("c") == Disposition(.refused, .quota))
      try forger.account.policy("inbox_quota = 10000\n")
      #expect(try await drop("d") == Disposition(.refused, .quota))
      try forger.account.policy("")
      #expect(try await drop("e")?.outcome == .submitted)
    }
  }

  @Test func anIndexOfAnyLengthIsReadAndPruned() async throws {
    try await Account.with { account in
      for name in ["old", "new"] { try await Self.drop(account, name) }
      let list = account.sandbox.home + "/.agents/state/inbox.jsonl"
      var lines = (Files.text(list) ?? "").split(separator: "\n").map(String.init)
      lines[0] = lines[0].replacing("\"time\":\"20", with: "\"time\":\"19")
      try Files.write(list, [UInt8](repeating: 120, count: 50 << 20) + Array("\n".utf8))
      try await account.sandbox.must(
        "sh", ["-c", "printf '%s\\n' \"$1\" \"$2\" >>\"$0\"", list] + lines)
      let shown = try await account.sandbox.must("agent-mesh", ["inbox"])
      #expect(shown == "\(account.inbox)/alpha/old\n\(account.inbox)/alpha/new")
      // The next file makes it short again.
      try await Self.drop(account, "newest")
      #expect((Files.read(list) ?? []).count < 32 << 20)
      let ran = try await account.sandbox.run("agent-mesh", ["inbox", "--prune", "30d"])
      #expect(ran.status == 0 && ran.errorText.contains("1 removed"), "\(ran)")
      #expect(account.landed == ["new", "newest"])
    }
  }

  /// On a terminal one line shows the progress, and it disappears when the result is printed.
  @Test func progressIsShownOnATerminalOnly() async throws {
    try await TwoHosts.with { hosts in
      // A connection of about 8 MB per second.
      try hosts.bob.setLoginScript(
        """
        case $BASH_EXECUTION_STRING in *deliver)
          exec 0< <(for i in 1 2 3 4 5 6 7 8 9 10 11 12; do head -c 1500000; sleep 0.17; done; cat) ;;
        esac

        """)
      let path = hosts.sandbox.path("big")
      try await hosts.sandbox.must("truncate", ["-s", "16000000", path])
      let tmux = try await hosts.alice.tmux()
      let words = "--file \(path) --name big \(TwoHosts.address)"
      let ssh = "AGENT_MESH_SSH_CONFIG=\(hosts.alice.home)/.ssh/config"
      let shown = try await tmux.window("shown", ["sh"])
      try await shown.type("\(ssh) notify-pane \(words)\n")
      let line = try await shown.wait(for: "the progress") { $0.contains(" of 16 MB, ") }
      #expect(line.contains(" %"), "\(line)")
      let after = try await shown.waitFor("submitted")
      #expect(!after.contains(" %"), "\(after)")
      // An early end leaves no partial line before the reason.
      try Files.write(hosts.bob.home + "/.agents/policy.toml", "inbox_quota = 16000000\n")
      let piped = try await hosts.alice.run(
        "sh", ["-c", "\(ssh) notify-pane \(words)"])
      #expect(piped.status == 5 && !piped.errorText.contains("%"), "\(piped)")
    }
  }
}
