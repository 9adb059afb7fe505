import TestSupport

/// Two accounts that know and trust each other; on bob's side a line-based reader that admits the mesh.
struct TwoAccounts: Sendable {
  let sandbox: Sandbox
  let alice: LoopbackHost
  let bob: LoopbackHost
  let aliceTmux: TmuxServer
  let bobTmux: TmuxServer
  /// `bob-main-reader`: `cat` on a terminal that echoes.
  let reader: Pane

  static func run(
    sync: Bool = true, options: [String] = [], _ body: (TwoAccounts) async throws -> Void
  ) async throws {
    try await Sandbox.with { sandbox in
      let hosts = try await LoopbackHosts(sandbox, ["alice", "bob"], options: options)
      let (alice, bob) = (try hosts["alice"], try hosts["bob"])
      for (host, peer) in [(alice, "bob"), (bob, "alice")] { try await setUp(host, peer) }
      let aliceTmux = try await alice.tmux(window: "reader", command: ["cat"])
      let bobTmux = try await bob.tmux(window: "reader", command: ["cat"])
      let mesh = TwoAccounts(
        sandbox: sandbox, alice: alice, bob: bob, aliceTmux: aliceTmux, bobTmux: bobTmux,
        reader: try await bobTmux.first())
      sandbox.atEnd { _ = try? await mesh.endConnections() }
      try await mesh.reader.set("@agent-allow", "@mesh")
      if sync { try await mesh.meet() }
      try await body(mesh)
    }
  }

  private static func setUp(_ host: LoopbackHost, _ peer: String) async throws {
    try Files.makeDirectory(host.home + "/.agents")
    try Files.write(host.home + "/.agents/self.conf", host.name + "\n")
    try Files.write(host.home + "/.agents/peers.conf", peer + "\n")
    let made = try await host.run("agent-keys", ["init"])
    guard made.status == 0 else { throw Trouble("agent-keys init: \(made)") }
  }

  /// Registers both accounts, and lets them exchange keys and slices.
  func meet() async throws {
    // Registration starts a sync in the background; these syncs wait for it.
    for host in [alice, bob] { _ = try await host.run("agent-discover") }
    for host in [alice, bob, alice] {
      let ran = try await host.run("sync-agent-registry")
      guard ran.status == 0 else { throw Trouble("sync on \(host.name): \(ran)") }
    }
  }

  /// Registers what is new on a host; the push that this starts fails.
  func rescanWithoutPush(_ host: LoopbackHost) async throws {
    let folder = sandbox.directory + "/no-ssh"
    if !Files.exists(folder) {
      try Files.makeDirectory(folder)
      try Files.write(folder + "/ssh", "#!/bin/sh\nexit 255\n", mode: 0o755)
    }
    let path = "\(folder):\(host.environment["PATH"] ?? "")"
    let ran = try await host.run("agent-register-hook", ["rescan"], environment: ["PATH": path])
    guard ran.status == 0 else { throw Trouble("rescan on \(host.name): \(ran)") }
  }

  /// Closes the ssh connections that stay open between messages.
  func endConnections() async throws {
    for host in [alice, bob] {
      let folder = host.home + "/.agents/state/ssh"
      for name in Files.list(folder) where name.hasPrefix("m") {
        _ = try await host.run(
          "ssh", ["-O", "exit", "-o", "ControlPath=\(folder)/\(name)", "peer"])
      }
    }
  }
}

extension String {
  /// How often a text occurs in this string.
  func count(of text: String) -> Int { ranges(of: text).count }
}
