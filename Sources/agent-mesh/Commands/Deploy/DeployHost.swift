internal import Mesh
internal import MeshCrypto
internal import MeshHost

/// Installs this program on another host and makes that host a peer.
struct Deploying {
  /// Copies of what the installer needs; `install.sh` keeps them.
  private static let parts = ["install.sh", "scripts", "tmux", "systemd", "man", "skills", "keys"]
  /// All login shells read this line the same way. stdin is the archive.
  private static let install =
    #"sh -c 'umask 077; d=$(mktemp -d) || exit 1; trap "rm -rf $d" EXIT; tar -xf - -C "$d" || exit 1; cd "$d" && bash ./install.sh --binary ./agent-mesh </dev/null 2>&1'"#

  let site: Site
  private let json: Bool
  private let ssh: SSHCommand
  private let program: String
  private let own: DeployOwn
  private var share: String { site.home.home + "/.local/share/agent-mesh/dist" }

  init(_ site: Site, json: Bool) throws {
    (self.site, self.json) = (site, json)
    ssh = SSHCommand(site)
    guard let path = OwnProgram.path, path.hasSuffix("/agent-mesh"),
      let bytes = try? UserFile.read(path, limit: 1 << 30)
    else {
      throw Failure(
        .usage, "usage", "this program's own file is not to be found",
        try: "~/bin/agent-mesh deploy")
    }
    program = path
    func uname(_ flag: String) -> String {
      TimerTool.run("uname", [flag]).out.split(separator: "\n").first.map(String.init) ?? ""
    }
    own = DeployOwn(
      system: uname("-s"), machine: uname("-m"), glibc: DeployOwn.glibc(in: bytes),
      version: Version.text)
  }

  /// Prints progress; with `--json` on stderr, because the reports are on stdout.
  func say(_ text: String) { if json { Output.note(text) } else { Output.line(text) } }

  func run(_ host: Host, among hosts: [Host], dryRun: Bool) throws -> JSONObject {
    let known = try site.home.peers()
    let peer = known.first { $0.host == host } ?? Peer(host: host, sshAlias: host.name, hub: false)
    let probe = try self.probe(peer)
    let there =
      probe.version.isEmpty ? "agent-mesh is not installed" : "agent-mesh \(probe.version)"
    say(
      "\(host): \(probe.system) \(probe.machine), \(probe.libc), \(probe.tmux.isEmpty ? "no tmux" : probe.tmux), \(there)"
    )
    do { try probe.admits(own, as: host) } catch {
      throw Failure(
        .refused, "deploy", error.text, undone: "nothing was changed there", try: error.hint)
    }
    let archive = try archive()
    guard !dryRun else {
      let peers = others(host, hosts).map(\.name).joined(separator: " ")
      say(
        "\(host): would install \(Version.text) (\(archive.count >> 20) MiB), tell it of \(peers), and exchange keys; nothing was changed"
      )
      return report(host, probe, key: nil)
    }
    try configure(peer, hosts)
    try install(peer, archive)
    if !known.contains(where: { $0.host == host }) { try add(host) }
    try meet(peer)
    return report(host, probe, key: try ping(host))
  }

  /// - Parameter key: `nil` if nothing was changed.
  private func report(_ host: Host, _ probe: DeployProbe, key: String?) -> JSONObject {
    [
      "ok": true, "host": host.name, "system": SafeText.line(probe.system),
      "machine": SafeText.line(probe.machine), "libc": SafeText.line(probe.libc),
      "tmux": SafeText.line(probe.tmux), "before": SafeText.line(probe.version),
      "version": Version.text, "key": key,
    ]
  }

  private func others(_ host: Host, _ hosts: [Host]) -> [Host] {
    ([site.host] + hosts).filter { $0 != host }
  }

  private func probe(_ peer: Peer) throws -> DeployProbe {
    let said = try call(SSHCommand.shell, peer, Array(DeployProbe.script.utf8), .seconds(30))
    guard let probe = DeployProbe(said.out) else {
      let words = said.lastError
      throw Failure(
        .failed, .unreachable, words.isEmpty ? "it did not say what it is" : words,
        try: "ssh \(peer.sshAlias) true")
    }
    return probe
  }

