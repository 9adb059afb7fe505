internal import ArgumentParser
internal import Mesh
internal import MeshCrypto
internal import MeshHost

struct RegisterHook: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "agent-register-hook",
    abstract: "What tmux hooks call, and the receiving side of the mesh.", version: Version.full,
    subcommands: [
      On.self, Off.self, Rescan.self, Deliver.self, Serve.self, Key.self, Sync.self, Ping.self,
      OverviewVerb.self,
    ])

  /// A hook without a session name calls it without arguments; that is no error.
  mutating func run() {}

  struct On: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "on", abstract: "Put a session that was taken off back on the mesh.")
    @Argument(help: "The session's name.") var session: String?

    mutating func run() throws { try RegisterHook.set(session, off: false) }
  }

  struct Off: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "off", abstract: "Take a session off the mesh, until `on`.")
    @Argument(help: "The session's name.") var session: String?

    mutating func run() throws { try RegisterHook.set(session, off: true) }
  }

  struct Rescan: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "rescan", abstract: "Reread all sessions; this is what the tmux hooks run.")

    mutating func run() throws { try Rescanning.afterHook(try Own.site()) }
  }

  struct Deliver: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "deliver",
      abstract: "Read one envelope from stdin, check it, type it, print a signed receipt.")

    mutating func run() throws {
      try Serving.run(.deliver, try Own.site(preparesTmux: true))
    }
  }

  struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "serve",
      abstract: "The forced command of a peer's ssh key: nothing but the mesh's own verbs.")
    @Option(help: "The host whose key this is.") var peer: String

    mutating func run() throws { try Serving.serve(peer) }
  }

  struct Key: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "key", abstract: "Print this account's host name and public key.")

    mutating func run() throws { try Serving.run(.key, try Own.site()) }
  }

  struct Sync: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "sync", abstract: "Exchange signed slices with the peer on stdin.")

    mutating func run() throws { try Serving.run(.sync, try Own.site()) }
  }

  struct Ping: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "ping", abstract: "Print this account's host name and version.")

    mutating func run() throws { try Serving.run(.ping, try Own.site()) }
  }

  struct OverviewVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "overview",
      abstract: "Read a signed question from stdin, print a signed list of agents and their states."
    )

    mutating func run() throws { try Serving.run(.overview, try Own.site()) }
  }

  /// Does nothing without a name: hooks may call it so.
  private static func set(_ session: String?, off: Bool) throws {
    guard let session, !session.isEmpty else { return }
    let site = try Own.site()
    try OffList(site.home).set(session, off: off)
    try Rescanning.run(site)
  }
}

/// The receiving side's verbs. Each prints the ready line first: then the sender knows that the
/// login's own output has ended, and that this program reads what it sends.
enum Serving {
  /// Takes one of the places that a peer has at a time, until `work` ends. A caller that sends nothing would
  /// else keep any number of processes.
  private static func within(
    _ places: HostPlaces, _ site: Site, _ peer: Host?, _ work: () throws -> Void
  ) throws {
    guard let peer else { return try work() }
    guard let place = try places.take(peer, site.home) else {
      throw Failure(
        .failed, .unreachable, "\(peer) has as many sessions here as it may have",
        undone: "nothing was read")
    }
    try work()
    place.release()
  }

  private static func deliver(_ site: Site, peer: Host?) throws {
    let receiver = Receiver(try Credentials(site), peer: peer)
    ready()
    let heartbeat = TimedText(
      RemoteVerb.waitingLine + "\n", to: .output, after: Patience.heartbeat, repeats: true)
    let answer = receiver.receive(InputSource())
    heartbeat.stop()
    guard let receipt = answer else {
      throw Failure(
        .notAuthentic, .malformed, "stdin holds no envelope", undone: Doing.receiving.undone)
    }
    Standard.write(receipt.bytes)
    Draining.sendNoticesInBackground(site)
  }

  /// `SSH_ORIGINAL_COMMAND` must be one of the constant lines, byte for byte. The environment is
  /// reduced first, because the other side may have chosen its values.
  static func serve(_ peer: String) throws {
    let environment = Environment.current()
    let reduced = environment.forPeers
    reduced.replaceOurs()
    guard let host = try? Host(validating: peer) else {
      throw Failure.usage("--peer wants a host's name")
    }
    guard let verb = RemoteVerb(line: environment["SSH_ORIGINAL_COMMAND"] ?? "") else {
      throw Failure.usage("only the mesh's own verbs are served here", undone: "nothing was done")
    }
    let site = try Site(reduced, preparesTmux: verb == .deliver)
    try run(verb, site, peer: host)
  }

  /// - Parameter peer: the host that the connection is bound to, if any.
  static func run(_ verb: RemoteVerb, _ site: Site, peer: Host? = nil) throws {
    // A call shows that the peer is up. If that cannot be noted, the call still works.
    if let peer { _ = try? PeerMemory(site).heard(peer) }
    switch verb {
    case .deliver: try within(.deliveries, site, peer) { try deliver(site, peer: peer) }
    case .sync: try sync(site, peer: peer)
    case .key: try key(site)
    case .ping: try ping(site)
    case .overview: try within(.overviews, site, peer) { try overview(site, peer: peer) }
    }
  }

  private static func key(_ site: Site) throws {
    let identity = try Own.identity(site)
    ready()
    Output.line(KeyLine(host: site.host, key: identity.key).text)
  }

  private static func sync(_ site: Site, peer: Host?) throws {
    let answering: SyncAnswering
    let caller = Peer(host: peer ?? site.host, sshAlias: "peer", hub: false)
    do { answering = try SyncAnswering(site, peer: peer) } catch { throw Failure(error, caller) }
    // Otherwise a caller that reads nothing could keep this process alive.
    OwnProgram.end(after: 30)
    Output.line(RemoteVerb.rootLine)
    ready()
    do { try answering.run() } catch { throw Failure(error, caller) }
  }

  private static func ping(_ site: Site) throws {
    ready()
    Output.line("AMSP1 \(site.host) \(Version.text)")
  }

  private static func overview(_ site: Site, peer: Host?) throws {
    let answering = try OverviewAnswering(site, peer: peer)
    OwnProgram.end(after: 30)
    ready()
    guard let answer = try answering.answer(InputSource()) else {
      throw Failure(.notAuthentic, .malformed, "that is no question, or not one that is believed")
    }
    Standard.write(answer)
  }

  private static func ready() { Output.line(RemoteVerb.readyLine) }
}
