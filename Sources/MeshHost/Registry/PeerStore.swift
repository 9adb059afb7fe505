package import Mesh

/// Reads `~/.agents/peers.conf`, which people write. It names the peers that we sync with.
package struct PeerStore: Sendable {
  let home: AgentsHome

  package init(_ home: AgentsHome) { self.home = home }

  package func peers() throws(SetupError) -> [Peer] { try read().peers }

  /// The peers, and the lines that cannot be read.
  package func read() throws(SetupError) -> (peers: [Peer], complaints: [PeersConf.Complaint]) {
    guard let bytes = try home.read("peers.conf", limit: PeersConf.mostBytes) else {
      return ([], [])
    }
    return PeersConf.parse(bytes)
  }
}

/// `state/peers`: the peers that failed, and when they are tried again.
package struct PeerMemory {
  let site: Site
  package init(_ site: Site) { self.site = site }

  func health() throws(SetupError) -> [Host: PeerHealth] {
    let state = try site.home.directory("state")
    let bytes = try AgentsHome.read("peers", in: state, limit: PeerHealthText.limit)
    return PeerHealthText.decode(bytes ?? [])
  }

  func note(_ outcomes: [SyncRun.Outcome]) throws(SetupError) {
    let now = site.now.milliseconds
    try change { health in
      for outcome in outcomes {
        if case .success = outcome.result {
          health[outcome.peer.host] = nil
        } else {
          health[outcome.peer.host, default: PeerHealth()].failed(at: now)
        }
      }
    }
  }

  /// Records that a peer has called us.
  package func heard(_ host: Host) throws(SetupError) {
    guard try health()[host] != nil else { return }
    try change { $0[host]?.heard() }
  }

  private func change(_ body: (inout [Host: PeerHealth]) -> Void) throws(SetupError) {
    let state = try site.home.directory("state")
    try state.locked("peers.lock") { () throws(SetupError) in
      var health = try health()
      let before = health
      body(&health)
      guard health != before else { return }
      do throws(FileError) {
        try state.writeAtomically("peers", PeerHealthText.encode(health), sync: false)
      } catch { throw SetupError(error) }
    }
  }
}
