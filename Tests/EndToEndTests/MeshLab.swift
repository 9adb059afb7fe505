import TestSupport

/// Hosts of the lab as a mesh: each knows all the others, hooks and all.
struct LabMesh: Sendable {
  let lab: Lab
  let servers: [TmuxServer]
  var hosts: [LabHost] { lab.hosts }

  static func with(_ count: Int, _ body: (LabMesh) async throws -> Void) async throws {
    try await Sandbox.with { sandbox in
      let lab = try await Lab(sandbox, count)
      let names = lab.hosts.map(\.name)
      var servers: [TmuxServer] = []
      for host in lab.hosts {
        try await setUp(host, host.name, peers: names)
        servers.append(try await server(host))
      }
      let mesh = LabMesh(lab: lab, servers: servers)
      for host in lab.hosts { try await host.must("agent-register-hook", ["rescan"]) }
      // Keys and slices: who is asked by all the others knows all of them, the second time round all do.
      for _ in 0..<2 {
        try await mesh.each { host in
          _ = try await host.run("sync-agent-registry", within: .seconds(120))
        }
      }
      try await body(mesh)
    }
  }

  static func setUp(_ host: LabHost, _ name: String, peers: [String]) async throws {
    let lines = peers.filter { $0 != name }.joined(separator: "\\n")
    try await host.must(
      "sh",
      [
        "-c",
        "umask 077; cd ~; mkdir -p .agents; echo \(name) >.agents/self.conf; printf '\(lines)\\n' >.agents/peers.conf",
      ])
    try await host.must("agent-keys", ["init"])
  }

  /// With the hooks that are installed for everybody.
  static func server(_ host: LabHost) async throws -> TmuxServer {
    let tmux = try await TmuxServer(host, command: ["cat"])
    let configuration = host.file("tmux.conf")
    try Files.write(
      configuration.here, Files.read(LocalHookTests.configuration) ?? [], mode: 0o644)
    try await tmux.call(["source-file", configuration.there])
    return tmux
  }

  func each(_ body: @escaping @Sendable (LabHost) async throws -> Void) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for host in hosts { group.addTask { try await body(host) } }
      try await group.waitForAll()
    }
  }

  static func knows(_ host: LabHost, _ address: String) -> Bool {
    (Files.text(host.homeHere + "/.agents/registry.toml") ?? "").contains("[agents.\(address)]")
  }

  /// Waits until all of these hosts have an address in their registry.
  /// - Returns: how long that took.
  static func spread(
    _ address: String, to hosts: [LabHost], within limit: Duration = .seconds(30)
  ) async throws -> Duration {
    let begin = ContinuousClock.now
    do {
      try await eventually(within: limit, every: .milliseconds(20), "\(address) everywhere") {
        hosts.allSatisfy { knows($0, address) }
      }
    } catch {
      throw Trouble("\(error); missing on \(hosts.filter { !knows($0, address) }.map(\.name))")
    }
    return ContinuousClock.now - begin
  }
}
