package import Mesh
package import MeshCrypto

/// A short summary of the mesh's state, for `agent-mesh status` and tmux's status line.
package struct MeshStatus: Sendable {
  package enum Standing: String, Sendable { case fresh, stale, silent, unpinned }

  package struct PeerState: Sendable {
    package let host: Host
    package let state: Standing
    package let agents: Int
  }

  package let key: VerifyingKey
  /// Panes, however many addresses each has.
  package let agents: Int
  package let peers: [PeerState]
  /// The last decision in the log.
  package let last: AuditEntry?
  /// Daemons whose clients run in panes. A process does not reveal for which client its daemon runs
  /// a command.
  package let served: [ServedPanes]

  package init(_ site: Site) throws(SetupError) {
    let identity = try KeyStore(site.home).identity(site.host)
    let trusted = try PinStore(site.home).trusted(identity)
    key = identity.key
    agents = AgentEntry.onePerPane(try site.slices.local()?.slice.agents ?? []).count
    peers = try site.home.peers().filter { $0.host != site.host }
      .map { peer throws(SetupError) in try MeshStatus.peer(peer.host, trusted, site) }
    let panes = try? PaneDirectory(site, hosts: [site.host])
    served = panes.map(ServedPanes.all) ?? []
    last = try AuditReading(site.home).messages(HistoryQuery(), most: 1).last
  }

  private static func peer(
    _ host: Host, _ trusted: TrustedKeys, _ site: Site
  ) throws(SetupError) -> PeerState {
    guard !trusted.pins.pins(of: host).isEmpty else {
      return PeerState(host: host, state: .unpinned, agents: 0)
    }
    guard
      let stored = try site.slices.slice(of: host, trusted: trusted, me: site.host, at: site.now)
    else { return PeerState(host: host, state: .silent, agents: 0) }
    // The host does not answer now, whatever its last slice says.
    let isCutOff = Contacts(site.home).load(host).failedAt != nil
    return PeerState(
      host: host, state: isCutOff ? .silent : stored.isStale ? .stale : .fresh,
      agents: AgentEntry.onePerPane(stored.slice.agents).count)
  }
}

/// `~/.agents/state/status`: the line for tmux's status line. It is printed whatever its age. If it
/// is older than a few seconds, a separate process renews it, so that the status line never waits.
package struct StatusCache: Sendable {
  private static let limit = 512
  private static let name = "status"
  /// Milliseconds after which the line is renewed.
  private static let life: Int64 = 4000

  /// - Returns: the line, if any, and whether it is fresh. Reads only that one file.
  package static func read(home: String) -> (line: String?, isFresh: Bool) {
    guard let state = try? Directory.open(home + "/.agents/state"),
      let bytes = try? state.read(name, limit: limit)
    else { return (nil, false) }
    let written = (try? FileStatus.ofPath("\(home)/.agents/state/\(name)", followLinks: false))
    let age = written.map { Clock.now - $0.modified } ?? life
    return (SafeText.line(bytes: bytes.prefix { $0 != 10 }, limit: 120), (0..<life).contains(age))
  }

  /// Reads this host's panes, asks no other host, and writes the line. One process does it for all
  /// callers.
  package static func renew(_ site: Site, outbox: [Address]) throws(SetupError) {
    let state = try site.home.directory("state")
    let free: FileLock?
    do { free = try FileLock.tryAcquire(in: state, "status.lock") } catch {
      throw SetupError(error)
    }
    guard let lock = free else { return }
    let line = try OverviewReading(site).run(asking: false, outbox: outbox).statusLine
    try AgentsHome.write(name, Array((line + "\n").utf8), in: state, sync: false)
    lock.release()
  }
}