  func call(
    _ line: String, _ peer: Peer, _ stdin: [UInt8], _ deadline: Duration
  ) throws -> Child.Output {
    do { return try ssh.run(line, on: peer.sshAlias, stdin: stdin, deadline: deadline) } catch {
      throw Failure(SyncError.ssh(error), peer)
    }
  }

  private func archive() throws -> [UInt8] {
    let folder = String(program.dropLast("/agent-mesh".count))
    let done = try? Child.run(
      "tar", ["-cf", "-", "-C", share] + Self.parts + ["-C", folder, "agent-mesh"],
      limit: 1 << 30, deadline: .seconds(60))
    guard let done, done.status == 0 else {
      throw Failure(
        .usage, "usage", "the installer's files are not whole in \(share)", try: "./install.sh")
    }
    return done.out
  }

  /// Host names have no characters that mean something to a shell.
  private func configure(_ peer: Peer, _ hosts: [Host]) throws {
    let names = others(peer.host, hosts).map(\.name).joined(separator: " ")
    let script = """
      umask 077
      mkdir -p "$HOME/.agents" && chmod go-rwx "$HOME/.agents" && cd "$HOME/.agents" || exit 1
      [ -e self.conf ] || echo \(peer.host) >self.conf
      for name in \(names); do
        grep -Eq "^$name([[:space:]]|\\$)" peers.conf 2>/dev/null || echo "$name" >>peers.conf
      done

      """
    let done = try call(SSHCommand.shell, peer, Array(script.utf8), .seconds(30))
    guard done.status == 0 else {
      throw Failure(
        .failed, "deploy", "~/.agents could not be made there",
        try: "ssh \(peer.sshAlias) ls -la .agents")
    }
  }

  private func install(_ peer: Peer, _ archive: [UInt8]) throws {
    let done = try call(Self.install, peer, archive, .seconds(300))
    let lines = done.out.split(separator: 10).map { SafeText.line(bytes: $0) }
    // The next steps fix its warnings. If it failed as a whole, show all of its output.
    let failed = [2, 127, 255].contains(done.status)
    for line in lines where failed || line.hasPrefix("FAIL") {
      Output.note("  \(peer.host): \(line)")
    }
    if !failed, lines.contains(where: { $0.hasPrefix("FAIL") }) {
      Output.note(
        "  \(peer.host): what failed there is told by: ssh \(peer.sshAlias) bin/agent-mesh doctor")
    }
    // It ends with a check; problems that the check found were printed above and are no failure.
    guard !lines.isEmpty, !failed else {
      throw Failure(
        .failed, "deploy", "install.sh ended with \(done.status)",
        try: "ssh \(peer.sshAlias) bin/agent-mesh doctor")
    }
  }

  private func add(_ host: Host) throws {
    var bytes = try site.home.read("peers.conf", limit: PeersConf.mostBytes) ?? []
    if let last = bytes.last, last != 10 { bytes.append(10) }
    let agents = try site.home.directory()
    try agents.writeAtomically("peers.conf", bytes + Array("\(host)\n".utf8))
  }

  func meet(_ peer: Peer) throws {
    let outcomes = try SyncRun(site, .asked).run([peer])
    for outcome in outcomes {
      switch outcome.result {
      case .success(let report):
        for notice in report.notices { Output.note("  \(SafeText.line(notice, limit: 400))") }
      case .failure(let error): throw Failure(error, peer)
      }
    }
  }

  /// Asks about a message that does not exist; the answer must be signed by the key that is pinned
  /// now.
  /// - Returns: its key's fingerprint.
  private func ping(_ host: Host) throws -> String {
    let sending = try Own.sending(site)
    let route = try Named.route(to: host.name, site, sending)
    let about = try MessageID.new()
    let answer = try Own.ask(route, about: about, site, sending)
    guard answer.receipt != nil else {
      throw Failure(
        .failed, answer.disposition.reason.rawValue,
        "installed, but no verified answer came: \(answer.said ?? "-")",
        try: "notify-pane --status \(about) \(host)")
    }
    say("\(host): installed, and answers with \(route.key.fingerprint)")
    return route.key.fingerprint
  }
}
