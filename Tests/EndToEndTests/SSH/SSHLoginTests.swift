import TestSupport
import Testing

/// Logins that need a person, hosts that refuse us, and all kinds of login shells.
@Suite struct SSHLoginTests {
  private static let asRoot = Environment.isRoot && Environment.isLinux

  @Test func aHostThatAsksForACodeIsReachedByTheUsersOwnConnection() async throws {
    try await TwoAccounts.run { mesh in
      let socket = mesh.alice.home + "/own"
      try mesh.prepend(["Host bob", "  ControlPath \(socket)", "  ConnectTimeout 30"])
      let master = try mesh.alice.start(
        "ssh",
        ["-F", mesh.alice.home + "/.ssh/config", "-M", "-N", "-oControlPersist=no", "bob"])
      mesh.sandbox.atEnd { master.kill() }
      try await eventually("the user's connection to be open") { Files.exists(socket) }
      mesh.bob.server.kill(sessions: false)
      try await mesh.bob.server.start(options: [
        "AuthenticationMethods publickey,keyboard-interactive", "KbdInteractiveAuthentication yes",
      ])
      // A push in the background may still be opening one of ours.
      let alone = try await eventually("no connection of ours") {
        try await mesh.endConnections()
        let ran = try await mesh.alice.run("notify-pane", ["bob-main-reader", "alone"])
        return ran.status == 0 ? nil : ran
      }
      #expect(alone.status == 4, "\(alone)")
      #expect(alone.errorText.contains("only a person can give"), "\(alone)")
      #expect(alone.errorText.contains("ssh-master=own"), "\(alone)")
      try Files.write(mesh.alice.home + "/.agents/peers.conf", "bob ssh-master=own\n")
      try await mesh.delivers("by the user's own connection")
      let synced = try await mesh.alice.run("sync-agent-registry")
      #expect(synced.status == 0, "\(synced)")
      #expect(mesh.connections.isEmpty)
    }
  }

  /// Like Tailscale's check: an address to visit, then a wait for the person who visits it.
  @Test(.enabled(if: asRoot)) func aBannerThatAsksForAPersonIsShownWhileWeWait() async throws {
    try await TwoAccounts.run { mesh in
      let folder = mesh.sandbox.path("slow")
      try Files.makeDirectory(folder, mode: 0o755)
      try mesh.prepend(["Host bob", "  ConnectTimeout 20"])
      let text =
        "# Tailscale SSH requires an additional check.\n# To authenticate, visit: https://login.example/a/1\n"
      let cat = "cat \(mesh.bob.home)/.ssh/authorized_keys\n"
      try Files.write(folder + "/banner", text)
      // Longer than our keep-alive lets ssh wait for an answer.
      try Files.write(folder + "/keys", "#!/bin/sh\nsleep 5\n" + cat, mode: 0o755)
      try await mesh.bob.server.start(options: [
        "Banner \(folder)/banner", "AuthorizedKeysCommand \(folder)/keys",
        "AuthorizedKeysCommandUser root", "AuthorizedKeysFile none",
      ])
      let sent = try await mesh.alice.run("notify-pane", ["bob-main-reader", "checked"])
      #expect(sent.status == 0, "\(sent)")
      #expect(sent.errorText.count(of: "https://login.example/a/1") == 1, "\(sent)")
      try Files.write(folder + "/keys", "#!/bin/sh\nsleep 60\n" + cat, mode: 0o755)
      let late = try await eventually(within: .seconds(200), "no connection of ours") {
        try await mesh.endConnections()
        let ran = try await mesh.alice.run("notify-pane", ["bob-main-reader", "never"])
        return ran.errorText.contains("connected, but") ? nil : ran
      }
      #expect(late.status == 4, "\(late)")
      #expect(late.errorText.contains("not logged in; ssh says"), "\(late)")
      #expect(late.errorText.count(of: "https://login.example/a/1") == 2, "\(late)")
    }
  }

