import MeshCrypto
import TestSupport
import Testing

/// Rotation, revocation, conflicts and export of keys between accounts.
@Suite struct KeysEndToEndTests {
  @Test func rotationIsLearntOnceAndMessagesGoOn() async throws {
    try await Sandbox.with { sandbox in
      let mesh = try await Accounts(sandbox)
      let old = try await mesh.key("alice")
      let rotated = try await mesh.run("alice", "agent-keys", "rotate")
      #expect(rotated.status == 0)
      let new = try await mesh.key("alice")
      #expect(old != new)
      #expect(rotated.text.contains("\(new) (new)"))
      // bob learns of it from the slice's chain, and says so once.
      let first = try await mesh.run("bob", "sync-agent-registry")
      let said = try mesh.file("bob", "log/messages.jsonl")
      #expect((first.errorText + said).contains("alice has a new key \(new)"))
      // The key that alice introduces herself with is checked only after the chain has named it.
      #expect(!(first.errorText + said).contains("refused"), "\(said)")
      let second = try await mesh.run("bob", "sync-agent-registry")
      #expect(!second.errorText.contains(new))
      let pins = try mesh.file("bob", "keys/allowed_signers").split(separator: "\n")
      #expect(pins.filter { $0.hasPrefix("alice ") }.count == 2)
      #expect(pins.filter { $0.contains("valid-before") }.count == 1)
      let said2 = try mesh.file("bob", "log/messages.jsonl").split(separator: "\n")
      #expect(said2.filter { $0.contains("\"event\":\"rotated\"") }.count == 1)
      for (from, to) in [("alice", "bob"), ("bob", "alice")] {
        let sent = try await mesh.run(from, "notify-pane", "\(to)-main-cat", "after the rotation")
        #expect(sent.status == 0, "\(sent)")
      }
      let soon = try await mesh.run("alice", "agent-keys", "rotate")
      #expect(soon.status == 1 && soon.errorText.contains("accepted until"))
    }
  }

  /// What is missing may be the chain that names the key.
  @Test func aSyncThatIsCutSaysNothingOfTheCallersKey() async throws {
    try await Sandbox.with { sandbox in
      let mesh = try await Accounts(sandbox)
      let words = try await mesh.must("bob", "agent-keys", "show").split(separator: "\n")[0]
      let key = words.split(separator: " ").prefix(2).joined(separator: " ")
      let log = { try mesh.file("bob", "log/messages.jsonl") }
      for (ends, isJudged) in [("end\n", false), ("end\nend\n", true)] {
        let ran = try await mesh.hosts["bob"].run(
          "agent-register-hook", ["sync"], stdin: Array("AMSK1 alice \(key)\n\(ends)".utf8))
        #expect((ran.status == 0) == isJudged, "\(ran)")
        #expect(try log().contains("refused-key") == isJudged)
      }
    }
  }

  /// A program's introduction is pinned only where nothing exists: never over a pin, a person's decision, or a policy.
  @Test func anIntroductionReplacesNothing() async throws {
    try await Sandbox.with { sandbox in
      let mesh = try await Accounts(sandbox, synced: false)
      func key(_ host: String) async throws -> String {
        try await mesh.must(host, "agent-keys", "show").split(separator: "\n")[0]
          .split(separator: " ").prefix(2).joined(separator: " ")
      }
      let (own, bobs) = (try await key("alice"), try await key("bob"))
      let pins = { try mesh.file("alice", "keys/allowed_signers") }
      let introduce = ["trust", "--introduced", "carol"]
      let fetch = try await mesh.hosts["alice"].run("agent-keys", introduce)
      #expect(fetch.status == 1 && fetch.errorText.contains("whole key"), "\(fetch)")

      try Files.write(try mesh.path("alice", "policy.toml"), "pinning = \"manual\"\n")
      let manual = try await mesh.hosts["alice"].run("agent-keys", introduce + [bobs])
      #expect(manual.status == 5 && manual.errorText.contains("manual"), "\(manual)")
      #expect(try !pins().contains("carol"))
      Files.remove(try mesh.path("alice", "policy.toml"))

      let first = try await mesh.hosts["alice"].run("agent-keys", introduce + [bobs])
      #expect(first.status == 0, "\(first)")
      let before = try pins()
      #expect(before.contains("introduced"))
      #expect(try await mesh.hosts["alice"].run("agent-keys", introduce + [bobs]).status == 0)
      let other = try await mesh.hosts["alice"].run("agent-keys", introduce + [own])
      #expect(other.status == 6 && other.errorText.contains("nothing was changed"), "\(other)")
      #expect(try pins() == before)
      // Two successors have ended the pin: a person decides which is right.
      try Files.write(
        try mesh.path("alice", "keys/allowed_signers"),
        before.replacing("\" ssh-ed25519", with: "\",valid-before=\"20200101000000Z\" ssh-ed25519"))
      let ended = try pins()
      #expect(ended != before)
      let doubted = try await mesh.hosts["alice"].run("agent-keys", introduce + [own])
      #expect(doubted.status == 6, "\(doubted)")
      #expect(try pins() == ended)
    }
  }

