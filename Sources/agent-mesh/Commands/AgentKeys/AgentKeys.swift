internal import ArgumentParser
internal import Mesh
internal import MeshCrypto
internal import MeshHost

struct Keys: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "agent-keys",
    abstract: "This account's keys, and the keys of other hosts that it trusts.",
    version: Version.full,
    subcommands: [
      Init.self, List.self, Show.self, Trust.self, Distrust.self, Rotate.self,
      Revoke.self, SSHLine.self, Export.self,
    ], defaultSubcommand: List.self)

  struct Init: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "init", abstract: "Make the key pairs that are missing; nothing is replaced.")
    @Flag(help: "Print JSON.") var json = false

    mutating func run() throws {
      let site = try Own.site()
      let made = try KeyStore(site.home).initialise(host: site.host)
      let identity = try Own.identity(site)
      Output.say(
        "\(site.host) \(identity.key.fingerprint)\(made ? " (new)" : "")",
        [
          "host": site.host.name, "fingerprint": identity.key.fingerprint,
          "state": made ? "new" : "own",
        ], json: json)
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: "This account's key and all pins.")
    @Flag(help: "Print JSON.") var json = false

    mutating func run() throws { try KeyWork(json: json).list() }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show",
      abstract: "Print a host's public key and fingerprint; without a host, this account's.")
    @Argument(help: "The host.", completion: Completion.hosts) var host: String?
    @Flag(help: "With the picture that ssh-keygen -lv draws.") var art = false
    @Flag(help: "Print JSON.") var json = false

    mutating func run() throws { try KeyWork(json: json).show(host, art: art) }
  }

  struct Trust: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "trust", abstract: "Pin a host's key: fetched over ssh, or given.",
      discussion: """
        With a fingerprint, the key that ssh fetches has to have it. With a whole key, nothing is \
        fetched. A key that differs from the pinned one is refused unless its fingerprint is given. \
        With --introduced nothing that is pinned is replaced, and `pinning = "manual"` holds: for \
        programs that bring a whole key.
        """)
    @Argument(help: "The host, as in peers.conf.", completion: Completion.hosts)
    var host: String
    @Argument(help: "SHA256:… or `ssh-ed25519 AAAA…` in one argument.") var key: String?
    @Flag(help: "No person has compared the key: pin it only where there is none.")
    var introduced = false
    @Flag(help: "Print JSON.") var json = false

    mutating func validate() throws {
      guard !introduced || key?.hasPrefix("ssh-ed25519 ") == true else {
        throw ValidationError("--introduced wants a whole key")
      }
    }

    mutating func run() throws { try KeyWork(json: json).trust(host, key, introduced: introduced) }
  }

  struct Distrust: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "distrust",
      abstract: "End the trust in a host: nothing of it is accepted any more.",
      discussion: """
        Its addresses stay its own: no other host comes to them. With --forget all that is known of it \
        is removed, and a host with a shorter name may use them.
        """)
    @Argument(help: "The host.", completion: Completion.hosts) var host: String
    @Flag(help: "Forget the host's name as well.") var forget = false
    @Flag(help: "Print JSON.") var json = false

    mutating func run() throws { try KeyWork(json: json).distrust(host, forgetting: forget) }
  }

  struct SSHLine: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "ssh-line",
      abstract:
        "Print the authorized_keys line that lets a peer's ssh key use the mesh, and no more.")
    @Argument(help: "The host.", completion: Completion.hosts) var host: String
    @Argument(help: "The file with its ssh public key; default: stdin.") var file: String?
    @Flag(help: "Print JSON.") var json = false

    mutating func run() throws { try KeyWork(json: json).sshLine(host, file) }
  }

  struct Rotate: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "rotate",
      abstract: "Make a new signing key that the old one vouches for; both count for a day.")
    @Flag(help: "The sealing key instead; the previous one is kept for 8 days.") var seal = false
    @Flag(help: "Though the key before still counts: it ends now.") var force = false
    @Flag(help: "Print JSON.") var json = false

    mutating func run() throws {
      let work = try KeyWork(json: json)
      if seal { try work.rotateSeal() } else { try work.rotate(force: force) }
    }
  }

  struct Revoke: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "revoke", abstract: "Take a key back, for good.",
      discussion: """
        A host, a fingerprint or a whole key is revoked here alone. --own, and a file that --prepare wrote, are \
        signed by the key that they revoke, and travel to all peers. Nothing undoes it.
        """)
    @Argument(
      help:
        "A host, SHA256:…, `ssh-ed25519 AAAA…`, or a prepared file (a path with a dot or a slash).",
      completion: Completion.hosts)
    var what: String?
    @Flag(help: "This account's key; a new one is made, which others have to trust again.")
    var own = false
    @Option(
      help: ArgumentHelp("Write a revocation of this account's key, for later.", valueName: "file"))
    var prepare: String?
    @Flag(help: "Print JSON.") var json = false

    mutating func validate() throws {
      let said = [what != nil, own, prepare != nil].filter(\.self).count
      guard said == 1 else {
        throw ValidationError("a host, a key or a file; or --own; or --prepare")
      }
    }

    mutating func run() throws {
      let work = try KeyWork(json: json)
      if let prepare { return try work.prepare(prepare) }
      if let what { return try work.revoke(what) }
      try work.revokeOwn()
    }
  }

  struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "export",
      abstract: "Print all pins as allowed_signers, for ssh-keygen -Y verify and git.")
    @Flag(help: "For commits that the hosts' keys sign: namespace `git`.") var git = false
    @Flag(help: "Print JSON.") var json = false

    mutating func run() throws {
      let ours = Namespace.allCases.map(\.rawValue).joined(separator: ",")
      try KeyWork(json: json).export(namespaces: git ? "git" : ours)
    }
  }
}

