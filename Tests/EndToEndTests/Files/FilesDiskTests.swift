import Mesh
import MeshCrypto
import TestSupport
import Testing

/// A disk that is or becomes full: nothing is typed, nothing stays there, and the same file lands once it fits.
@Suite(.enabled(if: FilesDisk.isPossible, "\(FilesDisk.why)")) struct FilesDiskTests {
  private static func flags(_ sealed: Bool) -> [String] { sealed ? ["--seal"] : [] }

  /// The files below a directory, without the disk's filler.
  private static func files(_ disk: FilesDisk) async throws -> [String] {
    try await disk.run("find", [disk.path, "-type", "f"]).text.split(separator: "\n")
      .map(String.init).filter { $0 != disk.filler }
  }

  @Test(arguments: [false, true])
  func fullFromTheStart(sealed: Bool) async throws {
    try await Account.with { account in
      let disk = try await FilesDisk(account.sandbox, at: account.inbox, "size=1m")
      // Too large for the disk; too large for the tenth that stays free; and no space at all.
      for (size, full) in [(2_000_000, false), (1_000_000, false), (1, true)] {
        if full { try await disk.fill() }
        let path = try account.file("f", noise(size))
        let ran = try await disk.run(
          "notify-pane", Self.flags(sealed) + ["--file", path, account.address])
        #expect(ran.status == 5 && ran.errorText.contains("has no more room"), "\(ran)")
        #expect(ran.errorText.contains("nothing was kept or typed"))
        #expect(try await Self.files(disk).isEmpty && account.recipient.submissions.isEmpty)
      }
      disk.clear()
      let path = try account.file("f", noise(100_000))
      let ran = try await disk.run(
        "notify-pane", Self.flags(sealed) + ["--file", path, account.address])
      #expect(ran.status == 0, "\(ran)")
      #expect(Files.read(disk.here(account.inbox + "/alpha/f")) == noise(100_000))
    }
  }

  /// No inode is left for a folder, for the partial file, or for its final name.
  @Test(arguments: zip([1, 2, 3], [false, true, false]))
  func withoutRoomForAnotherName(names: Int, sealed: Bool) async throws {
    try await Account.with { account in
      let disk = try await FilesDisk(
        account.sandbox, at: account.inbox, "size=1m,nr_inodes=\(names)")
      let path = try account.file("f", noise(1000))
      let id = "aaaaaaaaaaaaaaaaaaaaaaaaaa"
      let words = Self.flags(sealed) + ["--id", id, "--file", path, account.address]
      let ran = try await disk.run("notify-pane", words)
      #expect(ran.status == 4 && ran.errorText.contains("could not write its own files"), "\(ran)")
      #expect(ran.errorText.contains("nothing was typed"))
      #expect(try await Self.files(disk).isEmpty && account.recipient.submissions.isEmpty)
      #expect(Files.list(disk.here(account.inbox)).isEmpty)
      try await account.sandbox.must(
        "nsenter",
        ["-m", "-t", disk.pid, "mount", "-o", "remount,nr_inodes=100", account.inbox])
      let again = try await disk.run("notify-pane", words)
      #expect(again.status == 0, "\(again)")
      #expect(try await Self.files(disk) == [account.inbox + "/alpha/f"])
    }
  }

  /// Where space can be reserved, filling the disk meanwhile changes nothing. Elsewhere the transfer ends.
  @Test(arguments: [false, true], [false, true])
  func fullInTheMiddle(sealed: Bool, reserving: Bool) async throws {
    try await Forger.with { forger in
      let sandbox = forger.account.sandbox
      let inbox = forger.account.inbox
      let disk = try await FilesDisk(sandbox, at: inbox, "size=4m")
      if !reserving { try Programs.useDebugBuild(in: sandbox.home + "/bin") }
      let file = noise(1_000_000)
      let bytes =
        sealed ? try SealedPieces(forger, file).bytes() : try forger.plainFile("f", file)
      let running = try disk.start(
        "agent-register-hook", ["deliver"],
        environment: reserving ? [:] : ["LD_PRELOAD": try await Self.withoutReserving(sandbox)])
      try await running.send(Array(bytes.prefix(500_000)))
      try await eventually("a part") {
        Files.list(disk.here(inbox + "/beta-x")).contains { $0.hasPrefix(".part-") }
      }
      try await disk.fill()
      try await running.send(Array(bytes.dropFirst(500_000)))
      let ran = try await running.finish()
      if reserving {
        #expect(ran.text.contains("outcome: submitted"), "\(ran)")
      } else {
        #expect(ran.text.contains("outcome: failed\nreason: disk"), "\(ran)")
        #expect(try await Self.files(disk).isEmpty)
        #expect(forger.account.recipient.submissions.isEmpty)
        disk.clear()
        let again = try await disk.run("agent-register-hook", ["deliver"], stdin: bytes)
        #expect(again.text.contains("outcome: submitted"), "\(again)")
      }
      #expect(try await Self.files(disk) == [inbox + "/beta-x/f"])
      #expect(Files.read(disk.here(inbox + "/beta-x/f")) == file)
      #expect(forger.account.recipient.submissions.count == 1)
    }
  }

  private static func withoutReserving(_ sandbox: Sandbox) async throws -> String {
    let library = sandbox.path("nofallocate.so")
    try await sandbox.must(
      "cc",
      [
        "-O2", "-Wall", "-shared", "-fPIC", "-o", library,
        Repository.path("Tests/Lab/nofallocate.c"),
      ])
    return library
  }

  /// The account's own state cannot be written: when full at the start nothing lands, at the end the file has
  /// landed.
  @Test(arguments: [false, true])
  func fullWhereTheAccountKeepsItsState(sealed: Bool) async throws {
    try await Account.with { account in
      let agents = account.sandbox.home + "/.agents"
      let disk = try await FilesDisk(account.sandbox, at: agents, "size=4m")
      try await disk.fill()
      let path = try account.file("f", noise(100_000))
      let ran = try await disk.run(
        "notify-pane", Self.flags(sealed) + ["--file", path, account.address])
      #expect(ran.status == 4 && ran.errorText.contains("nothing was typed"), "\(ran)")
      #expect(account.landed.isEmpty && account.recipient.submissions.isEmpty)
      let words = Self.flags(sealed) + ["--file", "-", "--name", "f", account.address]
      let spooled = try await disk.run("notify-pane", words, stdin: noise(100_000))
      #expect(
        spooled.status == 4 && spooled.errorText.contains("nothing was sent"), "\(spooled)")
      #expect(account.landed.isEmpty && account.recipient.submissions.isEmpty)
      disk.clear()
      let again = try await disk.run("notify-pane", words, stdin: noise(100_000))
      #expect(again.status == 0, "\(again)")
      #expect(account.landed == ["f"] && account.recipient.submissions.count == 1)
    }
  }

  /// The sender's disk fills up while stdin is stored on it.
  @Test func theSendersFullInTheMiddle() async throws {
    try await Account.with { account in
      let state = account.sandbox.home + "/.agents/state"
      let disk = try await FilesDisk(account.sandbox, at: state, "size=4m")
      let ran = try await disk.run(
        "sh", ["-c", "yes | notify-pane --file - --name f \"$0\"", account.address])
      #expect(ran.status == 4 && ran.errorText.contains("nothing was sent"), "\(ran)")
      #expect(account.landed.isEmpty && account.recipient.submissions.isEmpty)
      let room = try await disk.run("sh", ["-c", "df --output=used \"$0\" | tail -n 1", state])
      #expect(Int(room.text.filter(\.isNumber)).map { $0 < 100 } == true, "\(room)")
    }
  }
}
