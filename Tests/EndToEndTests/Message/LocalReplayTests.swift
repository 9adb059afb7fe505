import Mesh
import TestSupport
import Testing

/// Messages that arrive again, and processes that die.
@Suite struct LocalReplayTests {
  @Test func aReplayIsAnsweredNotTyped() async throws {
    try await LocalBadInputTests.with { mesh, far, cat in
      let letter = try LocalBadInputTests.letter(mesh, far)
      let bytes = letter.signed(by: far)
      for _ in 0..<3 {
        #expect(try await mesh.deliver(bytes, about: letter).verdict == "submitted -")
      }
      // Signed again at another time: still the same message.
      var again = letter
      again.statement.time = Timestamp(milliseconds: letter.statement.time.milliseconds + 5)
      #expect(try await mesh.deliver(again, by: far).verdict == "submitted -")
      var other = letter
      other.statement.to = try Address(validating: "hub-main-sink-0")
      #expect(try await mesh.deliver(other, by: far).verdict == "not-authentic id-reused")
      #expect(try await cat.wait() == cat.lines && cat.lines.count == 1)
    }
  }

  @Test func oneHostCannotUseUpAnothersIDs() async throws {
    try await LocalBadInputTests.with { mesh, far, cat in
      let other = try ForeignHost("other")
      try other.pin(in: mesh)
      let letter = try LocalBadInputTests.letter(mesh, far)
      var stolen = try Letter(
        from: "other-a-b", of: other.host, to: "hub-main-sink", in: mesh, "stolen")
      stolen.statement.id = letter.statement.id
      #expect(try await mesh.deliver(stolen, by: other).verdict == "refused denied")
      #expect(try await mesh.deliver(letter, by: far).verdict == "submitted -")
      #expect(try await cat.wait()[0].hasSuffix("] hello"))
    }
  }

  @Test func fiftyAtOnceAreTypedOnce() async throws {
    try await LocalBadInputTests.with { mesh, far, cat in
      let letter = try LocalBadInputTests.letter(mesh, far)
      let bytes = letter.signed(by: far)
      let verdicts = try await withThrowingTaskGroup(of: String.self) { group in
        for _ in 0..<50 {
          group.addTask { try await mesh.deliver(bytes, about: letter).verdict }
        }
        return try await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
      }
      #expect(verdicts == ["submitted -": 50])
      #expect(try await cat.wait().count == 1)
      #expect(try await mesh.tmux.call(["list-buffers"]).isEmpty)
    }
  }

  /// A sweep, at whatever time, does not let an old message in again.
  @Test func sweepsForgetNothingThatStillCounts() async throws {
    try await LocalBadInputTests.with { mesh, far, cat in
      let letter = try LocalBadInputTests.letter(mesh, far, at: -250_000, life: 299_000)
      let bytes = letter.signed(by: far)
      #expect(try await mesh.deliver(bytes, about: letter).verdict == "submitted -")
      let folder = mesh.agents + "/seen/far"
      #expect(Files.list(folder) == [letter.statement.id.text])
      // The file looks as old as possible.
      try await mesh.sandbox.must(
        "touch", ["-d", "2001-01-01", "\(folder)/\(letter.statement.id)"])
      try await mesh.sandbox.must("agent-discover", environment: mesh.tmux.outside)
      #expect(try await mesh.deliver(bytes, about: letter).verdict == "submitted -")
      #expect(try await cat.wait().count == 1)
      // Records that expired more than a day ago are removed.
      let old = "\(folder)/aaaaaaaaaaaaaaaaaaaaaaaaaa"
      let digest = String(repeating: "0", count: 64)
      try Files.write(old, "d\nmessage hub-main-sink \(digest) 5 2020-01-01T00:00:00.000Z\n")
      try await mesh.sandbox.must("agent-discover", environment: mesh.tmux.outside)
      #expect(!Files.exists(old) && Files.list(folder).count == 1)
    }
  }

  @Test func theRateEndsAFlood() async throws {
    try await LocalBadInputTests.with { mesh, far, cat in
      try Files.write(mesh.agents + "/policy.toml", "rate = 5\nrate_sender = 3\n")
      let first = try await mesh.deliver(try LocalBadInputTests.letter(mesh, far), by: far)
      try #require(first.verdict == "submitted -", "\(first.ran)")
      var verdicts: [String] = []
      for index in 0..<7 {
        let letter = try Letter(
          from: index < 4 ? "far-a-b" : "far-c-d", of: far.host, to: "hub-main-sink", in: mesh)
        verdicts.append(try await mesh.deliver(letter, by: far).verdict)
      }
      // Three per sender, five per host; a new minute may begin once meanwhile.
      #expect(verdicts.contains("refused rate"), "\(verdicts)")
      #expect(verdicts.filter { $0 == "submitted -" }.count < 7)
      // Our own messages have no rate limit.
      for _ in 0..<7 {
        try await cat.pane.set("@agent-allow", "@self")
        #expect(try await mesh.send("hub-main-sink", "x").status == 0)
      }
    }
  }

  /// A clock set forward and back again lets no message in twice.
  @Test func whatWasSweptIsNotNew() async throws {
    try await LocalBadInputTests.with { mesh, far, cat in
      let letter = try LocalBadInputTests.letter(mesh, far)
      let bytes = letter.signed(by: far)
      #expect(try await mesh.deliver(bytes, about: letter).verdict == "submitted -")
      // As a sweep sees it a day later: the record expired long ago.
      let path = "\(mesh.agents)/seen/far/\(letter.statement.id)"
      let record = try #require(Files.text(path))
      let end = letter.statement.expires.text
      try Files.write(path, record.replacing(end, with: "2020" + end.dropFirst(4)))
      try await mesh.sandbox.must("agent-discover", environment: mesh.tmux.outside)
      #expect(!Files.exists(path))
      let swept = "\(mesh.agents)/state/swept/far"
      #expect(Files.text(swept) == "2020" + end.dropFirst(4))
      // What the sweep would have written if the clock had been a day ahead.
      try Files.write(swept, end)
      #expect(try await mesh.deliver(bytes, about: letter).verdict == "not-authentic stale")
      let next = try LocalBadInputTests.letter(mesh, far, at: 1)
      #expect(try await mesh.deliver(next, by: far).verdict == "submitted -")
      #expect(try await cat.wait(2).count == 2)
    }
  }

  /// An unreadable record proves that something happened, but not what: nothing is typed.
  @Test(arguments: ["z", "d", "\0\0\0\0", "x\nmessage", "d\nmessage hub-main-sink 0 5 never\n"])
  func aDamagedRecordIsNoNewMessage(damage: String) async throws {
    try await LocalBadInputTests.with { mesh, far, cat in
      let letter = try LocalBadInputTests.letter(mesh, far)
      let folder = mesh.agents + "/seen/far"
      try Files.makeDirectory(folder)
      try Files.write("\(folder)/\(letter.statement.id)", damage)
      #expect(try await mesh.deliver(letter, by: far).verdict == "unknown -")
      // An empty record is left by a process killed while creating it.
      let other = try LocalBadInputTests.letter(mesh, far)
      try Files.write("\(folder)/\(other.statement.id)", "")
      #expect(try await mesh.deliver(other, by: far).verdict == "submitted -")
      #expect(try await cat.wait().count == 1)
    }
  }
}
