import Mesh
import TestSupport
import Testing

/// alice and bob have accounts on one machine: she may write to him, and cannot fill his disk, queue or memory.
@Suite(.enabled(if: Lab.isExpected, "\(Lab.why)"), .serialized) struct MeshBoxTests {
  private static func with(_ body: (SharedBox) async throws -> Void) async throws {
    try await SharedBox.with { box in
      for option in ["@agent-allow", "@agent-allow-files"] {
        try await box.pane.set(option, "host:alice")
      }
      try await body(box)
    }
  }

  /// Not with one sender's files, not with many senders', not to the last byte of the disk.
  @Test func aliceCannotFillBobsInbox() async throws {
    try await Self.with { box in
      try await box.policy("sender_quota = 300000\ninbox_quota = 500000\n")
      #expect(try await box.send(200_000).status == 0)
      let second = try await box.send(200_000)
      #expect(
        second.status == 5 && second.errorText.contains("no more room for what you send"),
        "\(second)")
      // Another sender name of hers has no daily quota of its own: the limit is her host's.
      let other = try await box.send(200_000, from: "second")
      #expect(
        other.status == 5 && other.errorText.contains("no more room for what you send"), "\(other)")
      // Where her host may send more, the inbox quota is still the limit.
      try await box.policy("sender_quota = 900000\ninbox_quota = 500000\n")
      #expect(try await box.send(200_000, from: "second").status == 0)
      let third = try await box.send(200_000, from: "third")
      #expect(
        third.status == 5 && third.errorText.contains("no more room for what you send"), "\(third)")
      #expect(try await (400_000...500_000).contains(box.size(".agent-inbox")))
      // Refused files left nothing, and messages still arrive.
      #expect(try await box.hub.must("find", [box.bob.home, "-name", ".part-*"]).isEmpty)
      #expect(try await box.alice.run("notify-pane", ["bob-main-first", "still here"]).status == 0)
      try await box.pane.waitFor("still here")
      // On a small disk a tenth stays free.
      try await box.policy("")
      let inbox = box.bob.home + "/small"
      let ids = try await box.bob.must("id", ["-u"])
      try await box.bob.must("mkdir", ["-p", inbox])
      try await box.hub.must(
        "mount", ["-t", "tmpfs", "-o", "size=1m,mode=700,uid=\(ids),gid=\(ids)", "tmpfs", inbox])
      try await box.bob.must("mv", [box.bob.home + "/.agent-inbox", box.bob.home + "/old"])
      try await box.hub.must("mkdir", [box.bob.home + "/.agent-inbox"])
      try await box.hub.must("mount", ["--move", inbox, box.bob.home + "/.agent-inbox"])
      let full = try await box.send(980_000)
      #expect(
        full.status == 5 && full.errorText.contains("no more room for what you send"), "\(full)")
      #expect(try await box.send(100_000).status == 0)
      try await box.hub.must("umount", [box.bob.home + "/.agent-inbox"])
    }
  }

  /// Neither the queue nor the record of messages grows as she likes.
  @Test func aliceCannotFillBobsQueueAndMemory() async throws {
    try await Self.with { box in
      // She queues a message for a pane that accepts nothing for now.
      try await box.pane.server.call(["copy-mode", "-t", box.pane.id])
      let queued = try await box.alice.run("notify-pane", ["--queue", "bob-main-first", "one"])
      #expect(queued.status == 0, "\(queued)")
      let fill = """
        umask 077; cd ~/.agents/spool/*/ && f=$(ls) && t=${f%%-*} && rest=${f#*-}
        for i in $(seq 1 199); do
          id=$(head -c 99 /dev/urandom | base32 | tr -d '=\n' | tr A-Z a-z | head -c 25)a
          printf x >"$(printf %0*d ${#t} $((10#$t + i)))-${rest%%-*}-$id-alice"
        done; ls | wc -l
        """
      let count = try await box.bob.must("bash", ["-c", fill])
      #expect(count == "200")
      let last = try await box.alice.run("notify-pane", ["--queue", "bob-main-first", "two"])
      #expect(last.status == 5, "\(last)")
      try await box.pane.server.call(["send-keys", "-X", "-t", box.pane.id, "cancel"])
      try await box.bob.must("sh", ["-c", "rm -rf ~/.agents/spool"])
      // A flood of refused messages: only as many are recorded as the rate allows per minute.
      try await box.pane.set("@agent-allow", "none")
      try await box.policy("rate = 4\n")
      let flood = "for i in 1 2 3 4 5 6 7 8 9 10 11 12; do notify-pane bob-main-first x; done"
      let ran = try await box.alice.run("sh", ["-c", flood + "; true"])
      #expect(ran.errorText.contains("no more messages this minute"), "\(ran)")
      let seen = try await box.hub.must(
        "sh", ["-c", "ls \(box.bob.home)/.agents/seen/alice | wc -l"])
      // Two before the flood; a new minute may begin once meanwhile.
      #expect((Int(seen) ?? 99) <= 2 + 2 * 4, "\(seen)")
    }
  }
}

extension SharedBox {
  /// Sets bob's limits.
  func policy(_ text: String) async throws {
    try await bob.must(
      "sh", ["-c", "umask 077; cat >~/.agents/policy.toml"], stdin: Array(text.utf8))
  }

  /// Total bytes of the files below a directory of bob's home.
  func size(_ name: String) async throws -> Int {
    let line = "cat $(find \(bob.home)/\(name) -type f) </dev/null | wc -c"
    return Int(try await hub.must("sh", ["-c", line])) ?? -1
  }

  /// Sends a file from alice's account or from one of her panes.
  func send(_ bytes: Int, from window: String? = nil) async throws -> Ran {
    let line =
      "f=$(mktemp); head -c \(bytes) /dev/urandom >$f; notify-pane --file $f bob-main-first"
    guard let window else { return try await alice.run("sh", ["-c", line]) }
    return try await aliceTmux.run("sh", ["-c", line], window: window)
  }
}
