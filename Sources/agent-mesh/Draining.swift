internal import Mesh
internal import MeshHost

/// Delivers what waits for recipients of this host. There is no daemon: the hooks, the timer, each delivery to the same
/// pane and `agent-mesh drain` do it.
enum Draining {
  /// - Parameter patience: how long to wait for a pane that somebody else types into; such a one drains it by itself.
  static func run(_ site: Site, patience: Duration = .zero) throws(Failure) {
    guard !Spool(site.home).isEmpty else { return }
    do {
      try Receiver(Credentials(site)).drainAll(patience: patience)
    } catch { throw Failure(error) }
  }

  /// What senders are to be told goes over ssh perhaps, for which no hook and no sender waits.
  static func sendNoticesInBackground(_ site: Site) {
    guard !Notices(site).isEmpty, let program = OwnProgram.path else { return }
    _ = try? Child.detach(program, ["drain"])
  }
}
