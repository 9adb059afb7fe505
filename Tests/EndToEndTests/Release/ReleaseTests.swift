import TestSupport
import Testing

/// `scripts/make-release`, with the program under test in place of a release build.
@Suite struct ReleaseTests {
  private static func make(_ sandbox: Sandbox, into folder: String, key: String) async throws {
    // git refuses a checkout of another owner unless it is configured as safe, and the tests' home has no git
    // configuration.
    let trust = [
      "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*",
    ]
    try await sandbox.must(
      Repository.path("scripts/make-release"),
      [
        "--out", folder, "--binary", Programs.agentMesh, "--key", key, "--url",
        "https://downloads.example/agent-mesh", try version(),
      ], environment: trust)
  }

  private static func version() throws -> String {
    let text = try #require(Files.text(Repository.path("Sources/agent-mesh/Version.swift")))
    let line = try #require(text.split(separator: "\n").first { $0.contains("static let text") })
    return String(line.split(separator: "\"")[1])
  }

  /// An unpacked archive also installs where no compiler is in PATH.
  @Test func oneCommitGivesTheSameBytesAgainUnderASignatureThatHolds() async throws {
    try await Sandbox.with { sandbox in
      let key = sandbox.path("key")
      try await sandbox.must(
        "ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "release", "-f", key])
      let (one, two) = (sandbox.path("one"), sandbox.path("two"))
      try await Self.make(sandbox, into: one, key: key)
      try await Self.make(sandbox, into: two, key: key)
      let sums = try #require(Files.text(one + "/SHA256SUMS"))
      #expect(sums == Files.text(two + "/SHA256SUMS"))
      #expect(sums.split(separator: "\n").count == 3)
      try await sandbox.must("sh", ["-c", "cd \(one) && sha256sum -c --quiet SHA256SUMS"])
      let signers = sandbox.path("signers")
      try Files.write(signers, "release " + (Files.text(key + ".pub") ?? ""))
      let checked = try await sandbox.run(
        "ssh-keygen",
        [
          "-Y", "verify", "-f", signers, "-I", "release", "-n", "file", "-s",
          one + "/SHA256SUMS.sig",
        ], stdin: Array(sums.utf8))
      #expect(checked.status == 0, "\(checked)")
      try await Self.install(sandbox, from: one)
    }
  }

  private static func install(_ sandbox: Sandbox, from out: String) async throws {
    try await sandbox.must("sh", ["-c", "tar -xzf \(out)/agent-mesh-*.tar.gz -C \(out)"])
    let account = sandbox.path("account")
    let path = ["PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"]
    try await sandbox.must(
      "sh", ["-c", "exec \(out)/agent-mesh-*/install.sh --prefix \(account)"], environment: path)
    let said = try await sandbox.run(account + "/bin/agent-mesh", ["--version"], environment: path)
    #expect(said.text.hasPrefix(try version() + " ("), "\(said)")
    let keys = try await sandbox.run(
      account + "/bin/agent-keys", ["show"], environment: ["HOME": account])
    #expect(keys.text.contains("SHA256:"), "\(keys)")
  }

  @Test func anotherVersionThanTheSourcesSayIsRefused() async throws {
    try await Sandbox.with { sandbox in
      let ran = try await sandbox.run(
        Repository.path("scripts/make-release"), ["--out", sandbox.path("out"), "9.9.9"])
      #expect(ran.status == 1)
      #expect(ran.errorText.contains("Version.swift"), "\(ran)")
    }
  }
}
