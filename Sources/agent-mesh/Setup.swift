internal import Mesh
internal import MeshCrypto
internal import MeshHost

/// Steps that several commands share, and who sends.
enum Setup {
  /// - Parameter preparesTmux: a client of tmux comes up while the rest is read.
  static func site(preparesTmux: Bool = false) throws -> Site {
    try Site(.current(), preparesTmux: preparesTmux)
  }

  static func sending(_ site: Site) throws -> Sending {
    let tell = SSHNotice { text, isFromSSH in
      // A banner may contain an address to visit; everything else is only for
      // a person who is watching.
      if isFromSSH || Standard.isTerminal(.error) { Output.note("agent-mesh: \(text)") }
    }
    return Sending(try Credentials(site), tell: tell)
  }

  static func identity(_ site: Site) throws -> Identity {
    try KeyStore(site.home).identity(site.host)
  }

  static func trusted(_ site: Site) throws -> TrustedKeys {
    try PinStore(site.home).trusted(try identity(site))
  }

  /// - Parameter undone: what follows from a text that is no key.
  static func wholeKey(_ text: String, undone: String = "") throws -> VerifyingKey {
    let parts = text.split(separator: " ")
    guard parts.count >= 2, let key = try? VerifyingKey(openSSH: "\(parts[0]) \(parts[1])") else {
      throw Failure.usage("that is no ssh-ed25519 key\(undone)")
    }
    return key
  }

  static func route(to name: String, _ site: Site, _ sending: borrowing Sending) throws -> Route {
    do { return try Router(site, sending.trusted).route(to: name) } catch {
      throw Failure(error, to: name)
    }
  }

  static func host(_ name: String) throws -> Host {
    do { return try Host(validating: name) } catch {
      throw Failure.usage("'\(SafeText.line(name, limit: 60))' is no host name")
    }
  }

  static func newID() throws -> MessageID {
    guard let id = MessageID.random() else {
      throw Failure(.notSetUp, .keys, "the system gave no random numbers")
    }
    return id
  }

  static func isBeginningOfID(_ text: String) -> Bool {
    (8...26).contains(text.utf8.count)
      && text.utf8.allSatisfy { (97...122).contains($0) || (50...55).contains($0) }
  }

  /// Accepts a whole id, or the beginning of one in the log, because tags and
  /// lists show eight characters.
  static func id(_ text: String, _ site: Site) throws -> MessageID {
    if let whole = try? MessageID(validating: text) { return whole }
    guard isBeginningOfID(text) else {
      throw Failure.usage(
        "'\(SafeText.line(text, limit: 40))' is no message id: those have 26 characters of a-z and 2-7, and 8 are enough",
        try: "agent-mesh log")
    }
    let found = try AuditReading(site.home).beginning(text)
    guard found.count <= 1 else { throw ambiguous(text, found) }
    guard let id = found.first?.id.flatMap({ try? MessageID(validating: $0) }) else {
      throw Failure(.usage, .noRecord, "the log has no message \(text)", try: "agent-mesh log")
    }
    return id
  }

  private static func ambiguous(_ text: String, _ found: [AuditEntry]) -> Failure {
    let lines = found.suffix(8).map { entry in
      "\n  \(entry.id ?? "-")  \(entry.time)  \(entry.from ?? "-") → \(entry.to ?? "-")"
    }
    return Failure.usage(
      "\(found.count) messages have ids that begin with \(text)" + lines.joined(),
      try: "agent-mesh log --id \(text)")
  }

  /// Asks a host for a message's status: a signed question and a signed answer; nothing is typed.
  static func ask(
    _ route: Route, about id: MessageID, _ site: Site, _ sending: borrowing Sending
  ) throws -> Delivered {
    let order = Order(
      kind: .status, from: Address(site.host), body: [], inReplyTo: id, id: try newID())
    return try sending.send(order, by: route)
  }
}

/// The sender of messages from this process.
enum Senders {
  static func identify(
    _ site: Site, _ trusted: TrustedKeys, as name: String?, to: String? = nil
  ) throws -> SenderIdentity {
    do {
      return try SenderIdentity(
        site, hosts: trusted.hosts, as: name, to: to.flatMap { try? Address(validating: $0) })
    } catch { throw Failure(error, name ?? site.environment.agentName ?? "") }
  }

  /// Says why no pane was found for this process, and which command helps.
  static func explain(_ sender: SenderIdentity, _ site: Site) {
    guard sender.pane == nil else { return }
    if let service = sender.service {
      Output.note("notify-pane: \(words(service)); it speaks as \(sender.address)")
      Output.note("  try: \(help(service))")
    } else if let path = site.missingSocket {
      let failure = Failure(Tmux.Failure.unreachable(path: path, why: "not there"))
      Output.note("notify-pane: it speaks as \(sender.address): \(failure.text)")
      for hint in failure.hints { Output.note("  try: \(hint)") }
    }
  }

  static func words(_ service: SharedService) -> String {
    "this process runs below \(service.program) (pid \(service.pid)), which serves others, so no pane can be named for it"
  }

  static func words(_ served: ServedPanes, as host: Host) -> String {
    "\(served.service.program) (pid \(served.service.pid)) runs the commands of \(served.count.counted("pane")): what they send before they have received a message is \(host)'s, and no pane's"
  }

  /// How to name the sender; the user fills in the address of the agent's own pane.
  static func help(_ service: SharedService) -> String {
    let claim = "notify-pane --as ADDRESS …"
    guard service.program == "codex" else { return claim }
    return "\(claim)   or, in Codex's config.toml: [features] daemon_auto_start = false"
  }
}