  /// Current sshd locks out a source that fails often: twenty messages cause few logins, and a sync backs off.
  @Test func aHostThatRefusesUsIsAskedSeldom() async throws {
    try await TwoAccounts.run { mesh in
      try mesh.bob.exclude(mesh.alice)
      _ = try await mesh.alice.run("agent-mesh", ["off"])
      let before = mesh.bob.server.log.count(of: "Connection closed by authenticating user")
      let began = ContinuousClock.now
      for number in 0..<20 {
        let sent = try await mesh.alice.run("notify-pane", ["bob-main-reader", "\(number)"])
        #expect(sent.status == 4, "\(sent)")
      }
      let seconds = Int((ContinuousClock.now - began).components.seconds)
      let asked = mesh.bob.server.log.count(of: "Connection closed by authenticating user") - before
      #expect(asked >= 1 && asked <= 2 + seconds / 5, "\(asked) logins in \(seconds) s")
      let log = try await mesh.alice.run("agent-mesh", ["log"])
      #expect(log.text.contains("unreachable"), "the failed send is in the log: \(log)")
      try mesh.bob.authorize(mesh.alice)
      try await eventually("the host to be asked again") {
        try await mesh.alice.run("notify-pane", ["bob-main-reader", "again"]).status == 0
      }
    }
  }

  struct Login: Sendable, CustomTestStringConvertible {
    let shell: String
    /// A file in the home, and its text.
    let file: String
    let text: String
    /// What the error text contains if it cannot work; nil: it works.
    var said: String?
    var testDescription: String { "\(shell) with \(file): \(text.prefix(30))" }
  }

  static let logins = [
    Login(shell: "/usr/bin/fish", file: ".config/fish/config.fish", text: "echo welcome to fish\n"),
    Login(shell: "/usr/bin/tcsh", file: ".cshrc", text: "echo welcome to tcsh\nstty -a\n"),
    Login(
      shell: "/usr/bin/zsh", file: ".zshenv", text: "print -nP '%F{red}prompt%f %~ '\n"),
    Login(
      shell: "/bin/bash", file: ".bashrc",
      text: "head -c 1048576 /dev/zero | tr '\\0' x\n"),
    Login(
      shell: "/bin/bash", file: ".bashrc", text: "echo starting fish; exec fish\n",
      said: "the login shell of bob printed: starting fish"),
    Login(
      shell: "/bin/bash", file: ".bashrc", text: "echo continue?; read -p '? ' x\n",
      said: "the login shell of bob printed: continue?"),
    Login(
      shell: "/bin/bash", file: ".bashrc", text: "echo maintenance; exit 3\n",
      said: "the login shell of bob ended with 3 and printed: maintenance"),
    Login(
      shell: "/usr/sbin/nologin", file: ".hushlogin", text: "",
      said: "the login shell of bob ended with 1 and printed: This account"),
  ]

  @Test(.enabled(if: asRoot), arguments: logins)
  func aLoginShell(_ login: Login) async throws {
    guard Shells.has(login.shell) else { return }
    try await TwoAccounts.run { mesh in
      let file = "\(mesh.bob.home)/\(login.file)"
      if let cut = file.lastIndex(of: "/") { try Files.makeDirectory(String(file[..<cut])) }
      try Files.write(file, login.text)
      try await mesh.bob.server.start(loginShell: login.shell)
      guard let said = login.said else { return try await mesh.delivers("through the shell") }
      let sent = try await mesh.alice.run("notify-pane", ["bob-main-reader", "stopped"])
      #expect(sent.status == 4, "\(sent)")
      #expect(sent.errorText.contains(said), "\(sent)")
      #expect(try await !mesh.reader.capture().contains("stopped"))
    }
  }

  /// `doctor` names differences between `ssh bob` and our own call, and says nothing where there are none.
  @Test func doctorComparesWhatSSHSays() async throws {
    try await TwoAccounts.run { mesh in
      let fine = try await mesh.alice.run("agent-mesh", ["doctor"])
      #expect(!fine.text.contains("reached otherwise"), "\(fine)")
      try mesh.prepend(["SomeOptionOfTomorrow yes"])
      let found = try await mesh.alice.run("agent-mesh", ["doctor"])
      #expect(found.text.contains("ssh itself refuses its configuration"), "\(found)")
      #expect(found.text.contains("Bad configuration option"), "\(found)")
    }
  }

  /// A host without an answer is detected within four seconds, and the user is told that we wait.
  @Test func aHostThatDoesNotAnswerIsKnownSoon() async throws {
    try await TwoAccounts.run { mesh in
      try await mesh.bob.server.hang()
      let began = ContinuousClock.now
      let sent = try await mesh.alice.run("notify-pane", ["bob-main-reader", "anybody?"])
      let took = ContinuousClock.now - began
      #expect(sent.status == 4 && took < .seconds(15), "\(took) \(sent)")
      #expect(sent.errorText.contains("the limit is 4 s"), "\(sent)")
      let line = "notify-pane bob-main-reader anybody"
      let seen = try await mesh.alice.run("script", ["-qec", line, "/dev/null"])
      #expect(seen.text.contains("waiting for bob"), "\(seen)")
    }
  }
}
