internal import Mesh
internal import MeshCrypto

/// Keys, pins, revocations.
extension Doctor {
  func keyFindings(_ known: Known) -> [Finding] {
    var found: [Finding] = []
    let own = known.trusted.pins.pins(of: site.host).map(\.key)
    if let key = own.first {
      found +=
        known.trusted.revoked.contains(key)
        ? .fail(
          "keys", "this account's key \(key.fingerprint) is revoked",
          fix: "agent-keys revoke --own")
        : .ok("keys", "signing key \(key.fingerprint)")
    }
    found += files(own.first)
    do {
      _ = try KeyStore(site.home).sealPublicKey()
      _ = try KeyStore(site.home).sealKeys()
    } catch { found += .fail("keys", error) }
    for shared in known.trusted.pins.sharedKeys(besides: known.trusted.revoked, at: site.now) {
      let other = shared.hosts.last { $0 != site.host }
      found += .fail("keys", shared.text, fix: other.map { "agent-keys distrust \($0)" })
    }
    return found + doubtful(known)
  }

  /// `sign.pub` is for people: a stale one misleads them.
  private func files(_ key: VerifyingKey?) -> [Finding] {
    guard let keys = try? KeyStore(site.home).directory() else { return [] }
    var found: [Finding] = []
    let bytes = try? keys.read("sign.pub", limit: KeyStore.keyLimit)
    if let key, bytes.flatMap({ try? OpenSSHKeyFile.decodePublic($0) }) != key {
      found += .warn(
        "keys", "keys/sign.pub is not the public half of keys/sign",
        fix: "ssh-keygen -y -f ~/.agents/keys/sign >~/.agents/keys/sign.pub", safe: true)
    }
    if (try? keys.facts(of: "sign.next"))??.kind == .regular {
      found += .warn("keys", "a rotation was interrupted", fix: "agent-keys rotate")
    }
    return found
  }

  /// Hosts none of whose keys is valid: revoked, ended, or two successors between which a person has to decide.
  private func doubtful(_ known: Known) -> [Finding] {
    known.trusted.pins.hosts.sorted().flatMap { host -> [Finding] in
      guard host != site.host,
        known.trusted.keys(of: host, for: .message, at: site.now).isEmpty
      else { return [] }
      let pins = known.trusted.pins.pins(of: host)
      let isRevoked = pins.contains { known.trusted.revoked.contains($0.key) }
      return .warn(
        "keys",
        isRevoked
          ? "the key of \(host) is revoked: nothing of it is accepted until its new key is trusted"
          : "no key of \(host) is valid any more: out of date, or in conflict",
        fix: known.peers.contains { $0.host == host }
          ? "agent-keys trust \(host)" : "agent-keys distrust --forget \(host)")
    }
  }
}

/// Each peer: whether it answers, its key, its slice, and what its ssh key may do here.
extension Doctor {
  private static let patience = Duration.seconds(2)

  func peerFindings(_ known: Known) -> [Finding] {
    guard !known.peers.isEmpty else { return .ok("peer", "no other hosts in peers.conf") }
    let logins = AuthorizedKeys(site)
    let ssh = SSHCommand(site)
    let answers = Parallel.map(known.peers, atMost: 16) { Doctor.answer($0, ssh) }
    return zip(known.peers, answers).flatMap { peer, answer in
      answer + pinned(peer, known) + slice(peer, known) + way(peer) + logins.finding(peer)
    } + logins.openFindings()
  }

  /// Asks a peer for its name and version.
  private static func answer(_ peer: Peer, _ ssh: SSHCommand) -> [Finding] {
    let host = peer.host
    do throws(SSHFailure) {
      let done = try ssh.run(RemoteVerb.ping.line, on: peer.sshAlias, stdin: [], deadline: patience)
      let said =
        done.out.split(separator: 10).last.map { SafeText.line(bytes: $0, limit: 120) } ?? ""
      let words = said.split(separator: " ")
      guard words.count == 3, words[0] == "AMSP1" else {
        let said = SSHComplaint(done.err).last
        let line = said.isEmpty ? SSHComplaint(done.out).last : said
        // 255 is ssh's own.
        guard done.status != 255 else {
          return .warn(
            "peer", "\(host): ssh does not reach it: \(line)", fix: "ssh \(peer.sshAlias) true")
        }
        return .warn(
          "peer", "\(host): it answers ssh, but not as agent-mesh does: \(line)",
          fix: "agent-mesh deploy \(host)")
      }
      guard words[1] == host.name else {
        return .warn(
          "peer", "\(host): it calls itself \(words[1])",
          fix: "ssh \(peer.sshAlias) 'echo \(host) >.agents/self.conf && bin/agent-discover'")
      }
      return .ok("peer", "\(host): answers, version \(words[2])")
    } catch {
      return .warn("peer", "\(host): \(error)", fix: "ssh \(peer.sshAlias) true")
    }
  }

