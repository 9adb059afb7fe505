import TestSupport
import Testing

/// Peers that send wrong bytes in sessions that otherwise succeed.
@Suite struct MeshPeerBytesTests {
  /// A banner and other output of a login, with and without a line end.
  @Test func aBannerIsNoAnswer() async throws {
    try await TwoAccounts.run { mesh in
      try mesh.bob.setLoginScript("echo 'Welcome to bob'; echo; echo 'AMSK1 bob x'; printf '$ '\n")
      _ = try await mesh.bobTmux.window("fresh", ["cat"])
      try await mesh.rescanWithoutPush(mesh.bob)
      let ran = try await mesh.alice.run("sync-agent-registry")
      // An earlier push from bob may have been faster; it took the same path.
      #expect(ran.status == 0, "\(ran)")
      let registry = Files.text(mesh.alice.home + "/.agents/registry.toml") ?? ""
      #expect(registry.contains("[agents.bob-main-fresh]") && !registry.contains("Welcome"))
    }
  }

  /// Replaces ssh: an honest start, then these two files as bob's slice.
  private static func offer(
    _ mesh: TwoAccounts, _ toml: String, _ signature: String
  ) async throws -> Ran {
    let folder = mesh.sandbox.path("fake")
    try Files.makeDirectory(folder)
    let key = (Files.text(mesh.bob.home + "/.agents/keys/sign.pub") ?? "")
      .split(separator: " ").prefix(2).joined(separator: " ")
    let script = """
      #!/bin/sh
      echo 'AMSH1 ready'
      echo 'AMSK1 bob \(key)'
      echo "slice bob $(wc -c <'\(toml)') $(wc -c <'\(signature)')"
      cat '\(toml)' '\(signature)'
      echo end
      echo done 0
      exec cat >/dev/null

      """
    try Files.write(folder + "/ssh", script, mode: 0o755)
    let path = "\(folder):\(mesh.alice.environment["PATH"] ?? "")"
    return try await mesh.alice.run("sync-agent-registry", environment: ["PATH": path])
  }

  @Test func anothersBytesAreNotBobs() async throws {
    try await TwoAccounts.run { mesh in
      let (alice, bob) = (mesh.alice.home + "/.agents/", mesh.bob.home + "/.agents/")
      let registry = Files.read(alice + "registry.toml")
      let pairs = [
        (alice + "local.toml", alice + "local.toml.sig"),
        (alice + "local.toml", bob + "local.toml.sig"),
      ]
      for (toml, signature) in pairs {
        let ran = try await Self.offer(mesh, toml, signature)
        #expect(ran.errorText.contains("bob: a slice that it did not sign was offered"), "\(ran)")
        #expect(Files.read(alice + "registry.toml") == registry)
      }
      // 3 MiB are not even read.
      let large = mesh.sandbox.path("large")
      try Files.write(large, [UInt8](repeating: 35, count: 3 << 20))
      let refused = try await Self.offer(mesh, large, bob + "local.toml.sig")
      #expect(refused.status == 4 && refused.errorText.contains("malformed"), "\(refused)")
      #expect(Files.read(alice + "registry.toml") == registry)
      // The right pair is accepted in the same way, so the bytes were the reason. Bob knows no peer that his own
      // hooks could tell first; one that began earlier may still bring the news once.
      Files.remove(bob + "peers.conf")
      var good: Ran?
      for number in 1...5 where good?.errorText.contains("bob had news of bob") != true {
        _ = try await mesh.bobTmux.window("fresh\(number)", ["cat"])
        try await mesh.rescanWithoutPush(mesh.bob)
        good = try await Self.offer(mesh, bob + "local.toml", bob + "local.toml.sig")
      }
      #expect(good?.status == 0 && good?.errorText.contains("bob had news of bob") == true)
    }
  }
}
