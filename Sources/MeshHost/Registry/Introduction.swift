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
    do {
      guard try pins.pins().pins(of: peer.host).isEmpty else { return nil }
      let isManual = try Policies(site.home).effective.pinningIsManual
      let key = try ask(peer).key
      guard !isManual else {
        return byHand(peer.host, "\(peer.host) offers", key)
      }
      return say(
        try pins.pin(key, for: peer.host, how: "fetched over ssh", at: site.now), peer.host)
    } catch { throw SyncError(any: error) }
  }

  private func byHand(_ host: Host, _ words: String, _ key: VerifyingKey) -> String {
    let print = key.fingerprint
    return "\(words) \(print); pinning is manual: agent-keys trust \(host) \(print)"
  }

  /// Asks a peer for its key, and checks that its name is the one that we use for it.
  package func ask(_ peer: Peer) throws(SyncError) -> KeyLine {
    do {
      var session = try SSHSession.open(peer.sshAlias, .key, SSHConfig(site, peer))
      session.end = .now + .seconds(10)
      return try KeyLine(try session.nextLine(limit: KeyLine.limit + 1), of: peer.host)
    } catch { throw SyncError(any: error) }
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
    let peers = try site.home.peers().map(\.host)
    guard peers.contains(caller.host), caller.host != site.host else { return nil }
    let current = try pins.pins().pins(of: caller.host)
    if current.isEmpty, try Policies(site.home).effective.pinningIsManual {
      return byHand(caller.host, "\(caller.host) introduces itself with", caller.key)
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
    if case .pinned = pinning {
      AuditLog(site.home).note("pinned", text, at: site.now)
    } else {
      SyncRefusals(site).note("refused-key", text, of: host)
    }
    return text
  }
}
