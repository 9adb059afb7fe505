import Mesh
import TestSupport

/// Hosts of the lab as a mesh: each knows all the others and has the hooks.
struct LabMesh: Sendable {
  let lab: Lab
  let servers: [TmuxServer]
  var hosts: [LabHost] { lab.hosts }

  /// - Parameter hubs: whether `hub` is marked as a hub in the others' `peers.conf`.
  static func with(
    _ count: Int, hubs: Bool = false, _ body: (LabMesh) async throws -> Void
  ) async throws {
    try await Sandbox.with { sandbox in
      let lab = try await Lab(sandbox, count)
      let names = lab.hosts.map { hubs && $0.name == "hub" ? "hub hub" : $0.name }
      let mesh = LabMesh(lab: lab, servers: try await servers(lab))
      try mesh.introduce()
      for host in lab.hosts {
        let peers = names.filter { $0 != host.name && !(host.name == "hub" && $0 == "hub hub") }
        try Files.write(
          host.homeHere + "/.agents/peers.conf", peers.map { $0 + "\n" }.joined())
      }
      try await mesh.each { host in try await host.must("agent-register-hook", ["rescan"]) }
      // A hook's rescan that began before the slices were there may have done the work for ours: then ask again.
      try await eventually(within: .seconds(90), every: .seconds(1), "the slices to be read") {
        let missing = lab.hosts.filter { !knows($0, "worker-1-main-first") }
        for host in missing { try await host.must("agent-register-hook", ["rescan"]) }
        return missing.isEmpty
      }
      try await body(mesh)
    }
  }

  /// Each with its own keys, tmux server and slice; without peers yet, so that no host calls another.
  private static func servers(_ lab: Lab) async throws -> [TmuxServer] {
    try await withThrowingTaskGroup(of: (Int, TmuxServer).self) { group in
      for (index, host) in lab.hosts.enumerated() {
        group.addTask {
          try await setUp(host, host.name, peers: [])
          let server = try await server(host)
          // A rescan that a hook has already started does the work for this one too.
          try await host.must("agent-register-hook", ["rescan"])
          try await eventually("the slice of \(host.name)") {
            [".toml", ".toml.sig"].allSatisfy {
              Files.exists("\(host.homeHere)/.agents/local\($0)")
            }
          }
          return (index, server)
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
    }
  }

  /// Puts all keys and slices where a sync of all hosts with all others would put them: that would take minutes.
  private func introduce() throws {
    let spaces = Namespace.allCases.map(\.rawValue).joined(separator: ",")
    func read(_ host: LabHost, _ name: String) throws -> [UInt8] {
      guard let bytes = Files.read("\(host.homeHere)/.agents/\(name)") else {
        throw Trouble("no \(name) on \(host.name)")
      }
      return bytes
    }
    let pins = try hosts.map { host in
      let key = String(decoding: try read(host, "keys/sign.pub"), as: UTF8.self)
        .split(separator: " ").prefix(2).joined(separator: " ")
      return (host.name, "\(host.name) namespaces=\"\(spaces)\" \(key) by hand\n")
    }
    for host in hosts {
      let agents = host.homeHere + "/.agents"
      try Files.makeDirectory(agents + "/slices")
      try Files.write(
        agents + "/keys/allowed_signers", pins.filter { $0.0 != host.name }.map(\.1).joined())
      for peer in hosts where peer.name != host.name {
        for end in [".toml", ".toml.sig"] {
          try Files.write("\(agents)/slices/\(peer.name)\(end)", try read(peer, "local\(end)"))
        }
      }
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

  /// With the hooks that are installed for all users.
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

  /// Waits until all given hosts have an address in their registry.
  /// - Returns: how long that took.
  static func spread(
    _ address: String, to hosts: [LabHost], within limit: Duration = .seconds(90)
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
