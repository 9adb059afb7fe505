import MeshHost
import Testing

/// `Child` and `Conversation` with real programs: output, status, deadlines, limits and inherited
/// descriptors.
@Suite struct SystemChildTests {
  @Test func outputAndStatus() throws {
    let done = try Child.run(
      "sh", ["-c", "echo out; echo err >&2; exit 3"], deadline: .seconds(20))
    #expect(done.status == 3)
    #expect(done.out == bytes("out\n"))
    #expect(done.err == bytes("err\n"))
    let killed = try Child.run("sh", ["-c", "kill -9 $$"], deadline: .seconds(20))
    #expect(killed.status == 128 + 9)
  }

  @Test func stdinReachesItWhole() throws {
    let body = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
    let done = try Child.run("cat", [], stdin: body, limit: 4 << 20, deadline: .seconds(20))
    #expect(done.out == body)
  }

  @Test(arguments: ["true", "false"])
  func whoDoesNotReadItsStdinDoesNotEndUs(program: String) throws {
    for _ in 0..<20 {
      let body = [UInt8](repeating: 65, count: 1 << 20)
      let done = try Child.run(program, [], stdin: body, deadline: .seconds(20))
      #expect(done.status == (program == "true" ? 0 : 1))
    }
  }

  @Test func deadline() throws {
    let scratch = try Scratch()
    let line = "echo $$ > '\(scratch.path)/pid'; exec sleep 100"
    let directory = try scratch.directory()
    // Long enough for the shell to begin, however busy the machine is.
    var deadline = Duration.milliseconds(100)
    repeat {
      deadline *= 3
      let error = failure { () throws(Child.Failure) in
        try Child.run("sh", ["-c", line], deadline: deadline)
      }
      #expect(error == .timeout)
    } while try directory.facts(of: "pid")?.size ?? 0 == 0 && deadline < .seconds(60)
    let pid = try directory.read("pid", limit: 100, policy: .any)
    let text = String(decoding: pid.dropLast(), as: UTF8.self)
    #expect(ProcessTable.facts(of: Int32(text) ?? 0) == nil)
  }

  @Test func limit() {
    let error = failure { () throws(Child.Failure) in
      try Child.run("yes", [], limit: 100_000, deadline: .seconds(20))
    }
    #expect(error == .tooMuchOutput)
  }

  @Test func notStarted() {
    for (name, arguments) in [("no-such-program-of-ours", []), ("true", ["a\0b"]), ("/", [])] {
      let error = failure { () throws(Child.Failure) in
        try Child.run(name, arguments, deadline: .seconds(20))
      }
      guard case .notStarted = error else {
        Issue.record("\(name): \(String(describing: error))")
        continue
      }
    }
  }

  @Test func inheritsNothing() throws {
    let scratch = try Scratch()
    let directory = try scratch.directory()
    let lock = try FileLock.tryAcquire(in: directory, "lock")
    let held = lock != nil
    #expect(held)
    let done = try Child.run(
      "sh", ["-c", "ls /proc/$$/fd; grep -E 'Sig(Ign|Blk)' /proc/self/status; echo \"$A:$B\""],
      environment: ["A": "1", "PATH": "/usr/bin:/bin"], deadline: .seconds(20))
    let lines = String(decoding: done.out, as: UTF8.self).split(separator: "\n")
    #expect(lines.filter { Int($0) != nil } == ["0", "1", "2"])
    let ignored = lines.first { $0.hasPrefix("SigIgn:") }?.suffix(16) ?? ""
    let pipe: UInt64 = 1 << 12
    #expect(UInt64(ignored, radix: 16).map { $0 & pipe } == 0)
    #expect(lines.contains("SigBlk:\t0000000000000000"))
    #expect(lines.last == "1:")
  }

  /// An ssh master or a careless child keeps our pipes open after the child exits.
  @Test(arguments: ["sleep 1000 >/dev/null & echo $!", "sleep 1000 & echo $!"])
  func grandchildrenDoNotHoldUs(line: String) throws {
    let done = try Child.run("sh", ["-c", line], deadline: .seconds(60))
    let pid = try #require(Int32(String(decoding: done.out.dropLast(), as: UTF8.self)))
    #expect(ProcessTable.facts(of: pid) != nil)
    try shell("kill \(pid)")
  }

  @Test func detachedLeadsItsOwnSession() async throws {
    let scratch = try Scratch()
    try Child.detach(
      "sh",
      [
        "-c", "cat /proc/$$/stat > \"$0\"/part; mv \"$0\"/part \"$0\"/stat",
        scratch.path,
      ])
    let directory = try scratch.directory()
    #expect(try await eventually { try directory.facts(of: "stat") != nil })
    let stat = try directory.read("stat", limit: 4096, policy: .any)
    let fields = String(decoding: stat, as: UTF8.self).split(separator: " ")
    #expect(fields[0] == fields[5])
    #expect(fields[6] == "0")
    // The next child process collects it.
    let pid = try #require(Int32(fields[0]))
    #expect(
      try await eventually {
        try Child.detach("true", [])
        return ProcessTable.facts(of: pid) == nil
      })
  }

  @Test func conversation() throws {
    var talk = try Conversation("cat", [])
    try talk.write(bytes("one\n"), until: soon())
    #expect(try talk.read(atMost: 100, until: soon()) == bytes("one\n"))
    try talk.write(bytes("two\n"), until: soon())
    #expect(try talk.read(atMost: 2, until: soon()) == bytes("tw"))
    #expect(try talk.read(atMost: 100, until: soon()) == bytes("o\n"))
    talk.closeInput()
    #expect(try talk.read(atMost: 100, until: soon()) == [])
    let ending = try talk.finish(until: soon())
    #expect(ending.status == 0 && ending.stderr.isEmpty)
  }

  /// `cat` blocks on its stdout when nobody reads it, so writing must read meanwhile.
  @Test func neitherSideWaitsForTheOther() throws {
    let body = [UInt8](repeating: 66, count: 2 << 20)
    var talk = try Conversation("cat", [])
    try talk.write(body, until: soon())
    talk.closeInput()
    var back = 0
    while true {
      let piece = try talk.read(atMost: 1 << 20, until: soon())
      if piece.isEmpty { break }
      back += piece.count
    }
    #expect(back == body.count)
  }

  @Test func conversationEnds() throws {
    var silent = try Conversation("sleep", ["100"])
    let late = failure { () throws(ConversationError) in
      try silent.read(atMost: 1, until: soon(.milliseconds(100)))
    }
    #expect(late == .timeout)
    var deaf = try Conversation("sh", ["-c", "exec <&-; echo x; echo sorry >&2; exit 7"])
    let closed = failure { () throws(ConversationError) in
      try deaf.write([UInt8](repeating: 0, count: 1 << 20), until: soon())
    }
    #expect(closed == .closed)
    let ending = try deaf.finish(until: soon())
    #expect(ending.status == 7 && ending.stderr == bytes("sorry\n"))
  }

  @Test func forgottenConversationIsKilled() throws {
    let pid = try startAndForget()
    #expect(ProcessTable.facts(of: pid) == nil)
  }

  private func startAndForget() throws -> Int32 {
    var talk = try Conversation("sh", ["-c", "echo $$; exec sleep 100"])
    let line = try talk.read(atMost: 100, until: soon())
    let pid = Int32(String(decoding: line.dropLast(), as: UTF8.self)) ?? 0
    #expect(ProcessTable.facts(of: pid) != nil)
    return pid
  }
}
