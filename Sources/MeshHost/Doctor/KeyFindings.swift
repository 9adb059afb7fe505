internal import Mesh
internal import MeshCrypto

/// Keys, pins, revocations.
extension Doctor {
  func keyFindings(_ known: Known) -> [Finding] {
    var found: [Finding] = []
    let own = known.trusted.pins.pins(of: site.host).map(\.key)
    if let key = own.first {
      found.append(
        known.trusted.revoked.contains(key)
          ? .fail(
            "keys", "this account's key \(key.fingerprint) is revoked",
            mend: "agent-keys revoke --own")
          : .ok("keys", "signing key \(key.fingerprint)"))
      found += publicHalf(key)
    }
    found += restOfRotation()
    do { _ = try KeyStore(site.home).sealPublicKey() } catch {
      found.append(.fail("keys", error))
    }
    for shared in known.trusted.pins.sharedKeys(
      besides: known.trusted.revoked, at: site.now)
    {
      found.append(.fail("keys", shared.text, mend: "agent-keys rotate   on one of them"))
    }
    return found + doubtful(known)
  }

  /// `sign.pub` is for people: it may be stale, and then misleads them.
  private func publicHalf(_ key: VerifyingKey) -> [Finding] {
    guard let keys = try? KeyStore(site.home).directory(),
      let bytes = try? keys.read("sign.pub", limit: KeyStore.keyLimit),
      (try? OpenSSHKeyFile.decodePublic(bytes)) == key
    else {
      return [
        .warn(
          "keys", "keys/sign.pub is not the public half of keys/sign",
          mend: "ssh-keygen -y -f ~/.agents/keys/sign > ~/.agents/keys/sign.pub")
      ]
    }
    return []
  }

  private func restOfRotation() -> [Finding] {
    guard let keys = try? KeyStore(site.home).directory() else { return [] }
    if let facts = try? keys.facts(of: "sign.next"), facts.kind == .regular {
      return [.warn("keys", "a rotation was interrupted", mend: "agent-keys rotate")]
    }
    return []
  }

  /// Hosts whose keys were all ended or revoked: two successors, or a decision that is due.
  private func doubtful(_ known: Known) -> [Finding] {
    known.trusted.pins.hosts.sorted().compactMap { host in
      guard host != site.host,
        known.trusted.keys(of: host, for: .message, at: site.now).isEmpty
      else { return nil }
      return .warn(
        "keys", "no key of \(host) counts any more: revoked, ended or in conflict",
        mend: "agent-keys trust \(host) SHA256:…")
    }
  }
}

/// Each peer: its key, its slice, and what its ssh key may do here.
extension Doctor {
  func peerFindings(_ known: Known) -> [Finding] {
    guard !known.peers.isEmpty else { return [.ok("peer", "no other hosts in peers.conf")] }
    let logins = AuthorizedKeys(site)
    return known.peers.flatMap { peer in
      [pinned(peer, known), slice(peer, known), way(peer), logins.finding(peer)].compactMap(\.self)
    } + logins.openFinding()
  }

  private func pinned(_ peer: Peer, _ known: Known) -> Finding? {
    let host = peer.host
    guard known.trusted.pins.pins(of: host).isEmpty else { return nil }
    return .warn("peer", "\(host): no key is pinned", mend: "sync-agent-registry")
  }

  /// Whether we reach it as `ssh ALIAS` does.
  private func way(_ peer: Peer) -> Finding? {
    let differences = SSHComparison(site, peer).differences
    guard !differences.isEmpty else { return nil }
    let shown = differences.prefix(3).joined(separator: "; ")
    let more = differences.count > 3 ? "; and \(differences.count - 3) more" : ""
    return .warn(
      "ssh", "\(peer.host): reached otherwise than by `ssh \(peer.sshAlias)`: \(shown)\(more)",
      mend: "ssh -G \(peer.sshAlias)")
  }

  private func slice(_ peer: Peer, _ known: Known) -> Finding? {
    let host = peer.host
    guard !known.trusted.pins.pins(of: host).isEmpty else { return nil }
    let stored = try? site.slices.slice(
      of: host, trusted: known.trusted, me: site.host, at: site.now)
    guard let stored else {
      return .warn("peer", "\(host): no slice of it is here", mend: "sync-agent-registry")
    }
    let hours = (site.now.milliseconds - stored.slice.issued.milliseconds) / 3_600_000
    guard !stored.isStale else {
      return .warn(
        "peer", "\(host): its slice is \(hours) h old and has expired", mend: "sync-agent-registry")
    }
    return .ok("peer", "\(host): pinned, slice \(hours) h old, \(stored.slice.agents.count) agents")
  }
}

/// `~/.ssh/authorized_keys`, as far as it says what a peer's ssh key may do here.
private struct AuthorizedKeys {
  private let lines: [String]

  init(_ site: Site) {
    let path = site.home.home + "/.ssh/authorized_keys"
    let bytes = (try? UserFile.read(path, limit: 1 << 20)) ?? []
    lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
      .map { String($0) }.filter { !$0.hasPrefix("#") && $0.contains("AAAA") }
  }

  private func isHeld(_ line: String) -> Bool { line.contains("agent-register-hook serve --peer ") }

  func finding(_ peer: Peer) -> Finding? {
    let host = peer.host
    if lines.contains(where: { $0.hasSuffix("@\(host)") && !isHeld($0) }) {
      return .warn(
        "peer", "\(host): its ssh key opens a shell here, so allow lists are manners",
        mend: "agent-keys ssh-line \(host) ITS-KEY.pub")
    }
    if lines.contains(where: { $0.contains("agent-register-hook serve --peer \(host)\"") }) {
      return .ok("peer", "\(host): its ssh key may only serve the mesh")
    }
    return nil
  }

  func openFinding() -> [Finding] {
    let open = lines.filter { !isHeld($0) }.count
    guard open > 0 else { return [] }
    return [
      .warn(
        "peer",
        "\(open) of \(lines.count) keys in ~/.ssh/authorized_keys open a shell of this account: who holds one needs no message",
        mend: "agent-keys ssh-line HOST ITS-KEY.pub")
    ]
  }
}
