internal import Mesh
internal import MeshHost

/// Words, codes and hints for every error of the layers below: the one place that turns them into
/// something for people.
extension Failure {
  init(_ error: any Error) {
    switch error {
    case let error as Failure: self = error
    case let error as SetupError: self.init(error)
    case let error as Tmux.Failure: self.init(error)
    case let error as RegistrationError: self.init(error)
    case let error as KeyChangeError: self.init(error)
    case let error as FileError: self.init(.failed, .disk, "\(error)", try: error.look)
    case let error as SSHFailure:
      self.init(.failed, .unreachable, "\(error)", try: "agent-mesh doctor")
    default: self.init(.failed, "internal", "\(SafeText.line("\(error)", limit: 200))")
    }
  }

  private init(_ error: SetupError) {
    self.init(.notSetUp, .keys, "\(error)")
    hints = error.fix.map { [$0] } ?? []
    switch error {
    case .noSealKey: reason = Reason.sealKey.rawValue
    case .insecure:
      reason = Reason.modes.rawValue
      // In a sandbox root's directories seem to belong to another account, and no chmod helps.
      if OwnProgram.isInUserNamespace { hints = Self.outsideTheSandbox }
    case .malformed: reason = Reason.policy.rawValue
    case .file: reason = Reason.disk.rawValue
    case .noHome, .badSelf, .noKeys: break
    }
  }

  /// Lines for an agent's settings which let it run us outside of its sandbox.
  static let outsideTheSandbox = [
    #"in Claude Code's settings.json: "sandbox": {"excludedCommands": ["notify-pane:*"]}"#,
    #"in Codex's ~/.codex/rules/default.rules: prefix_rule(pattern = ["notify-pane"], decision = "allow")"#,
  ]

  private init(_ error: Tmux.Failure) {
    self.init(.failed, .tmux, "\(error)")
    switch error {
    case .noServer: hints = ["tmux new-session -d -s main"]
    case .socketLost(let pid): hints = ["kill -USR1 \(pid)"]
    case .versionMismatch, .tooOld: hints = ["tmux -V", "tmux display-message -p '#{version}'"]
    case .notFound(let binary):
      hints = [binary == "tmux" ? "sudo apt-get install tmux" : "unset TMUX_BIN"]
    case .unreachable: hints = Self.outsideTheSandbox
    case .insecureSocket where OwnProgram.isInUserNamespace: hints = Self.outsideTheSandbox
    default: hints = ["agent-mesh doctor"]
    }
  }

  private init(_ error: RegistrationError) {
    switch error {
    case .setup(let error): self.init(error)
    case .tmux(let error):
      self.init(error)
      undone = "the registry stays as it was"
    }
  }

  private init(_ error: KeyChangeError) {
    switch error {
    case .tooSoon(let end):
      self = .usage(
        "the key before this one is accepted until \(end.text)", undone: "nothing was changed",
        try: "agent-keys rotate --force")
    case .revoked:
      self.init(
        .notSetUp, .revoked, "this account's key is revoked, so it can name no successor",
        undone: "nothing was changed", try: "agent-keys revoke --own")
    case .noRandomNumbers:
      self.init(
        .notSetUp, .keys, "the system gave no random numbers", undone: "nothing was changed")
    case .setup(let error): self.init(error)
    }
  }

  /// - Parameter text: what was typed in place of an address.
  init(_ error: RouteError, to text: String) {
    let shown = SafeText.line(text, limit: 60)
    switch error {
    case .badAddress(let near), .unknownAgent(let near):
      self = .unknownAgent(Self.unknown(shown, error), try: Self.near(near))
    case .ambiguous(let meant):
      let names = meant.prefix(12).map { "\n  \($0)" }.joined()
      self = .unknownAgent("\(shown) can be any of \(meant.count); nothing was sent to it:\(names)")
      undone = ""
    case .unpinned(let host):
      self.init(
        .notSetUp, .unpinned, "no key is pinned for \(host)", try: "sync-agent-registry",
        "agent-keys trust \(host)")
    case .revoked(let host):
      self.init(
        .notSetUp, .revoked, "no key of \(host) is valid any more: revoked, or out of date",
        try: "agent-keys list")
    case .noWay(let host):
      self.init(
        .notSetUp, .unpinned, "\(host) is not in ~/.agents/peers.conf",
        try: "echo \(host) >>~/.agents/peers.conf")
    case .setup(let error): self.init(error)
    }
  }

