public import Mesh

/// `~/.agents/peers.conf`: people write it.
public struct PeerStore: Sendable {
  let home: AgentsHome

  public init(_ home: AgentsHome) { self.home = home }

  public func peers() throws(SetupError) -> [Peer] { try read().peers }

  /// The peers, and the lines that say nothing that we understand.
  public func read() throws(SetupError) -> (peers: [Peer], complaints: [PeersConf.Complaint]) {
    guard let bytes = try home.read("peers.conf", limit: PeersConf.mostBytes) else {
      return ([], [])
    }
    return PeersConf.parse(bytes)
  }
}
