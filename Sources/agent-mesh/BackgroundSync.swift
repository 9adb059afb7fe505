internal import Mesh
internal import MeshHost

/// The sync that a changed slice starts: in the background, so that no hook and no shell waits for another host.
enum BackgroundSync {
  /// - Parameter option: `--push` after a change, `--round` on the timer.
  static func start(_ site: Site, _ option: String = "--push") {
    guard let peers = try? PeerStore(site.home).peers(),
      peers.contains(where: { $0.host != site.host })
    else { return }
    guard let program = OwnProgram.path else { return }
    _ = try? Child.detach(program, ["sync-agent-registry", "--quiet", option])
  }
}
