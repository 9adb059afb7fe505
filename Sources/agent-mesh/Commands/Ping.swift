internal import ArgumentParser
internal import Mesh
internal import MeshCrypto
internal import MeshHost

struct PingHost: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ping",
    abstract: "A signed question to a host and its signed answer: the whole path, nothing typed.")
  @Argument(help: "The host.", completion: Completion.hosts) var host: String
  @Option(name: .short, help: "So many times.") var n = 1
  @Flag(help: "Print JSON.") var json = false

  mutating func validate() throws {
    guard (1...1000).contains(n) else { throw ValidationError("-n must be between 1 and 1000") }
  }

  mutating func run() throws {
    let site = try Own.site()
    let name = try Named.host(host)
    let sending = try Own.sending(site)
    let route: Route
    do { route = try Router(site, sending.trusted).route(to: name.name) } catch .unknownAgent {
      throw Failure.usage("no host is called \(name)", try: "agent-keys list")
    } catch { throw Failure(error, to: name.name) }
    guard route.host == name else {
      throw Failure.usage(
        "\(name) is no host; it may be an agent of \(route.host)",
        try: "agent-mesh ping \(route.host)")
    }
    for _ in 0..<n { try once(site, route, sending) }
  }

  private func once(_ site: Site, _ route: Route, _ sending: borrowing Sending) throws {
    let nothing = try MessageID.new()
    let began = ContinuousClock.now
    let answer = try Own.ask(route, about: nothing, site, sending)
    let took = ContinuousClock.now - began
    guard let receipt = answer.receipt, answer.disposition == Disposition(.unknown, .noRecord)
    else {
      for difference in route.peer.map({ SSHComparison(site, $0).differences }) ?? [] {
        Output.note("agent-mesh: \(route.host) is reached otherwise than by ssh: \(difference)")
      }
      throw failure(answer, route, nothing)
    }
    let skew = receipt.time.milliseconds - site.now.milliseconds
    let milliseconds = Int(took / .milliseconds(1))
    if json {
      // Their clock minus ours, in milliseconds, when the answer arrived.
      return Output.json([
        "host": route.host.name, "milliseconds": milliseconds, "clock": skew,
        "key": route.key.fingerprint,
      ])
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
        .unknown, disposition.reason, "\(route.host) gave no answer that proves anything\(said)",
        try: "agent-mesh doctor")
    }
    var failure = Failure(disposition, to: route, id)
    failure.undone = ""
    if let said = answer.said { failure.text += " (\(said))" }
    return failure
  }
}
