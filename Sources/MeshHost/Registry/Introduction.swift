package import Mesh
internal import MeshCrypto

/// Pins keys over connections that are authenticated by other means. Protocol section 2: we fetch a
/// key, or the peer introduces itself. An envelope never causes a connection, and no peer vouches
/// for a third host. (`agent-mesh deploy` pins hosts on each other by logging into their accounts;
/// there a person decides, not a peer.)
package struct Introduction: Sendable {
  let site: Site
  private let pins: PinStore

  package init(_ site: Site) {
    self.site = site
    pins = PinStore(site.home)
  }

  /// Pins a peer's key, unless one is pinned. It is fetched over ssh from a
  /// host whose ssh key is known.
  /// - Returns: a sentence to report, if any.
  func fetch(from peer: Peer) throws(SyncError) -> String? {
    let pinned: Bool
    let manual: Bool
    do {
      pinned = try !pins.pins().pins(of: peer.host).isEmpty
      manual = try Policies(site.home).effective.pinningIsManual
    } catch { throw .setup(error) }
    guard !pinned else { return nil }
    let offered: KeyLine
    do { offered = try ask(peer) } catch { throw error }
    let print = offered.key.fingerprint
    guard !manual else {
      return
        "\(peer.host) offers \(print); pinning is manual: agent-keys trust \(peer.host) \(print)"
    }
    do {
      return say(
        try pins.pin(offered.key, for: peer.host, how: "fetched over ssh", at: site.now), peer.host)
    } catch { throw .setup(error) }
  }

  /// Asks a peer for its key, and checks that its name is the one that we use for it.
  package func ask(_ peer: Peer) throws(SyncError) -> KeyLine {
    let found: KeyLine?
    do {
      var session = try SSHSession.open(peer.sshAlias, .key, SSHConfig(site, peer))
      session.end = .now + .seconds(10)
      found = try session.nextLine(limit: KeyLine.limit + 1).flatMap(KeyLine.init)
    } catch let error as SSHFailure {
      throw .ssh(error)
    } catch { throw .broken }
    guard let found else { throw .malformed }
    guard found.host == peer.host else { throw .calledOtherwise(found.host.name) }
    return found
  }

  /// Whether a caller must still be judged after its chain of keys was followed: a new key of a
  /// known host is only refused if no pinned key names it as successor.
  func isUndecided(_ caller: KeyLine) throws(SetupError) -> Bool {
    let known = try pins.pins().pins(of: caller.host)
    return !known.isEmpty && !known.contains { $0.key == caller.key && $0.counts(at: site.now) }
  }

  /// Handles a caller of `sync` that sends its own key. The key is pinned if the host is in our
  /// `peers.conf` and has no pin.
  /// - Returns: a sentence to report, if any.
  func introduced(_ caller: KeyLine) throws(SetupError) -> String? {
    let peers = try PeerStore(site.home).peers().map(\.host)
    guard peers.contains(caller.host), caller.host != site.host else { return nil }
    let current = try pins.pins().pins(of: caller.host)
    if current.isEmpty, try Policies(site.home).effective.pinningIsManual {
      let print = caller.key.fingerprint
      return
        "\(caller.host) introduces itself with \(print); pinning is manual: agent-keys trust \(caller.host) \(print)"
    }
    return say(
      try pins.pin(caller.key, for: caller.host, how: "introduced by sync", at: site.now),
      caller.host)
  }

  /// The sentence for an attempt; it is also logged.
  private func say(_ pinning: Pinning, _ host: Host) -> String? {
    let text: String
    switch pinning {
    case .already: return nil
    case .distrusted(let offered):
      text =
        "\(host) introduces itself with \(offered): refused, since the trust in it was taken back here"
    case .pinned(let fingerprint):
      let shared = KeyNews(site).shared(fingerprint).map { "; \($0)" } ?? ""
      text = "\(host) is now known by \(fingerprint)\(shared)"
    case .changed(let pinned, let offered):
      text =
        "\(host) uses a key that no key of it which is trusted here has signed: refused. Trusted \(pinned.joined(separator: " ")), used \(offered). It may be another's. If its owner has confirmed the fingerprint by another way: agent-keys trust \(host) \(offered)"
    case .revoked: text = "\(host) offers a revoked key: refused"
    }
    if pinning.isPinned {
      AuditLog(site.home).note("pinned", text, at: site.now)
    } else {
      SyncRefusals(site).note("refused-key", text, of: host)
    }
    return text
  }
}

extension Pinning {
  var isPinned: Bool { if case .pinned = self { true } else { false } }
}