  /// A peer that does not know of the rotation yet names the old key, and accepts the receipt signed with it.
  @Test func aPeerThatHasNotHeardIsAnsweredWithTheOldKey() async throws {
    try await Sandbox.with { sandbox in
      let mesh = try await Accounts(sandbox)
      try Files.write(try mesh.path("alice", "peers.conf"), "")
      try await mesh.must("alice", "agent-keys", "rotate")
      let sent = try await mesh.run("bob", "notify-pane", "alice-main-cat", "to the old key")
      #expect(sent.status == 0, "\(sent)")
      // The old key still signs: the peer accepts its signatures for a day.
      try Files.write(try mesh.path("alice", "peers.conf"), "bob\n")
      let back = try await mesh.run("alice", "notify-pane", "bob-main-cat", "from the new key")
      #expect(back.status == 0, "\(back)")
    }
  }

  @Test func anInterruptedRotationIsFinished() async throws {
    try await Sandbox.with { sandbox in
      let mesh = try await Accounts(sandbox, ["alice"])
      let keys = try mesh.path("alice", "keys/")
      try await mesh.must(
        "alice", "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", keys + "sign.next")
      let next = try await mesh.must("alice", "ssh-keygen", "-lf", keys + "sign.next.pub")
      let rotated = try await mesh.run("alice", "agent-keys", "rotate")
      #expect(rotated.status == 0 && rotated.errorText.contains("finished"), "\(rotated)")
      #expect(next.contains(try await mesh.key("alice")))
      #expect(!Files.exists(keys + "sign.next"))
    }
  }

  @Test func aRevocationTravelsAndTheNextKeyHasToBeTrusted() async throws {
    try await Sandbox.with { sandbox in
      let mesh = try await Accounts(sandbox)
      let old = try await mesh.key("alice")
      let done = try await mesh.run("alice", "agent-keys", "revoke", "--own")
      #expect(done.status == 0 && done.text.contains("\(old) (revoked)"), "\(done)")
      let heard = try await mesh.run("bob", "sync-agent-registry")
      let log = try mesh.file("bob", "log/messages.jsonl")
      #expect((heard.errorText + log).contains("key \(old) is revoked"))
      let refused = try await mesh.run("bob", "notify-pane", "alice-main-cat", "x")
      #expect(refused.status == 7, "\(refused)")
      let new = try await mesh.key("alice")
      try await mesh.must("bob", "agent-keys", "trust", "alice", new)
      let sent = try await mesh.run("alice", "notify-pane", "bob-main-cat", "trusted anew")
      #expect(sent.status == 0, "\(sent)")
      // Revocation is final: the old key is never accepted again.
      let line = try mesh.file("bob", "keys/revoked_keys").split(separator: " ").prefix(2)
      let back = try await mesh.run(
        "bob", "agent-keys", "trust", "alice", line.joined(separator: " "))
      #expect(back.status == 6 && back.errorText.contains("revoked"), "\(back)")
    }
  }

