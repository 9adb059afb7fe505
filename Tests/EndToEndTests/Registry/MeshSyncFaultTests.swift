import TestSupport
import Testing

/// Peers that print junk, stall or lie when asked for slices: each ends in time, and nothing is believed.
@Suite struct MeshSyncFaultTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    /// The shell script that replaces ssh.
    let script: String
    let said: String
    var testDescription: String { name }
  }

  private static let ready = "echo AMSH1 ready;"
  /// The peer's own first line, as an honest one sends it.
  private static let hello = ready + " printf '%s\\n' \"$HELLO\";"

  static let cases = [
    Case(name: "sends forever", script: "exec yes spam", said: "printed 4 MiB"),
    Case(
      name: "sends forever once ready", script: ready + " exec yes spam", said: "malformed"),
    Case(
      name: "sends slices forever",
      script: hello + " while :; do printf 'slice bob 10 10\\n01234567890123456789'; done",
      said: "malformed"),
    Case(
      name: "sends lines without an end", script: hello + " exec tr '\\0' x </dev/zero",
      said: "malformed"),
    Case(name: "says nothing", script: "exec sleep 86400", said: "in time"),
    Case(
      name: "says nothing once ready", script: ready + " exec sleep 86400", said: "broke off"),
    Case(
      name: "says a byte a second", script: "while :; do printf x; sleep 1; done", said: "in time"),
    Case(
      name: "says a byte a second once ready",
      script: hello + " while :; do printf x; sleep 1; done", said: "broke off"),
    Case(
      name: "is another",
      script: ready + " printf '%s\\n' \"$HELLO\" | sed s/bob/carol/; exec sleep 86400",
      said: "calledOtherwise"),
    Case(name: "ends at once", script: "exit 255", said: "ended with 255"),
    Case(name: "ends once ready", script: ready, said: "broke off"),
    Case(
      name: "promises more than it has", script: hello + " printf 'slice bob 999999 99\\nx\\n'",
      said: "broke off"),
  ]

  @Test(arguments: cases)
  func aPeerThat(_ fault: Case) async throws {
    try await TwoAccounts.run { mesh in
      let before = Files.read(mesh.alice.home + "/.agents/registry.toml")
      let folder = mesh.sandbox.path("fake")
      try Files.makeDirectory(folder)
      try Files.write(folder + "/ssh", "#!/bin/sh\n\(fault.script)\n", mode: 0o755)
      let key = (Files.text(mesh.bob.home + "/.agents/keys/sign.pub") ?? "")
        .split(separator: " ").prefix(2).joined(separator: " ")
      var environment = mesh.alice.environment
      environment["PATH"] = "\(folder):\(environment["PATH"] ?? "")"
      environment["HELLO"] = "AMSK1 bob \(key)"
      // Within a minute, whatever the peer does.
      let ran = try await mesh.alice.run("sync-agent-registry", environment: environment)
      #expect(ran.status == 4 && ran.errorText.contains(fault.said), "\(ran)")
      #expect(Files.read(mesh.alice.home + "/.agents/registry.toml") == before)
    }
  }

  /// The called side has a deadline too.
  @Test(arguments: [
    "exec timeout 50 sleep 86400", "while :; do printf x; sleep 1; done", "exec yes digest",
  ])
  func aCallerThat(_ script: String) async throws {
    try await TwoAccounts.run { mesh in
      let line = """
        (\(script)) | {
          begin=$(date +%s)
          timeout 60 \(mesh.bob.home)/bin/agent-register-hook sync >/dev/null
          echo $? $(($(date +%s) - begin))
        }
        """
      let ran = try await mesh.bob.run("sh", ["-c", line], within: .seconds(90))
      let words = ran.text.split(separator: " ").compactMap { Int($0) }
      #expect(words.count == 2 && words[0] != 0 && words[1] <= 35, "\(ran)")
    }
  }

  @Test func tenThousandPeers() async throws {
    try await TwoAccounts.run { mesh in
      let folder = mesh.sandbox.path("fake")
      try Files.makeDirectory(folder)
      try Files.write(folder + "/ssh", "#!/bin/sh\nexit 255\n", mode: 0o755)
      var environment = mesh.alice.environment
      environment["PATH"] = "\(folder):\(environment["PATH"] ?? "")"
      let lines = (0..<9_990).map { "peer-\($0)\r\n" }.joined()
      try Files.write(
        mesh.alice.home + "/.agents/peers.conf",
        "# all\n\nbob\nbob\n-oProxyCommand=x\nbo\nbob-main\n" + lines)
      let begin = ContinuousClock.now
      let found = try await mesh.alice.run("agent-discover", environment: environment)
      print("agent-discover with 10,000 peers: \(ContinuousClock.now - begin)")
      #expect(found.status == 0, "\(found)")
      // `bob-main-reader` may now belong to a host `bob-main`.
      let list = try await mesh.alice.run("notify-pane", ["--list"], environment: environment)
      #expect(list.status == 0 && !list.text.contains("bob-main-reader"), "\(list)")
      let round = try await mesh.alice.run(
        "sync-agent-registry", ["--round"], environment: environment)
      #expect(round.status == 4 && round.errorText.contains("peers.conf:4:"), "\(round)")
      #expect(round.errorText.contains("peers.conf:5:"), "\(round)")
    }
  }
}
