import TestSupport
import Testing

/// File names as people use them: each file lands under its own name, or is refused with a reason and leaves nothing.
@Suite struct FilesNameTests {
  private static let kept = [
    "100%.txt", "a%20b.txt", "x.partial", "~", "a\\b", "c:d", "two  blanks", " lead", "CON",
    "🎉.png", "#{pane_id}.txt", "$(touch x)", "'quoted'", "Ünïcödé", "[from a @ b]",
  ]
  private static let refused = ["a\u{200E}b", "a\nb", "a\u{1B}[2J", "-rf", ".hidden"]

  @Test func aNameLandsAsItIsOrIsRefused() async throws {
    try await Account.with { account in
      for (number, name) in Self.kept.enumerated() {
        let bytes = noise(100 + number, seed: UInt64(number + 1))
        let ran = try await account.notify(
          ["--file", try account.file(name, bytes), account.address])
        #expect(ran.status == 0, "\(name): \(ran)")
        #expect(Files.read("\(account.inbox)/\(Account.name)/\(name)") == bytes, "\(name)")
      }
      #expect(Set(account.landed) == Set(Self.kept))
      for name in Self.refused {
        let ran = try await account.notify(["--file", try account.file(name, [1]), account.address])
        #expect(ran.status != 0 && ran.errorText.contains("nothing was"), "\(name): \(ran)")
        #expect(!ran.err.contains(0x1B), "\(ran)")
      }
      #expect(Set(account.landed) == Set(Self.kept))
      #expect(
        try await account.recipient.waitForSubmissions(Self.kept.count).count == Self.kept.count)
    }
  }

  /// macOS writes é as two characters: the name lands composed, as one, and looks the same.
  @Test func aNameInAnotherFormLandsComposed() async throws {
    try await Account.with { account in
      let path = try account.file("re\u{301}sume\u{301}.txt", [1, 2])
      let ran = try await account.notify(["--file", path, account.address])
      #expect(ran.status == 0, "\(ran)")
      #expect(
        account.landed.map { Array($0.unicodeScalars) } == [Array("résumé.txt".unicodeScalars)])
    }
  }

  /// A sparse file has its nominal length; a pipe has no length to announce.
  @Test func holesAndPipes() async throws {
    try await Account.with { account in
      let sparse = try account.file("sparse", [])
      try await account.sandbox.must("truncate", ["-s", "5000000", sparse])
      let ran = try await account.notify(["--file", sparse, account.address])
      #expect(ran.status == 0, "\(ran)")
      let landed = Files.read("\(account.inbox)/\(Account.name)/sparse")
      #expect(landed?.count == 5_000_000 && landed?.allSatisfy { $0 == 0 } == true)
      let pipe = account.sandbox.path("pipe")
      try await account.sandbox.must("mkfifo", [pipe])
      let refused = try await account.notify(["--file", pipe, account.address])
      #expect(refused.status == 1 && refused.errorText.contains("nothing was"), "\(refused)")
      #expect(account.landed == ["sparse"])
    }
  }
}
