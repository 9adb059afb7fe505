internal import Mesh
internal import MeshCrypto
internal import MeshHost

/// Hosts that one command made peers learn each other's keys from the one who made them: by the very logins that have
/// just put the program there. A host that could lie here could have put another program there. What is pinned there already,
/// what a person has to decide there, and what a policy leaves to persons stays as it is.
extension Deploying {
  /// What a host prints where it did not pin a key.
  private static let kept = "kept"

  /// - Throws: the first failure, after all others had their turn.
  func introduce(_ hosts: [Host]) throws {
    guard hosts.count > 1 else { return }
    let known = try PeerStore(site.home).peers()
    let peers = known.filter { hosts.contains($0.host) }
    let keys = try self.keys(of: hosts)
    var failure: (any Error)?
    var whole: [String] = []
    for peer in peers {
      do {
        if try introduce(keys.filter { $0.host != peer.host }, to: peer) {
          whole.append(peer.host.name)
        }
      } catch { failure = failure ?? error }
    }
    // Each has told us of itself; now each hears of the others, also of those that it cannot reach itself.
    for peer in peers {
      do { try meet(peer) } catch { failure = failure ?? error }
    }
    if let failure { throw failure }
    let names = whole.joined(separator: ", ")
    if !whole.isEmpty { say("\(names): they know the others' keys and addresses") }
  }

  private struct KnownKey {
    let host: Host
    let key: VerifyingKey
  }

  /// The key by which each host is known here now: after a rotation the new one.
  private func keys(of hosts: [Host]) throws(SetupError) -> [KnownKey] {
    let store = PinStore(site.home)
    let trusted = TrustedKeys(
      pins: try store.pins(), revoked: try store.revoked(), me: site.host)
    return hosts.compactMap { host in
      trusted.keys(of: host, for: .message, at: site.now).last
        .map { KnownKey(host: host, key: $0) }
    }
  }

  /// - Returns: whether it knows all of them by these keys now.
  private func introduce(_ others: [KnownKey], to peer: Peer) throws -> Bool {
    let script = others.map(Self.script).joined()
    let done = try call(SSHCommand.shell, peer, Array(script.utf8), .seconds(60))
    guard done.status == 0 else {
      let words = SafeText.line(bytes: done.err.split(separator: 10).last ?? [])
      throw Failure(
        .failed, "deploy", "\(peer.host) did not take the others' keys: \(words)",
        try: "ssh \(peer.sshAlias) bin/agent-keys trust \(others.first?.host.name ?? "HOST")")
    }
    let said = String(decoding: done.out, as: UTF8.self).split(separator: "\n")
    let kept = others.filter { said.contains("\(Self.kept) \($0.host)") }
    for other in kept {
      Output.note(
        "  \(peer.host): what is pinned there for \(other.host), or nothing, stays (there: agent-keys list)"
      )
    }
    return kept.isEmpty
  }

  /// Host names and keys in base64 mean nothing to a shell.
  private static func script(_ known: KnownKey) -> String {
    """
    "$HOME/bin/agent-keys" trust --introduced \(known.host) '\(known.key.openSSH)' >/dev/null </dev/null
    case $? in
      0) ;;
      5 | 6) echo '\(kept) \(known.host)' ;;
      *) exit 1 ;;
    esac

    """
  }
}
