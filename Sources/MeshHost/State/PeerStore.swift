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
