internal import ArgumentParser
internal import Mesh
internal import MeshCrypto
internal import MeshHost

struct Status: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Who this account is, its agents and its peers, in a few lines.")
  @Flag(help: "One line for tmux's status line, from a cache: #(agent-mesh status --tmux).")
  var tmux = false
  @Flag(help: .hidden) var renew = false
  @Flag(help: "Print JSON.") var json = false

  mutating func validate() throws {
    if tmux, json { throw ValidationError("--tmux does not go with --json") }
  }

  mutating func run() throws {
    if tmux { return Self.printCached() }
    let site = try Own.site()
    if renew { return try StatusCache.renew(site, outbox: Outbox(site).recipients()) }
    let status = try MeshStatus(site)
    if json {
      let peers: [JSONObject] = status.peers.map {
        ["host": $0.host.name, "state": $0.state.rawValue, "agents": $0.agents]
      }
      return Output.json([
        "host": site.host.name, "key": status.key.fingerprint, "agents": status.agents,
        "peers": peers,
      ])
    }
    Output.line("\(site.host)  \(status.key.fingerprint)  \(status.agents.counted("agent"))")
    for peer in status.peers { Output.line("\(peer.host)  \(peer.words)") }
    for served in status.served {
      Output.line("\(Senders.words(served, as: site.host))")
      Output.line("  try: \(Senders.help(served.service))")
    }
    if let last = status.last { Output.line("last: \(Log.sentence(last, site.host))") }
  }

  /// Never fails: a status line is no place for errors.
  private static func printCached() {
    guard let home = Environment.current().home else { return }
    let (line, isFresh) = StatusCache.read(home: home)
    if let line { Output.line(line) }
    guard !isFresh, let program = OwnProgram.path else { return }
    _ = try? Child.detach(program, ["status", "--renew"])
  }
}

extension MeshStatus.PeerState {
  fileprivate var words: String {
    state == .fresh || state == .stale
      ? "\(state.rawValue), \(agents.counted("agent"))" : state.rawValue
  }
}
