import Mesh
import MeshCrypto
import TestSupport
import Testing

/// What other accounts of the machine, or a reader of a core dump, could learn of bodies, files and keys.
@Suite struct FilesSecretTests {
  /// Records all of ssh's input, the envelopes, in a file.
  private static func tapping(_ hosts: TwoHosts) throws -> (path: String, folder: String) {
    let folder = hosts.sandbox.path("tap")
    try Files.makeDirectory(folder)
    let real = try #require(Environment.find("ssh", in: Environment.path))
    let text = """
      #!/bin/sh
      case "$*" in *deliver) ;; *) exec '\(real)' "$@" ;; esac
      tee "$0.$$" | '\(real)' "$@"

      """
    try Files.write(folder + "/ssh", text, mode: 0o700)
    return ("\(folder):\(hosts.alice.environment["PATH"] ?? "")", folder)
  }

  /// The stream key of a sealed envelope, in hex as in its head, and in base64.
  private static func streamKey(_ envelope: [UInt8], _ key: borrowing SealKey) throws -> [[UInt8]] {
    let line = try #require(envelope.firstIndex(of: 10))
    let preamble = try Preamble(validating: Array(envelope[..<line]))
    let payload = envelope[(line + 1 + preamble.statement + preamble.signature)...]
    let start = payload.startIndex
    let count = Int(payload[start]) << 8 | Int(payload[start + 1])
    let head = try key.open(Array(payload[(start + 2)..<(start + 2 + count)]))
    let text = try #require(
      String(decoding: head, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("key: ") })
    let hex = Array(text.dropFirst(5).utf8)
    let digits = hex.map { $0 < 58 ? $0 - 48 : $0 - 87 }
    let raw = stride(from: 0, to: 64, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    return [hex, Array(Base64.encode(raw).utf8)]
  }

