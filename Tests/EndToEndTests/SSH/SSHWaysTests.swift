import TestSupport
import Testing

/// A message reaches a host by any route that `ssh HOST` takes under the user's configuration.
@Suite struct SSHWaysTests {
  /// Lines of a `Host bob` block that matter for a person's login and must not matter for us.
  static let blocks: [[String]] = [
    ["RemoteCommand tmux new-session -A -s main", "RequestTTY force"],
    ["SessionType none"],
    ["StdinNull yes"],
    ["ForkAfterAuthentication yes"],
    ["LocalForward 127.0.0.1:1 127.0.0.1:22", "ExitOnForwardFailure yes"],
    ["PermitLocalCommand yes", "LocalCommand echo local; exit 1"],
    ["Tunnel yes", "VisualHostKey yes", "EscapeChar ^B", "LogLevel QUIET"],
    ["ControlMaster yes", "ControlPath none", "ControlPersist no"],
    ["SomeOptionOfTomorrow yes"],
  ]

  @Test(arguments: blocks)
  func aHostBlockMadeForAPersonDoesNotDisturbAMessage(_ block: [String]) async throws {
    try await TwoAccounts.run { mesh in
      try mesh.prepend(["Host bob"] + block.map { "  \($0)" })
      try await mesh.delivers("in spite of \(block[0].prefix(8))")
    }
  }

  @Test func aProxyThatTakesFiveSecondsIsWaitedFor() async throws {
    try await TwoAccounts.run { mesh in
      try mesh.prepend(["Host bob", "  ProxyCommand \(try mesh.proxy(after: 5))"])
      try await mesh.delivers("by a slow way")
    }
  }

  @Test func theUsersOwnConnectTimeoutCountsAndIsNamed() async throws {
    try await TwoAccounts.run { mesh in
      let proxy = try mesh.proxy(after: 8)
      try mesh.prepend(["Host bob", "  ConnectTimeout 2", "  ProxyCommand \(proxy)"])
      let began = ContinuousClock.now
      let sent = try await mesh.alice.run("notify-pane", ["bob-main-reader", "too slow"])
      #expect(sent.status == 4 && ContinuousClock.now - began < .seconds(7), "\(sent)")
      #expect(sent.errorText.contains("ConnectTimeout is 2 s in the ssh configuration"), "\(sent)")
      try mesh.replaceInConfig("ConnectTimeout 2", "ConnectTimeout 20")
      try await mesh.delivers("slow, and allowed to be")
    }
  }

  /// Organisations put their aliases in that file; `ssh -F` alone ignores it.
  @Test(.enabled(if: Environment.isRoot && Environment.isLinux))
  func anAliasOfTheSystemsConfigurationCounts() async throws {
    try await TwoAccounts.run { mesh in
      let folder = mesh.sandbox.path("ssh_config.d")
      try Files.makeDirectory(folder, mode: 0o755)
      let block =
        "Host bob\n  HostName 127.0.0.1\n  Port \(mesh.bob.server.port)\n  HostKeyAlias bob\n"
      try Files.write(folder + "/mesh.conf", block, mode: 0o644)
      let own = Files.text(mesh.alice.home + "/.ssh/config") ?? ""
      let common = try #require(own.range(of: "Host *"))
      try Files.write(mesh.alice.home + "/.ssh/config", String(own[common.lowerBound...]))
      let line =
        "mount --bind \(folder) /etc/ssh/ssh_config.d && exec notify-pane bob-main-reader system"
      let sent = try await mesh.alice.run("unshare", ["-m", "sh", "-c", line])
      #expect(sent.status == 0, "\(sent)")
      let without = try await mesh.alice.run("notify-pane", ["bob-main-reader", "none"])
      #expect(without.status == 4, "\(without)")
    }
  }

  struct Way: Sendable, CustomTestStringConvertible {
    let name: String
    /// Lines to put before everything else in the configuration.
    let lines: @Sendable (TwoAccounts) async throws -> [String]
    var testDescription: String { name }
  }

