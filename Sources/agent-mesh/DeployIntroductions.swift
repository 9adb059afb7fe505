internal import Mesh
internal import MeshCrypto
internal import MeshHost

/// Hosts that one command made peers learn each other's keys from the one who made them: by the very logins that have
/// just put the program there. Whoever could lie here could have put another program there.
extension Deploying {
  /// What `keys` prints where another key is pinned already.
  private static let other = "another-key"

  func introduce(_ hosts: [Host]) throws(Failure) {
    guard hosts.count > 1 else { return }
    let known = try Setup.files { () throws(SetupError) in try PeerStore(site.home).peers() }
    let peers = known.filter { hosts.contains($0.host) }
    let pins = try Setup.files { () throws(SetupError) in try PinStore(site.home).pins() }
    for peer in peers {
      let others = hosts.filter { $0 != peer.host }
      let script = others.compactMap { host in
        pins.pins(of: host).first { $0.counts(at: site.now) }.map { Self.keys(host, $0.key) }
      }.joined()
      let done = try call(SSHCommand.shell, peer, Array(script.utf8), .seconds(60))
      guard done.status == 0 else {
        let words = SafeText.line(bytes: done.err.split(separator: 10).last ?? [])
        throw Failure(
          code: 4, reason: "deploy", text: "\(peer.host) did not take the others' keys: \(words)",
          hint: "there: agent-keys trust \(others.map(\.name).joined(separator: ", "))")
      }
      let said = String(decoding: done.out, as: UTF8.self).split(separator: "\n")
      for host in others where said.contains("\(Self.other) \(host)") {
        Output.note(
          "  \(peer.host): another key is pinned for \(host) there, and stays (agent-keys show \(host))"
        )
      }
    }
    // Each has told us of itself; now each hears of the others, also of those that it cannot reach itself.
    for peer in peers { try meet(peer) }
    let names = peers.map(\.host.name).joined(separator: ", ")
    Output.line("\(names): they know each other's keys and addresses")
  }

  /// Pins a key unless one is pinned. Host names and keys in base64 mean nothing to a shell.
  private static func keys(_ host: Host, _ key: VerifyingKey) -> String {
    """
    case "$("$HOME/bin/agent-keys" show \(host) 2>/dev/null </dev/null | head -n 1)" in
      '') "$HOME/bin/agent-keys" trust \(host) '\(key.openSSH)' >/dev/null </dev/null || exit 1 ;;
      '\(key.openSSH) '*) ;;
      *) echo '\(other) \(host)' ;;
    esac

    """
  }
}