/// The work of the subcommands; `list`, `show` and `export` are here.
struct KeyWork {
  let site: Site
  let json: Bool

  init(json: Bool) throws { (site, self.json) = (try Own.site(), json) }

  /// Prints the new state of a key.
  /// - Parameter host: `nil` for a key that belongs to no host.
  func say(_ text: String, _ host: Host?, _ fingerprint: String?, _ state: String) {
    Output.say(text, ["host": host?.name, "fingerprint": fingerprint, "state": state], json: json)
  }

  func log(_ event: String, _ note: String) { AuditLog(site.home).note(event, note, at: site.now) }

  func list() throws {
    let identity = try Own.identity(site)
    let pins = try PinStore(site.home).pins()
    let revoked = try PinStore(site.home).revoked()
    let own = Pin(host: site.host, key: identity.key, note: "this account")
    let ownState = revoked.contains(own.key) ? "revoked" : "own"
    let all = AllowedSigners([own] + pins.pins)
    let states = [ownState] + pins.pins.map { state($0, revoked) }
    let rows = zip(all.pins, states).map { pin, state in
      [pin.host.name, pin.key.fingerprint, state, SafeText.line(pin.note)]
    }
    if json {
      return rows.forEach {
        Output.json(["host": $0[0], "fingerprint": $0[1], "state": $0[2], "note": $0[3]])
      }
    }
    Output.table([["HOST", "KEY", "STATE", "NOTE"]] + rows)
    for shared in all.sharedKeys(besides: revoked, at: site.now) {
      Output.note("agent-keys: \(shared.text)")
    }
  }

  func show(_ name: String?, art: Bool) throws {
    let identity = try Own.identity(site)
    guard let name, name != site.host.name else {
      return show(identity.key, of: site.host, "own", art)
    }
    let host = try Named.host(name)
    let pins = try PinStore(site.home).pins().pins(of: host)
    guard !pins.isEmpty else {
      throw Failure(
        .notSetUp, .unpinned, "no key is pinned for \(host)", try: "agent-keys trust \(host)")
    }
    let revoked = try PinStore(site.home).revoked()
    for pin in pins where pin.counts(at: site.now) || pins.count == 1 {
      show(pin.key, of: host, state(pin, revoked), art)
    }
  }

  private func show(_ key: VerifyingKey, of host: Host, _ state: String, _ art: Bool) {
    if json {
      return Output.json([
        "host": host.name, "fingerprint": key.fingerprint, "state": state, "key": key.openSSH,
      ])
    }
    Output.line("\(key.openSSH) agent-mesh \(host)")
    Output.line(key.fingerprint)
    if art { for line in Randomart.lines(of: key) { Output.line(line) } }
  }

  private func state(_ pin: Pin, _ revoked: RevokedKeys) -> String {
    if revoked.contains(pin.key) { return "revoked" }
    if pin.isDistrusted { return "distrusted" }
    return pin.counts(at: site.now) ? "pinned" : "out of date"
  }

  /// Pins for git and ssh-keygen.
  func export(namespaces: String) throws {
    let identity = try Own.identity(site)
    let pins = try PinStore(site.home).pins()
    let revoked = try PinStore(site.home).revoked()
    let own = Pin(host: site.host, key: identity.key, note: "this account")
    for pin in [own] + pins.pins where !revoked.contains(pin.key) {
      let line = pin.exported(namespaces: namespaces)
      Output.say(line, ["host": pin.host.name, "line": line], json: json)
    }
  }
}