  static let ways = [
    Way(name: "Match exec") { mesh in
      try mesh.replaceInConfig("Port \(mesh.bob.server.port)", "")
      return ["Match originalhost bob exec \"test -d /\"", "  Port \(mesh.bob.server.port)"]
    },
    Way(name: "Include with a glob") { mesh in
      try mesh.replaceInConfig("Port \(mesh.bob.server.port)", "")
      try Files.makeDirectory(mesh.alice.home + "/.ssh/config.d")
      let text = "Host bob\n  Port \(mesh.bob.server.port)\n"
      try Files.write(mesh.alice.home + "/.ssh/config.d/10-bob.conf", text)
      return ["Include \(mesh.alice.home)/.ssh/config.d/*.conf"]
    },
    Way(name: "a jump over two hosts") { mesh in
      let port = mesh.bob.server.port
      for name in ["jump1", "jump2"] {
        let known = mesh.alice.home + "/.ssh/known_hosts"
        let key = (Files.text(known) ?? "").split(separator: "\n").first { $0.hasPrefix("bob ") }
        let line = "\(name)\((key ?? "").dropFirst(3))\n"
        try Files.write(known, (Files.text(known) ?? "") + line)
      }
      return [
        "Host jump1 jump2", "  HostName 127.0.0.1", "  Port \(port)", "Host jump1",
        "  HostKeyAlias jump1", "Host jump2", "  HostKeyAlias jump2", "  RemoteCommand false",
        "Host bob", "  ProxyJump jump1,jump2",
      ]
    },
    Way(name: "a key that an agent holds, by IdentityAgent") { mesh in
      let socket = mesh.alice.home + "/agent"
      let agent = try mesh.alice.start("ssh-agent", ["-D", "-a", socket])
      mesh.sandbox.atEnd { agent.kill() }
      let key = mesh.alice.home + "/.ssh/id_ed25519"
      try await eventually("the agent to take the key") {
        try await mesh.alice.run("ssh-add", ["-q", key], environment: ["SSH_AUTH_SOCK": socket])
          .status == 0
      }
      Files.remove(key)
      return ["Host bob", "  IdentityAgent \(socket)"]
    },
    Way(name: "a certificate") { mesh in
      let authority = mesh.sandbox.path("ca")
      try await mesh.alice.must("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", authority])
      let key = mesh.alice.home + "/.ssh/id_ed25519"
      try await mesh.alice.must(
        "ssh-keygen",
        ["-q", "-s", authority, "-I", "alice", "-n", Environment.userName, key + ".pub"])
      let line = "cert-authority \(Files.text(authority + ".pub") ?? "")"
      try Files.write(mesh.bob.home + "/.ssh/authorized_keys", line)
      return ["Host bob", "  CertificateFile \(key)-cert.pub"]
    },
  ]

  @Test(arguments: ways)
  func aWayThatSSHKnowsIsTaken(_ way: Way) async throws {
    try await TwoAccounts.run { mesh in
      try mesh.prepend(try await way.lines(mesh))
      try await mesh.delivers("by \(way.name.split(separator: " ").last ?? "")")
    }
  }

  @Test func anIPv6AddressIsReached() async throws {
    try await TwoAccounts.run { mesh in
      try await mesh.bob.server.start(options: [
        "ListenAddress ::1", "ListenAddress 127.0.0.1",
      ])
      try mesh.replaceInConfig(
        "Host bob\n  HostName 127.0.0.1", "Host bob\n  HostName ::1\n  AddressFamily inet6")
      try await mesh.delivers("over six")
    }
  }

  /// A changed route leaves no open connection, and a dead socket causes no failure.
  @Test func connectionsDoNotLeakWhenTheConfigurationChanges() async throws {
    try await TwoAccounts.run { mesh in
      for round in 0..<5 {
        try mesh.prepend(["# round \(round)"])
        try await mesh.delivers("round \(round)")
      }
      try await eventually("all connections but one to end: \(mesh.connections)") {
        mesh.connections.count == 1
      }
      let sockets = mesh.connections
      #expect(Files.list(mesh.alice.home + "/.agents/state/ssh").count <= 6)
      let master = try await mesh.alice.run(
        "ssh", ["-O", "check", "-o", "ControlPath=\(sockets[0])", "bob"])
      let pid = try #require(Int32(master.errorText.filter(\.isNumber)))
      Processes.kill([pid])
      try await mesh.delivers("after the connection was killed")
    }
  }
}

extension TwoAccounts {
  /// Puts lines before everything else in alice's ssh configuration. Her open connections end.
  func prepend(_ lines: [String]) throws {
    let file = alice.home + "/.ssh/config"
    try Files.write(file, lines.joined(separator: "\n") + "\n" + (Files.text(file) ?? ""))
  }

  func replaceInConfig(_ old: String, _ new: String) throws {
    let file = alice.home + "/.ssh/config"
    let text = Files.text(file) ?? ""
    guard let range = text.range(of: old) else { throw Trouble("no \(old) in \(text)") }
    try Files.write(file, text.replacingCharacters(range, new))
  }

  /// A ProxyCommand that connects after a delay.
  func proxy(after seconds: Int) throws -> String {
    let file = sandbox.path("proxy")
    let text = """
      #!/bin/bash
      sleep \(seconds)
      exec 3<>/dev/tcp/127.0.0.1/\(bob.server.port)
      cat <&3 & exec cat >&3

      """
    try Files.write(file, text, mode: 0o755)
    return file
  }

  /// A message from alice is typed at bob's reader.
  func delivers(_ text: String) async throws {
    let sent = try await alice.run("notify-pane", ["bob-main-reader", text])
    #expect(sent.status == 0, "\(sent)")
    try await eventually("\(text) to be shown") { try await reader.capture().contains(text) }
  }

  /// The sockets of alice's open connections.
  var connections: [String] {
    let folder = alice.home + "/.agents/state/ssh"
    return Files.list(folder).filter { $0.hasPrefix("m") }.map { "\(folder)/\($0)" }
  }
}

extension String {
  fileprivate func replacingCharacters(_ range: Range<String.Index>, _ new: String) -> String {
    self[..<range.lowerBound] + new + self[range.upperBound...]
  }

  fileprivate func range(of text: String) -> Range<String.Index>? { ranges(of: text).first }
}
