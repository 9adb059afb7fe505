import TestSupport
import Testing

/// Two or more accounts that know each other, each with a tmux server and a `cat` in its first window.
struct Accounts {
  let hosts: LoopbackHosts
  let servers: [String: TmuxServer]

  /// - Parameter strangers: more hosts that nobody knows yet and that are not set up.
  init(
    _ sandbox: Sandbox, _ names: [String] = ["alice", "bob"], strangers: [String] = [],
    synced: Bool = true
  ) async throws {
    hosts = try await LoopbackHosts(sandbox, names + strangers)
    let known = hosts.all.filter { names.contains($0.name) }
    var servers: [String: TmuxServer] = [:]
    for host in known {
      try Files.makeDirectory(host.home + "/.agents")
      try Files.write(host.home + "/.agents/self.conf", host.name + "\n")
      let peers = names.filter { $0 != host.name }
      try Files.write(host.home + "/.agents/peers.conf", peers.map { $0 + "\n" }.joined())
      servers[host.name] = try await host.tmux(window: "cat", command: ["cat", "-"])
      try await servers[host.name]?.set("-g", "@agent-allow", "@mesh")
      try await servers[host.name]?.set("-w", "-t", "main:cat", "@agent-allow", "@mesh")
    }
    self.servers = servers
    for host in known {
      try await must(host.name, "agent-keys", "init")
      try await must(host.name, "agent-register-hook", "rescan")
    }
    if synced {
      for _ in 0..<2 { for host in known { try await must(host.name, "sync-agent-registry") } }
    }
  }

  func run(_ host: String, _ program: String, _ arguments: String..., stdin: String = "")
    async throws -> Ran
  {
    try await hosts[host].run(program, arguments, stdin: Array(stdin.utf8))
  }

  @discardableResult
  func must(_ host: String, _ program: String, _ arguments: String...) async throws -> String {
    let ran = try await hosts[host].run(program, arguments)
    guard ran.status == 0 else { throw Trouble("\(host)$ \(program) \(arguments): \(ran)") }
    return ran.text
  }

  /// The current key's fingerprint.
  func key(_ host: String) async throws -> String {
    String(try await must(host, "agent-keys", "show").split(separator: "\n").last ?? "")
  }

  /// The text of a host's file below `~/.agents`.
  func file(_ host: String, _ name: String) throws -> String {
    Files.text(try hosts[host].home + "/.agents/" + name) ?? ""
  }

  func path(_ host: String, _ name: String) throws -> String {
    try hosts[host].home + "/.agents/" + name
  }
}
