import TestSupport
import Testing

/// An account that is not set up, or not safely.
@Suite struct LocalSetupTests {
  private func expect(
    _ mesh: LocalMesh, _ said: [String], _ comment: Comment? = nil,
    _ place: SourceLocation = #_sourceLocation
  ) async throws {
    for ran in [
      try await mesh.send("hub-main-sink", "x"),
      try await mesh.run("agent-register-hook", ["deliver"], stdin: Array("AMSH1 1 1 1\n".utf8)),
    ] {
      #expect(ran.status == 7, "\(comment ?? "") \(ran)", sourceLocation: place)
      #expect(
        said.allSatisfy { ran.errorText.contains($0) }, "\(comment ?? "") \(ran)",
        sourceLocation: place)
      #expect(
        ran.errorText.contains("nothing was"), "\(comment ?? "") \(ran)", sourceLocation: place)
    }
    #expect(!Files.exists(mesh.agents + "/seen/hub"), sourceLocation: place)
  }

  @Test func modes() async throws {
    try await LocalMesh.with { mesh in
      _ = try await mesh.cat("sink")
      for (path, bad, good) in [
        ("keys/sign", 0o640, 0o600), ("keys/sign", 0o604, 0o600), ("keys", 0o750, 0o700),
        ("keys", 0o770, 0o700), ("", 0o770, 0o700), ("keys/allowed_signers", 0o620, 0o600),
        ("keys/revoked_keys", 0o602, 0o600),
      ] {
        let path = path.isEmpty ? mesh.agents : "\(mesh.agents)/\(path)"
        try Files.setMode(path, bad)
        try await expect(mesh, ["chmod", path], "\(path) \(bad)")
        try Files.setMode(path, good)
      }
      try Files.setMode(mesh.home, 0o777)
      try await expect(mesh, ["chmod go-w", mesh.home], "an ancestor")
      try Files.setMode(mesh.home, 0o755)
      #expect(try await mesh.send("hub-main-sink", "x").status == 0)
    }
  }

  @Test func theCommandThatIsNamedMendsIt() async throws {
    try await LocalMesh.with { mesh in
      _ = try await mesh.cat("sink")
      for (path, bad) in [("keys/sign", 0o644), ("keys", 0o755), ("keys/revoked_keys", 0o666)] {
        try Files.setMode("\(mesh.agents)/\(path)", bad)
        let said = try await mesh.send("hub-main-sink", "x").errorText
        let hint = try #require(said.split(separator: "\n").last { $0.contains("try: ") })
        try await mesh.sandbox.must(
          "sh", ["-c", String(hint.split(separator: ":", maxSplits: 1)[1])])
        #expect(try await mesh.send("hub-main-sink", "x").status == 0, "\(path): \(said)")
      }
    }
  }

  @Test func keysAndLists() async throws {
    try await LocalMesh.with { mesh in
      _ = try await mesh.cat("sink")
      let keys = mesh.agents + "/keys"
      for (name, bad, said) in [
        ("sign", "", ["keys/sign"]), ("sign", "nonsense\n", ["keys/sign"]),
        ("allowed_signers", "far ssh-ed25519 AAAA\n", ["allowed_signers:1"]),
        ("allowed_signers", "\nfar  x y z a\n", ["allowed_signers:2"]),
        ("revoked_keys", "garbage\n", ["revoked_keys"]),
      ] {
        let good = Files.read("\(keys)/\(name)") ?? []
        try Files.write("\(keys)/\(name)", bad)
        try await expect(mesh, said, "\(name) \(bad)")
        try Files.write("\(keys)/\(name)", good)
      }
      Files.remove(keys + "/revoked_keys")
      try await expect(mesh, ["revoked_keys"])
      try Files.write(keys + "/revoked_keys", "")
      try await mesh.sandbox.must("mv", [keys + "/sign", keys + "/away"])
      try await expect(mesh, ["agent-keys init"])
      try Files.link(keys + "/sign", to: keys + "/away")
      try await expect(mesh, ["keys/sign"], "a link in place of the key")
      Files.remove(keys + "/sign")
      try await mesh.sandbox.must("mv", [keys + "/away", keys + "/sign"])
      try await mesh.sandbox.must("mkfifo", ["-m", "600", mesh.agents + "/policy.toml"])
      try await expect(mesh, ["policy.toml"], "a pipe does not hold us")
      Files.remove(mesh.agents + "/policy.toml")
      #expect(try await mesh.send("hub-main-sink", "x").status == 0)
    }
  }

  @Test(arguments: [
    ("nonsense = 1\n", "nonsense"), ("rate = -1\n", "rate"), ("rate = \"many\"\n", "rate"),
    ("skew = 601\n", "skew"), ("[[[a]]\n", "policy.toml"), ("[a]\nrate = 1\n", "policy.toml"),
    ("rate = 1\nrate = 2\n", "policy.toml"), ("allow = '''x\n", "policy.toml"), ("\u{0}", "policy"),
    ("rate = 99999999999999999999\n", "policy.toml"),
  ])
  func aMalformedPolicyRefusesEverything(_ text: String, _ said: String) async throws {
    try await LocalMesh.with { mesh in
      _ = try await mesh.cat("sink")
      try Files.write(mesh.agents + "/policy.toml", text)
      try await expect(mesh, [said, "policy.toml"])
    }
  }

  @Test func aPolicyThatOthersCanWriteRefusesEverything() async throws {
    try await LocalMesh.with { mesh in
      _ = try await mesh.cat("sink")
      try Files.write(mesh.agents + "/policy.toml", "", mode: 0o606)
      try await expect(mesh, ["policy.toml", "chmod"])
      try Files.write(mesh.agents + "/policy.toml", "", mode: 0o600)
      #expect(try await mesh.send("hub-main-sink", "x").status == 0)
    }
  }

  @Test(arguments: ["", "UPPER\n", "-x\n", "a b\n", "../x\n", "$(touch x)\n"])
  func aHostThatHasNoName(_ text: String) async throws {
    try await LocalMesh.with { mesh in
      try Files.write(mesh.agents + "/self.conf", text)
      let ran = try await mesh.send("hub-main-sink", "x")
      #expect(ran.status == 7 || text == "a b\n", "\(ran)")
      #expect(ran.status != 0 && ran.errorText.contains("nothing was"), "\(ran)")
    }
  }

  @Test func withoutAnythingAtAll() async throws {
    try await Sandbox.with { sandbox in
      let ran = try await sandbox.run("notify-pane", ["hub-main-sink", "x"])
      #expect(ran.status == 7 && ran.errorText.contains("agent-keys init"), "\(ran)")
      let nowhere = try await sandbox.run(
        "notify-pane", ["hub-main-sink", "x"], environment: ["HOME": "/nonexistent"])
      #expect(nowhere.status == 7 && nowhere.errorText.contains("HOME"), "\(nowhere)")
    }
  }

  @Test func agentKeysInitIsPrivateAndIdempotent() async throws {
    try await Sandbox.with { sandbox in
      try await LocalMesh.initialise(sandbox)
      let keys = sandbox.home + "/.agents/keys"
      let before = Files.read(keys + "/sign")
      #expect(
        try await sandbox.must("sh", ["-c", "stat -c %a \(keys) \(keys)/sign \(keys)/seal"])
          == "700\n600\n600")
      try await sandbox.must("agent-keys", ["init"])
      #expect(Files.read(keys + "/sign") == before)
      // Stock ssh-keygen reads them.
      let fingerprint = try await sandbox.must("ssh-keygen", ["-lf", keys + "/sign.pub"])
      #expect(
        try await sandbox.must("agent-keys", ["show"]).contains(
          fingerprint.split(separator: " ")[1]))
      #expect(
        try await sandbox.must("ssh-keygen", ["-y", "-f", keys + "/sign"])
          .hasPrefix("ssh-ed25519 "))
    }
  }
}