  /// What is wrong with a name, in the words of its own form: a number, `%7`, `dev:claude`, an address.
  private static func unknown(_ name: String, _ error: RouteError) -> String {
    if ShortName.isNumber(name) {
      return "\(name) is no name: a window is SESSION:\(name), a pane %\(name)"
    }
    if LivePane.isPaneID(name) { return "there is no pane \(name) here" }
    let parts = name.split(separator: ":", maxSplits: 1)
    if parts.count == 2, !name.contains(" ") {
      return "no session \(parts[0]) has a window \(parts[1])"
    }
    if case .badAddress = error { return "'\(name)' is no address" }
    return "no agent is called \(name)"
  }

  /// For a name of a session that is not on the mesh: its panes live, and have no address.
  static func leftOut(_ name: String, _ site: Site) -> Failure? {
    guard let session = LeftOutSession(of: name, site) else { return nil }
    let shown = SafeText.line(session.name, limit: 60)
    return session.isOff
      ? .unknownAgent(
        "session \(shown) was taken off the mesh",
        try: ["agent-register-hook on \(ShellWord.quoted(shown))"])
      : .unknownAgent(
        "session \(shown) is left out, as all called scratch, tmp, temp, test, test-* and _*",
        try: ["tmux rename-session -t \(ShellWord.quoted("=" + shown)) NAME"])
  }

  /// Commands for names that a mistyped one may have meant.
  static func near(_ names: [Address]) -> [String] {
    names.isEmpty ? ["notify-pane --list"] : names.map { "notify-pane \($0) …" }
  }

  /// - Parameter wish: the name that was asked for.
  /// - Parameter isOption: by `--as`; otherwise by AGENT_NAME.
  init(_ error: SenderError, _ wish: String, isOption: Bool) {
    let name = SafeText.line(wish, limit: 60)
    let undone = "nothing was sent"
    let without = isOption ? "notify-pane AGENT …" : "unset AGENT_NAME"
    switch error {
    case .badName:
      self = .usage("'\(name)' is no address to send as", undone: undone, try: without)
    case .inPane(let own):
      self.init(
        .notAuthentic, .spoofed, "this process is in the pane \(own) and cannot speak as \(name)",
        undone: undone, try: without)
    case .held:
      self.init(
        .notAuthentic, .spoofed, "\(name) is a live pane, and this process is not in it",
        undone: undone, try: without, isOption ? "notify-pane --whoami" : "echo $AGENT_NAME")
    case .notServed(let service):
      self.init(
        .notAuthentic, .spoofed,
        "\(name) is a live pane that \(service.program) (pid \(service.pid)), below which this process runs, does not serve",
        undone: undone)
    case .foreign:
      self.init(
        .notAuthentic, .spoofed, "\(name) is no address of this host", undone: undone,
        try: isOption ? "notify-pane --whoami" : without)
    case .tmux(let error):
      self.init(error)
      self.undone = undone
    }
  }

  /// What went wrong in a session with a peer.
  init(_ error: SyncError, _ peer: Peer) {
    self.init(.failed, .unreachable, "", try: "ssh \(peer.sshAlias) true")
    switch error {
    case .ssh(let failure): text = "\(peer.host): \(failure)"
    case .broken: text = "\(peer.host): the session broke off"
    case .malformed: text = "\(peer.host) sent an answer that cannot be read"
    case .busy:
      text = "\(peer.host) has as many sessions here as it may have; nothing was exchanged"
      hints = ["sync-agent-registry   # again in a minute"]
    case .calledOtherwise(let name):
      // The name comes from the other side: it is printed, and made part of a command only where it
      // is a name.
      text = "\(peer.host) calls itself \(SafeText.line(name, limit: 64))"
      hints = ["ssh \(peer.sshAlias) 'echo \(peer.host) >.agents/self.conf'"]
      if let other = try? Host(validating: name) {
        hints.insert(
          "sed -i 's/^\(peer.host)$/\(other) ssh=\(peer.sshAlias)/' ~/.agents/peers.conf", at: 0)
      }
    case .setup(let error): self.init(error)
    }
  }
}