  @Test(.enabled(if: Environment.isLinux, "needs /proc"))
  func nothingOfBodiesAndKeysIsInArgumentsAndEnvironments() async throws {
    let watch = ProcessWatch()
    try await TwoHosts.with { hosts in
      let (search, folder) = try Self.tapping(hosts)
      let settings = [
        "AGENT_MESH_SSH_CONFIG": hosts.alice.home + "/.ssh/config", "PATH": search,
      ]
      // Proves that the search would find a secret.
      let canary = try hosts.alice.start(
        "sleep", ["1000"], environment: ["CANARY": "canary-in-the-coal-mine"])
      let marks = ["body-of-a-message", "words-with-a-file", "inside-of-a-file"]
      let path = hosts.sandbox.path("f")
      try Files.write(path, "\(marks[2]) " + String(repeating: "padding ", count: 100_000))
      var round = 0
      while watch.samples < 300 || round < 1 {
        for sealed in [true, false] {
          let flags = sealed ? ["--seal"] : []
          for (words, stdin) in [
            ([TwoHosts.address, "-"], marks[0]),
            (["--file", path, "--name", "f", TwoHosts.address, "-"], marks[1]),
            (["--file", "-", "--name", "g", TwoHosts.address], marks[2]),
          ] {
            let ran = try await hosts.alice.run(
              "notify-pane", flags + words, stdin: Array(stdin.utf8), environment: settings)
            #expect(ran.status == 0, "\(ran)")
          }
        }
        round += 1
      }
      let seen = watch.stop()
      canary.kill()
      var secrets = marks.map { Array($0.utf8) }
      for host in [hosts.alice, hosts.bob] {
        for name in ["sign", "seal"] {
          let lines = try #require(Files.text(host.home + "/.agents/keys/" + name))
            .split(separator: "\n").filter { !$0.hasPrefix("-") }
          // Without the part that all such files begin with.
          secrets += lines.map { Array($0.utf8.suffix(40)) }.filter { $0.count >= 20 }
        }
      }
      let sealKey = try SealKeyFile.decode(
        try #require(Files.read(hosts.bob.home + "/.agents/keys/seal")))
      var streams = 0
      for name in Files.list(folder) where name != "ssh" {
        let envelope = try #require(Files.read("\(folder)/\(name)"))
        guard String(decoding: envelope.prefix(2000), as: UTF8.self).contains("seal: box1") else {
          continue
        }
        secrets += try Self.streamKey(envelope, sealKey)
        streams += 1
      }
      #expect(streams >= 3 && secrets.count >= 3 + 4 + 6, "\(secrets.count)")
      let all = hosts.sandbox.path("seen")
      try Files.write(all, Array(seen.joined(separator: [10])))
      func found(_ secrets: [[UInt8]]) async throws -> String {
        let patterns = hosts.sandbox.path("patterns")
        try Files.write(patterns, Array(secrets.joined(separator: [10])))
        return try await hosts.sandbox.run("grep", ["-aoFf", patterns, all]).text
      }
      for there in ["canary-in-the-coal-mine", "/bin/agent-register-hook deliver"] {
        #expect(try await found([Array(there.utf8)]).contains(there))
      }
      #expect(try await found(secrets).isEmpty)
    }
  }

  /// The limit alone, what a user with a debugger could do about it, and both programs in the middle of their work.
  @Test(.enabled(if: Environment.isLinux, "needs /proc"), arguments: ["ABRT", "SEGV", "QUIT"])
  func nothingIsLeftOfWhatCrashes(signal: String) async throws {
    try await Forger.with { forger in
      let sandbox = forger.account.sandbox
      let folder = sandbox.path("here")
      try Files.makeDirectory(folder)
      let hanging = try Shim(sandbox, for: "tmux", then: .hang)
      let control = try await Self.crash(signal, ["sleep", "1000"], sandbox, folder) { true }
      #expect(control.contains("core"), "no cores here at all, so this tells nothing: \(control)")
      let path = try forger.account.file("f", noise(1_000_000))
      let bytes = try forger.plainFile("f", noise(1_000_000))
      for raising in Environment.isRoot ? [false, true] : [false] {
        let calls = hanging.calls.count
        let sender = try await Self.crash(
          signal, ["notify-pane", "--seal", "--file", path, forger.account.address], sandbox,
          folder, raising: raising, environment: ["TMUX_BIN": hanging.path]
        ) { hanging.calls.count > calls }
        #expect(!sender.isEmpty && !sender.contains("core"), "\(sender)")
        Files.remove(forger.account.inbox)
        let receiver = try await Self.crash(
          signal, ["agent-register-hook", "deliver"], sandbox, folder, raising: raising,
          input: Array(bytes.prefix(500_000))
        ) { !Files.list(forger.account.inbox + "/beta-x").isEmpty }
        #expect(!receiver.isEmpty && !receiver.contains("core"), "\(receiver)")
      }
    }
  }

  /// Ends a program by a signal in the middle of its work.
  /// - Parameter raising: first removes its core limit, as root may; a core piped to a program has no limit either.
  /// - Returns: the shell's message about its end, and the names of the cores.
  private static func crash(
    _ signal: String, _ words: [String], _ sandbox: Sandbox, _ folder: String,
    raising: Bool = false, environment: [String: String] = [:], input: [UInt8] = [],
    _ isInTheMiddle: () -> Bool
  ) async throws -> String {
    let shell = try sandbox.start(
      "bash", ["-c", "ulimit -c unlimited; cd \"$0\"; \"$@\"; exit 0", folder] + words,
      environment: environment)
    defer { shell.kill() }
    if !input.isEmpty { try await shell.send(input) }
    let pid = try await eventually("the middle of \(words): \(shell.soFar)") {
      guard isInTheMiddle() else { return Int32?.none }
      return Processes.descendants(of: shell.pid).first {
        Processes.arguments(of: $0).first == words[0]
      }
    }
    if raising {
      let ran = try await sandbox.run("prlimit", ["--core=unlimited", "--pid", "\(pid)"])
      if ran.status != 0 { print("not tried without a limit: \(ran.errorText)") }
    }
    try await sandbox.must("kill", ["-\(signal)", "\(pid)"])
    let said = try await shell.finish().errorText
    let cores = Files.list(folder)
    for name in cores { Files.remove("\(folder)/\(name)") }
    return said + cores.joined()
  }
}