  @Test func aPreparedRevocationWorksWithoutTheKey() async throws {
    try await Sandbox.with { sandbox in
      let mesh = try await Accounts(sandbox)
      let file = try mesh.hosts["alice"].home + "/alice.revocation"
      let old = try await mesh.key("alice")
      try await mesh.must("alice", "agent-keys", "revoke", "--prepare", file)
      let again = try await mesh.run("alice", "agent-keys", "revoke", "--prepare", file)
      #expect(again.status == 1)
      var bytes = try #require(Files.read(file))
      try await mesh.must("bob", "agent-keys", "revoke", file)
      let refused = try await mesh.run("alice", "notify-pane", "bob-main-cat", "x")
      #expect(refused.status == 6, "\(refused)")
      // The revocation reaches the account itself too.
      _ = try await mesh.run("bob", "sync-agent-registry")
      #expect(try mesh.file("alice", "keys/revoked_keys").contains("itself"))
      #expect(try mesh.file("alice", "log/messages.jsonl").contains(old))
      bytes[bytes.count / 2] ^= 1
      try Files.write(file, bytes)
      #expect(try await mesh.run("bob", "agent-keys", "revoke", file).status == 6)
    }
  }

  /// Base64 has a `/` in every other fingerprint: that alone makes it no file.
  @Test func fingerprintsAndKeysWithASlashAreRevoked() async throws {
    try await LocalMesh.with { mesh in
      for (name, isWhole) in [("carol", false), ("dave", true)] {
        var key = try SigningKey.generate().publicKey
        while !(isWhole ? key.openSSH : key.fingerprint).contains("/") {
          key = try SigningKey.generate().publicKey
        }
        #expect(try await mesh.run("agent-keys", ["trust", name, key.openSSH]).status == 0)
        let ran = try await mesh.run(
          "agent-keys", ["revoke", isWhole ? key.openSSH : key.fingerprint])
        #expect(ran.status == 0 && ran.text.contains("\(key.fingerprint) (revoked)"), "\(ran)")
        #expect(Files.text(mesh.agents + "/keys/revoked_keys")?.contains(key.openSSH) == true)
      }
    }
  }

  /// Two copies of one account each make a successor: neither is accepted until a person decides.
  @Test func twoSuccessorsOfOneKey() async throws {
    try await Sandbox.with { sandbox in
      let mesh = try await Accounts(sandbox)
      let agents = try mesh.hosts["alice"].home + "/.agents"
      try await mesh.must("alice", "cp", "-a", agents, agents + ".copy")
      try Files.write(agents + "/peers.conf", "")
      try await mesh.must("alice", "agent-keys", "rotate")
      let one = try mesh.file("alice", "local.chain")
      let right = try await mesh.key("alice")
      // A process in the background may make the folder again in between.
      try await mesh.must(
        "alice", "sh", "-c", "mv $0 $0.one; until mv -T $0.copy $0; do rm -rf $0; done", agents)
      _ = try await mesh.run("alice", "agent-keys", "rotate")
      let other = try await mesh.key("alice")
      _ = try await mesh.run("bob", "sync-agent-registry")
      // The other successor arrives as a file.
      try Files.write(
        try mesh.path("bob", "slices/alice.chain"), one + (try mesh.file("alice", "local.chain")))
      // The first sync reports it, even one that alice began; later syncs do not.
      for _ in 0..<2 { _ = try await mesh.run("bob", "sync-agent-registry") }
      let said = try mesh.file("bob", "log/messages.jsonl").split(separator: "\n")
        .filter { $0.contains("\"event\":\"key-conflict\"") }
      #expect(said.count == 1 && said.first?.contains("names several successors") == true)
      #expect(said.first?.contains(right) == true && said.first?.contains(other) == true)
      let refused = try await mesh.run("alice", "notify-pane", "bob-main-cat", "x")
      #expect(refused.status != 0, "\(refused)")
      try await mesh.must("bob", "agent-keys", "trust", "alice", other)
      let sent = try await mesh.run("alice", "notify-pane", "bob-main-cat", "decided")
      #expect(sent.status == 0, "\(sent)")
    }
  }

  @Test func artAndExportAreWhatOpenSSHSays() async throws {
    try await Sandbox.with { sandbox in
      let mesh = try await Accounts(sandbox)
      let keys = try mesh.path("alice", "keys/")
      for _ in 0..<20 {
        Files.remove(keys + "sign")
        try await mesh.must("alice", "agent-keys", "init")
        let ours = try await mesh.must("alice", "agent-keys", "show", "--art").split(
          separator: "\n")
        let theirs = try await mesh.must("alice", "ssh-keygen", "-lvf", keys + "sign.pub")
        #expect(ours.suffix(11) == theirs.split(separator: "\n").suffix(11))
      }
    }
  }