  private func pinned(_ peer: Peer, _ known: Known) -> [Finding] {
    let host = peer.host
    guard known.trusted.pins.pins(of: host).isEmpty else { return [] }
    return .warn("peer", "\(host): no key is pinned", fix: "agent-keys trust \(host)")
  }

  /// Whether we reach it as `ssh ALIAS` does.
  private func way(_ peer: Peer) -> [Finding] {
    let differences = SSHComparison(site, peer).differences
    guard !differences.isEmpty else { return [] }
    let shown = differences.prefix(3).joined(separator: "; ")
    let more = differences.count > 3 ? "; and \(differences.count - 3) more" : ""
    return .warn(
      "ssh", "\(peer.host): reached otherwise than by `ssh \(peer.sshAlias)`: \(shown)\(more)",
      fix: "ssh -G \(peer.sshAlias)")
  }

  private func slice(_ peer: Peer, _ known: Known) -> [Finding] {
    let host = peer.host
    guard !known.trusted.pins.pins(of: host).isEmpty,
      !known.trusted.keys(of: host, for: .message, at: site.now).isEmpty
    else { return [] }
    let stored = try? site.slices.slice(
      of: host, trusted: known.trusted, me: site.host, at: site.now)
    guard let stored else {
      return .warn(
        "peer", "\(host): its addresses are not known here", fix: "sync-agent-registry", safe: true
      )
    }
    let hours = (site.now.milliseconds - stored.slice.issued.milliseconds) / 3_600_000
    guard !stored.isStale else {
      return .warn(
        "peer", "\(host): its addresses are \(hours) h old and have expired",
        fix: "sync-agent-registry", safe: true)
    }
    return .ok(
      "peer", "\(host): pinned, addresses \(hours) h old, \(stored.slice.agents.count) agents")
  }
}

/// `~/.ssh/authorized_keys`, as far as it says what a peer's ssh key may do here.
struct AuthorizedKeys {
  private let lines: [String]
  private let program: String

  init(_ site: Site) {
    program = site.home.home + "/bin/agent-register-hook"
    let path = site.home.home + "/.ssh/authorized_keys"
    let bytes = (try? UserFile.read(path, limit: 1 << 20)) ?? []
    lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
      .map { String($0) }.filter { !$0.hasPrefix("#") && $0.contains("AAAA") }
  }

  var open: [String] { lines.filter { !isHeld($0) } }

  private func isHeld(_ line: String) -> Bool { line.contains("agent-register-hook serve --peer ") }

  func finding(_ peer: Peer) -> [Finding] {
    let host = peer.host
    let marks = ["@\(host)", " \(host)"]
    if let line = lines.first(where: { line in
      !isHeld(line) && marks.contains { line.hasSuffix($0) }
    }) {
      return .warn(
        "peer",
        "\(host): its ssh key can open a shell here, so allow lists do not bind it",
        fix: hold(line, host))
    }
    if lines.contains(where: { $0.contains("agent-register-hook serve --peer \(host)\"") }) {
      return .ok("peer", "\(host): its ssh key may only serve the mesh")
    }
    return []
  }

  /// Puts the forced command before the key: found by the base64 of the key, which means nothing to sed.
  private func hold(_ line: String, _ host: Host) -> String? {
    guard let key = line.split(separator: " ").first(where: { $0.hasPrefix("AAAA") }),
      key.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "+/=".contains($0)) })
    else { return nil }
    return
      #"sed -i.damaged '\|\#(key)|s|^|restrict,command="\#(program) serve --peer \#(host)" |' ~/.ssh/authorized_keys"#
  }

  func openFindings() -> [Finding] {
    guard !open.isEmpty else { return [] }
    return .ok(
      "peer",
      "\(open.count) of \(lines.count) keys in ~/.ssh/authorized_keys open a shell of this account: their holders need no message"
    )
  }
}
