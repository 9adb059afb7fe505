import Mesh
import MeshCrypto
import TestSupport
import Testing

/// Files within one account: they land whole under their names, and one line in the pane reports
/// each.
@Suite struct FilesTests {
  @Test(arguments: [false, true])
  func aFileLandsWholeAndOneLineTellsOfIt(sealed: Bool) async throws {
    try await Account.with { account in
      for size in [0, 1, 65_534, 65_536, 300_000] {
        let bytes = noise(size, seed: UInt64(size + 1))
        let path = try account.file("data-\(size).bin", bytes)
        let before = account.recipient.submissions.count
        let ran = try await account.notify(
          (sealed ? ["--seal"] : []) + ["--file", path, account.address]
            + (sealed ? ["-"] : ["look", "at this"]), stdin: Array("look at this\n".utf8))
        #expect(ran.status == 0, "\(ran)")
        let there = "\(account.inbox)/alpha/data-\(size).bin"
        #expect(Files.read(there) == bytes)
        let digest = Digest.hex(Digest.blake2b256(bytes))
        let line = try await account.recipient.waitForSubmissions(before + 1)[before]
        #expect(
          line.hasSuffix(
            "\(sealed ? " sealed" : "")] file dropped at \(there) (\(size) bytes) blake2b-256 \(digest): look at this"
          ), "\(line)")
        #expect(ran.text.contains("alpha:~/.agent-inbox/alpha/data-\(size).bin \(digest)"))
      }
      #expect(account.landed.count == 5)
    }
  }

  @Test func nothingIsReplacedAndNothingIsRunnable() async throws {
    try await Account.with { account in
      for number in 1...3 {
        let path = try account.file("run.sh", Array("echo \(number)\n".utf8))
        try Files.setMode(path, 0o777)
        let ran = try await account.sandbox.run(
          "sh", ["-c", "umask 000; exec notify-pane -f \"$0\" \"$1\"", path, account.address])
        #expect(ran.status == 0, "\(ran)")
      }
      #expect(account.landed == ["run (2).sh", "run (3).sh", "run.sh"])
      let modes = try await account.sandbox.must(
        "sh", ["-c", "stat -c %a \"$0\" \"$0\"/alpha \"$0\"/alpha/*", account.inbox])
      #expect(modes == "700\n700\n600\n600\n600")
    }
  }

  @Test func stdinIsAFileUnderAName() async throws {
    try await Account.with { account in
      let bytes = noise(200_000)
      let ran = try await account.notify(
        ["--file", "-", "--name", "from stdin.bin", account.address], stdin: bytes)
      #expect(ran.status == 0, "\(ran)")
      #expect(Files.read("\(account.inbox)/alpha/from stdin.bin") == bytes)
      let line = try await account.recipient.waitForSubmissions()[0]
      #expect(
        line.contains("file dropped at '\(account.inbox)/alpha/from stdin.bin' (200000 bytes)"))
      let nameless = try await account.notify(["--file", "-", account.address], stdin: bytes)
      #expect(nameless.status == 1)
    }
  }

  @Test(arguments: [
    "../x", "/etc/x", "a/b", ".bashrc", "-rf", "a\nb", "a\u{202E}b", "a\u{200B}b", ".", "..", " ",
    String(repeating: "n", count: 300), "a\u{1B}[31m", "e\u{301}",
  ])
  func aNameThatIsNoneIsRefusedBeforeAnythingIsSent(name: String) async throws {
    try await Account.with { account in
      let path = try account.file("good", [1, 2, 3])
      let ran = try await account.notify(["--file", path, "--name=\(name)", account.address])
      #expect(ran.status == 5, "\(ran)")
      #expect(!Files.exists(account.inbox) && account.recipient.submissions.isEmpty)
    }
  }

  @Test func namesOfOtherSystemsDevicesAreNames() async throws {
    try await Account.with { account in
      let path = try account.file("CON", [1])
      #expect(try await account.notify(["--file", path, account.address]).status == 0)
      #expect(account.landed == ["CON"])
    }
  }

  /// A directory is sent as one file, an archive; nothing unpacks it.
  @Test func aDirectoryGoesAsAnArchive() async throws {
    try await Account.with { account in
      let folder = account.sandbox.path("build")
      try Files.makeDirectory(folder + "/-C deep")
      try Files.write(folder + "/-C deep/one.txt", "one\n")
      let name = String(folder.split(separator: "/").last ?? "")
      let sent = try await account.notify(["--file", folder + "/", account.address, "results"])
      #expect(sent.status == 0, "\(sent)")
      #expect(sent.errorText.contains("is a directory"), "\(sent)")
      #expect(account.landed == ["\(name).tar"])
      let listed = try await account.sandbox.must(
        "tar", ["-tf", "\(account.inbox)/alpha/\(name).tar"])
      #expect(listed.contains("\(name)/-C deep/one.txt"), "\(listed)")
      try account.policy("max_file = 5000\n")
      let large = try await account.notify(["--file", folder, account.address])
      #expect(large.status == 5 && large.errorText.contains("5000 bytes"), "\(large)")
      #expect(account.landed == ["\(name).tar"])
    }
  }

  @Test func whatCannotBeSentIsSaid() async throws {
    try await Account.with { account in
      let folder = account.sandbox.path("folder")
      try Files.makeDirectory(folder)
      let missing = try await account.notify(["--file", folder + "/no", account.address])
      #expect(missing.status == 1)
      let device = try await account.notify(["--file", "/dev/null", account.address])
      #expect(device.status == 1)
      #expect(account.recipient.submissions.isEmpty)
    }
  }
}