  @Test func exportServesGitAndSSHKeygen() async throws {
    try await Sandbox.with { sandbox in
      let mesh = try await Accounts(sandbox)
      let home = try mesh.hosts["alice"].home
      try Files.write(home + "/signers", try await mesh.must("bob", "agent-keys", "export") + "\n")
      let checked = try await mesh.run(
        "alice", "ssh-keygen", "-Y", "verify", "-f", home + "/signers", "-I", "alice", "-n",
        "slice@agent-mesh", "-s", home + "/.agents/local.toml.sig",
        stdin: try mesh.file("alice", "local.toml"))
      #expect(checked.status == 0, "\(checked)")
      let git = try await mesh.must("bob", "agent-keys", "export", "--git")
      try Files.write(home + "/git-signers", git + "\n")
      let settings = [
        "-c", "gpg.format=ssh", "-c", "user.signingkey=\(home)/.agents/keys/sign", "-c",
        "user.name=a", "-c", "user.email=alice", "-c",
        "gpg.ssh.allowedSignersFile=\(home)/git-signers",
      ]
      let alice = try mesh.hosts["alice"]
      let repository = ["-C", home + "/tree"]
      try await mesh.must("alice", "git", "init", "-q", home + "/tree")
      let made = try await alice.run(
        "git", repository + settings + ["commit", "-q", "-S", "--allow-empty", "-m", "x"])
      #expect(made.status == 0, "\(made)")
      let verified = try await alice.run("git", repository + settings + ["verify-commit", "HEAD"])
      #expect(verified.status == 0 && verified.errorText.contains("for alice"), "\(verified)")
    }
  }

  @Test func sealKeysAreKeptAndPublished() async throws {
    try await Sandbox.with { sandbox in
      let mesh = try await Accounts(sandbox)
      let before = try mesh.file("alice", "keys/seal")
      try await mesh.must("alice", "agent-keys", "rotate", "--seal")
      #expect(try mesh.file("alice", "keys/seal.previous") == before)
      let new = try mesh.file("alice", "keys/seal.pub").split(separator: " ")[1]
      #expect(try mesh.file("alice", "local.toml").contains(new))
      // The previous key is removed after eight days.
      try await mesh.must(
        "alice", "touch", "-d", "9 days ago", try mesh.path("alice", "keys/seal.previous"))
      try await mesh.must("alice", "agent-discover")
      #expect(!Files.exists(try mesh.path("alice", "keys/seal.previous")))
    }
  }

  /// Each fault has its exit code; nothing is typed.
  @Test(arguments: [
    ("chmod 644 keys/sign", "chmod"), ("chmod 770 keys", "chmod"), (": > keys/sign", ""),
    ("head -c 100 keys/sign > x; cat x > keys/sign", ""),
    ("rm keys/sign; ssh-keygen -q -t rsa -b 2048 -N '' -f keys/sign", ""),
    ("rm keys/sign; ssh-keygen -q -t ed25519 -N secret -f keys/sign", "encrypted"),
    ("rm keys/revoked_keys", "revoked_keys"),
    ("echo nonsense >> keys/allowed_signers", "allowed_signers"),
    ("echo 'log_bodies = true' > policy.toml; chmod 666 policy.toml", "chmod"),
    ("echo 'no_such_key = 1' > policy.toml", "no_such_key"),
  ])
  func badKeyFiles(_ damage: String, _ word: String) async throws {
    try await Sandbox.with { sandbox in
      let mesh = try await Accounts(sandbox, ["alice"])
      let agents = try mesh.hosts["alice"].home + "/.agents"
      try await mesh.must("alice", "sh", "-c", "cd '\(agents)' && \(damage)")
      let sent = try await mesh.run("alice", "notify-pane", "alice-main-cat", "must not arrive")
      #expect(sent.status == 7, "\(damage): \(sent)")
      #expect(sent.errorText.contains(word), "\(damage): \(sent)")
      let screen = try await #require(mesh.servers["alice"]).first().capture()
      #expect(!screen.contains("must not arrive"))
    }
  }
}
