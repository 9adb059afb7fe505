internal import ArgumentParser
internal import Mesh
internal import MeshCrypto
internal import MeshHost

struct DeployCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "deploy",
    abstract: "Install this program on other hosts over ssh, and make them peers.",
    discussion: """
      A host is an ssh alias that is reached without questions. Its architecture, libc and version are \
      looked at first; a newer version is never lowered. Each host is told of this one and of the others \
      that are named here, and has to answer a message with a verified receipt; then those that are named \
      together get each other's keys and addresses from here.
      """,
    version: Version.full)

  @Argument(
    help: "Hosts, by the names that they are to have in the mesh.", completion: Completion.hosts)
  var hosts: [String]
  @Flag(name: .customLong("dry-run"), help: "Look and say; change nothing.") var dryRun = false
  @Flag(help: "Print JSON: one object a host; what is said on the way goes to stderr.")
  var json = false

  mutating func validate() throws {
    guard !hosts.isEmpty else { throw ValidationError("a host is wanted") }
  }

  mutating func run() throws {
    let site = try Own.site()
    _ = try Own.identity(site)
    var names: [Host] = []
    for name in hosts {
      let host = try host(name)
      guard host != site.host else { throw Failure.usage("\(host) is this account itself") }
      names.append(host)
    }
    let deploying = try Deploying(site, json: json)
    var first: Failure?
    var made: [Host] = []
    for host in names {
      do {
        let report = try deploying.run(host, among: names, dryRun: dryRun)
        if json { Output.json(report) }
        made.append(host)
      } catch { first = first ?? said(Failure(error), host) }
    }
    if !dryRun {
      do { try deploying.introduce(made) } catch { first = first ?? said(Failure(error), nil) }
    }
    if let first { throw Failure.said(first.status) }
  }

  /// `box.example` is a name for ssh; in the mesh it needs one without dots.
  private func host(_ name: String) throws -> Host {
    do { return try Named.host(name) } catch {
      var failure = Failure(error)
      let first = name.split(separator: ".").first.map(String.init) ?? ""
      if let short = try? Host(validating: first),
        name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "." || $0 == "-") })
      {
        failure.text += " of the mesh (a-z, 0-9 and -)"
        failure.hints = [
          "echo '\(short) ssh=\(name)' >>~/.agents/peers.conf && agent-mesh deploy \(short)"
        ]
      }
      throw failure
    }
  }

  private func said(_ error: Failure, _ host: Host?) -> Failure {
    if json {
      Output.json(error.object(.looking, host: host))
    } else {
      error.report(as: "agent-mesh: \(host?.name ?? "deploy")", .looking, json: false)
    }
    return error
  }
}

/// Tells hosts that were deployed together each other's keys, through the ssh logins that have just
/// installed the program there: a host that could forge keys here could also have installed another
/// program. Keys that are pinned there stay, and so does what a policy or a person has to decide.
extension Deploying {
  /// A host prints this word for a key that it did not pin.
  private static let kept = "kept"

  /// - Throws: the first failure, after all hosts were tried.
  func introduce(_ hosts: [Host]) throws {
    guard hosts.count > 1 else { return }
    let known = try site.home.peers()
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
    // Each host has told us of itself. Now each learns of the others, also of those that it cannot
    // reach.
    for peer in peers { do { try meet(peer) } catch { failure = failure ?? error } }
    if let failure { throw failure }
    let names = whole.joined(separator: ", ")
    if !whole.isEmpty { say("\(names): they know the others' keys and addresses") }
  }

  private struct KnownKey {
    let host: Host
    let key: VerifyingKey
  }

  /// The newest valid key of each host.
  private func keys(of hosts: [Host]) throws -> [KnownKey] {
    let trusted = try site.trustedKeys()
    return hosts.compactMap { host in
      trusted.keys(of: host, for: .message, at: site.now).last.map { KnownKey(host: host, key: $0) }
    }
  }

  /// - Returns: whether the peer has pinned all of these keys now.
  private func introduce(_ others: [KnownKey], to peer: Peer) throws -> Bool {
    let script = others.map(Self.script).joined()
    let done = try call(SSHCommand.shell, peer, Array(script.utf8), .seconds(60))
    guard done.status == 0 else {
      throw Failure(
        .failed, "deploy", "\(peer.host) did not take the others' keys: \(done.lastError)",
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
