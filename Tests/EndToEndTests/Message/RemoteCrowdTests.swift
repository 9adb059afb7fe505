import TestSupport
import Testing

/// Many senders on two hosts, one pane on a third: each message arrives intact and once.
@Suite struct RemoteCrowdTests {
  @Test func fewSenders() async throws { try await Self.crowd(processes: 4, messages: 3) }

  @Test(.enabled(if: Soak.isOn, "a long run: ./soak.sh"))
  func soakFiftyProcessesOnTwoHosts() async throws {
    try await Self.crowd(processes: 50, messages: 20)
  }

  /// - Parameter processes: on both hosts together, all at once; each sends `messages` messages, one after the other.
  private static func crowd(processes: Int, messages: Int) async throws {
    try await Sandbox.with { sandbox in
      let hosts = try await LoopbackHosts(sandbox, ["alice", "bob", "carol"])
      let carol = try hosts["carol"]
      for host in hosts.all { try await setUp(host, peers: hosts.all.map(\.name)) }
      let tmux = try await carol.tmux(window: "first", command: ["cat"])
      // A pane keeps the history limit that it was created with.
      try await tmux.set("-g", "history-limit", "5000")
      let reader = try await tmux.window("reader", ["cat"])
      try await reader.set("@agent-allow", "@mesh")
      for host in [carol] + hosts.all {
        _ = try await host.run("agent-discover")
        _ = try await host.run("sync-agent-registry")
      }
      let senders = [try hosts["alice"], try hosts["bob"]]
      try await withThrowingTaskGroup(of: [String].self) { group in
        for process in 0..<processes {
          group.addTask { try await send(messages, from: senders[process % 2], process) }
        }
        for try await failures in group { #expect(failures.isEmpty, "\(failures)") }
      }
      let seen = try await reader.capture(history: true)
      if Soak.isOn { Soak.say("\(processes) processes × \(messages): all submitted") }
      for process in 0..<processes {
        for message in 0..<messages {
          // cat's terminal echoes a typed line, and cat prints it again.
          #expect(seen.count(of: body(process, message)) == 2)
        }
      }
    }
  }

  private static func setUp(_ host: LoopbackHost, peers: [String]) async throws {
    try Files.makeDirectory(host.home + "/.agents")
    try Files.write(host.home + "/.agents/self.conf", host.name + "\n")
    let others = peers.filter { $0 != host.name }.map { $0 + "\n" }.joined()
    try Files.write(host.home + "/.agents/peers.conf", others)
    // The crowd sends more than a host usually may in a minute.
    try Files.write(host.home + "/.agents/policy.toml", "rate = 5000\nrate_sender = 5000\n")
    _ = try await host.run("agent-keys", ["init"])
  }

  private static func body(_ process: Int, _ message: Int) -> String {
    "<message \(message) of process \(process)>"
  }

  private static func send(
    _ messages: Int, from host: LoopbackHost, _ process: Int
  ) async throws -> [String] {
    var failures: [String] = []
    for message in 0..<messages {
      let sent = try await host.run(
        "notify-pane", ["carol-main-reader", body(process, message)], within: .seconds(120))
      if sent.status != 0 { failures.append("\(sent)") }
    }
    return failures
  }
}
