internal import ArgumentParser
internal import Mesh
internal import MeshCrypto
internal import MeshHost

struct Status: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Who this account is, its agents and its peers, in a few lines.")
  @Flag(help: "One line for tmux's status line, from a cache: #(agent-mesh status --tmux).")
  var tmux = false
  @Flag(help: "Print JSON.") var json = false

  mutating func run() throws {
    if tmux { return Self.printCached() }
    let site = try Setup.site()
    let status = try Setup.files { () throws(SetupError) in try MeshStatus(site) }
    if json { return Output.json(Line(site, status)) }
    Output.line("\(site.host)  \(status.key.fingerprint)  \(status.agents.counted("agent"))")
    for peer in status.peers {
      Output.line("\(peer.host)  \(peer.words)")
    }
    if let last = status.last { Output.line("last: \(Log.sentence(last))") }
  }

  /// Never fails: a status line is no place for errors.
  private static func printCached() {
    guard let home = Environment.current().home else { return }
    if let line = MeshStatus.cached(home: home) { Output.line(line) }
  }

  private struct Line: Encodable {
    let schema = 1
    let host: String
    let key: String
    let agents: Int
    let peers: [Peer]

    struct Peer: Encodable {
      let host: String
      let state: String
      let agents: Int
    }

    init(_ site: Site, _ status: MeshStatus) {
      host = site.host.name
      key = status.key.fingerprint
      agents = status.agents
      peers = status.peers.map {
        Peer(host: $0.host.name, state: $0.state.rawValue, agents: $0.agents)
      }
    }
  }
}

extension Int {
  func counted(_ noun: String) -> String { "\(self) \(noun)\(self == 1 ? "" : "s")" }
}

extension MeshStatus.PeerState {
  fileprivate var words: String {
    state == .fresh || state == .stale
      ? "\(state.rawValue), \(agents.counted("agent"))" : state.rawValue
  }
}

struct PingHost: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ping",
    abstract: "A signed question to a host and its signed answer: the whole road, nothing typed.")
  @Argument(help: "The host.") var host: String
  @Option(name: .short, help: "So many times.") var n = 1
  @Flag(help: "Print JSON.") var json = false

  mutating func validate() throws {
    guard (1...1000).contains(n) else { throw ValidationError("-n wants 1 to 1000") }
  }

  mutating func run() throws {
    let site = try Setup.site()
    let name = try Trusting.host(host)
    let sending = try Setup.sending(site)
    let route = try Setup.route(to: name.name, site, sending)
    guard route.host == name else {
      throw .usage("\(name) is no host that is known", hint: "agent-keys list") as Failure
    }
    for _ in 0..<n { try once(site, route, sending) }
  }

  private func once(_ site: Site, _ route: Route, _ sending: borrowing Sending) throws {
    let nothing = try Setup.newID()
    let began = ContinuousClock.now
    let answer = try Setup.ask(route, about: nothing, site, sending)
    let took = ContinuousClock.now - began
    guard let receipt = answer.receipt, answer.disposition == Disposition(.unknown, .noRecord)
    else {
      throw failure(answer, route, nothing)
    }
    let skew = receipt.time.milliseconds - site.now.milliseconds
    let milliseconds = Int(took / .milliseconds(1))
    if json {
      return Output.json(
        Line(
          host: route.host.name, milliseconds: milliseconds, clock: skew, key: route.key.fingerprint
        ))
    }
    Output.line(
      "\(route.host): signed question, signed answer in \(milliseconds) ms; clocks differ by at most \(abs(skew) + Int64(milliseconds)) ms; key \(route.key.fingerprint)"
    )
  }

  private func failure(_ answer: Delivered, _ route: Route, _ id: MessageID) -> Failure {
    let disposition = answer.disposition
    guard disposition.outcome != .unknown else {
      let said = answer.said.map { " (\($0))" } ?? ""
      return Failure(
        code: 8, reason: disposition.reason.rawValue,
        text: "\(route.host) gave no answer that proves anything\(said)",
        hint: "agent-mesh doctor")
    }
    let words = Words.of(disposition, to: route, id)
    return Failure(
      code: disposition.outcome.exitCode, reason: disposition.reason.rawValue,
      text: words.text + (answer.said.map { " (\($0))" } ?? ""), hint: words.hint)
  }

  private struct Line: Encodable {
    var schema = 1
    let host: String
    let milliseconds: Int
    /// Theirs less ours, in milliseconds, when the answer had come.
    let clock: Int64
    let key: String
  }
}

struct SwitchOff: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "off",
    abstract:
      "End the ssh connections that are kept open for the mesh; the next message opens another.")

  mutating func run() throws {
    let site = try Setup.site()
    let ended = try Setup.files { () throws(SetupError) in try SSHMasters(site).end() }
    Output.line(ended == 0 ? "no connection was open" : "\(ended.counted("connection")) ended")
  }
}
