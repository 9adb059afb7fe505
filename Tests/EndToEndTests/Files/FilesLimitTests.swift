import Mesh
import TestSupport
import Testing

/// `max_file` of the sender's own policy: a larger file is refused before it is read.
@Suite struct FilesLimitTests {
  @Test func whatIsLargerThanTheOwnLimitIsNotEvenBegun() async throws {
    try await Account.with { account in
      try account.policy("max_file = 1000\n")
      let path = try account.file("huge", [])
      // A sparse file of a hundred gigabytes: reading it would take noticeably long.
      try await account.sandbox.must("truncate", ["-s", "100G", path])
      for flags in [[], ["--seal"]] {
        let ran = try await account.notify(flags + ["--json", "--file", path, account.address])
        #expect(ran.status == 5 && ran.text.contains("\"reason\":\"quota\""), "\(ran)")
        let said = try await account.notify(flags + ["--file", path, account.address])
        #expect(
          said.status == 5
            && said.errorText.contains(
              "huge is larger than the 1000 bytes that a file may have"),
          "\(said)")
      }
      #expect(!Files.exists(account.inbox) && account.recipient.submissions.isEmpty)
    }
  }

  @Test func stdinIsReadNoFurtherThanTheLimit() async throws {
    try await Account.with { account in
      try account.policy("max_file = 1000\n")
      let endless = try await account.sandbox.run(
        "sh", ["-c", "yes | notify-pane --file - --name f \"$0\"", account.address])
      #expect(
        endless.status == 5 && endless.errorText.contains("stdin is larger than the 1000 bytes"),
        "\(endless)")
      #expect(account.landed.isEmpty && account.recipient.submissions.isEmpty)
      let words = ["--file", "-", "--name", "f", account.address]
      #expect(try await account.notify(words, stdin: noise(1001)).status == 5)
      let ran = try await account.notify(words, stdin: noise(1000))
      #expect(ran.status == 0, "\(ran)")
      #expect(Files.read(account.inbox + "/alpha/f") == noise(1000))
      let kept = Files.list(account.sandbox.home + "/.agents/state")
      #expect(!kept.contains { $0.hasPrefix(".stdin") })
    }
  }
}
