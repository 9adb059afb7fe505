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
  /// Daemons whose clients run in panes. Processes do not tell for which client
  /// a daemon runs a command.
  package let served: [ServedPanes]

  package init(_ site: Site) throws(SetupError) {
    let identity = try KeyStore(site.home).identity(site.host)
    let trusted = try PinStore(site.home).trusted(identity)
    key = identity.key
    agents = AgentEntry.onePerPane(try site.slices.local()?.slice.agents ?? []).count
    var peers: [PeerState] = []
    for peer in try PeerStore(site.home).peers() where peer.host != site.host {
      peers.append(try MeshStatus.peer(peer.host, trusted, site))
    }
    self.peers = peers
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
    // What was heard of it is as it was; it does not answer now.
    let isCutOff = Contacts(site.home).load(host).failedAt != nil
    return PeerState(
      host: host, state: isCutOff ? .silent : stored.isStale ? .stale : .fresh,
      agents: AgentEntry.onePerPane(stored.slice.agents).count)
  }
}
