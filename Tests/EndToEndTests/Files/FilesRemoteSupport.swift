import Mesh
import TestSupport

/// Two hosts that know each other, with a recipient on the second.
struct TwoHosts {
  let sandbox: Sandbox
  let alice: LoopbackHost
  let bob: LoopbackHost
  let recipient: Recipient

  static let address = "bob-main-recipient"

  static func with<Result>(_ body: (TwoHosts) async throws -> Result) async throws -> Result {
    try await Sandbox.with { sandbox in
      let hosts = try await LoopbackHosts(sandbox)
      let (alice, bob) = (try hosts["alice"], try hosts["bob"])
      for (host, peer) in [(alice, bob), (bob, alice)] {
        try Files.makeDirectory(host.home + "/.agents")
        try Files.write(host.home + "/.agents/self.conf", host.name + "\n")
        try Files.write(host.home + "/.agents/peers.conf", peer.name + "\n")
        try await must(host, "agent-keys", ["init"])
      }
      let tmux = try await bob.tmux()
      let recipient = try await Recipient.start(in: tmux)
      for option in ["@agent-allow", "@agent-allow-files"] {
        try await recipient.pane.set(option, "@mesh")
      }
      try await must(bob, "agent-discover", [])
      try await must(alice, "agent-discover", [])
      try await must(alice, "sync-agent-registry", [])
      return try await body(
        TwoHosts(sandbox: sandbox, alice: alice, bob: bob, recipient: recipient))
    }
  }

  static func must(_ host: LoopbackHost, _ program: String, _ words: [String]) async throws {
    let ran = try await host.run(program, words)
    guard ran.status == 0 else { throw Trouble("\(host.name): \(program) \(words): \(ran)") }
  }

  /// - Parameter shim: replaces ssh.
  func notify(
    _ words: [String], stdin: String = "", through shim: Shim? = nil,
    within limit: Duration = .seconds(60)
  ) async throws -> Ran {
    var settings = ["AGENT_MESH_SSH_CONFIG": alice.home + "/.ssh/config"]
    if let shim { settings.merge(shim.environment(over: alice.environment)) { $1 } }
    return try await alice.run(
      "notify-pane", words, stdin: Array(stdin.utf8), environment: settings, within: limit)
  }

  var landed: [String] { Files.list(bob.home + "/.agent-inbox/alice") }
}
