package import Mesh

/// `~/.agents/peers.conf`: people write it.
package struct PeerStore: Sendable {
  let home: AgentsHome

  package init(_ home: AgentsHome) { self.home = home }

  package func peers() throws(SetupError) -> [Peer] { try read().peers }

  /// The peers, and the lines that say nothing that we understand.
  package func read() throws(SetupError) -> (peers: [Peer], complaints: [PeersConf.Complaint]) {
    guard let bytes = try home.read("peers.conf", limit: PeersConf.mostBytes) else {
      return ([], [])
    }
    return PeersConf.parse(bytes)
  }
}
