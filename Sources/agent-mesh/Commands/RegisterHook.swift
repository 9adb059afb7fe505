internal import ArgumentParser
internal import Mesh
internal import MeshHost

struct RegisterHook: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "agent-register-hook",
    abstract: "What tmux hooks call, and the receiving side of the mesh.",
    version: Version.text,
    subcommands: [
      On.self, Off.self, Rescan.self, Deliver.self, Serve.self, Key.self, Sync.self, Ping.self,
    ])

  /// Hooks call it bare when a name is missing: that is no error.
  mutating func run() {}

  struct On: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Put a session that was taken off back on the mesh.")
    @Argument(help: "The session's name.") var session: String?

    mutating func run() throws { try RegisterHook.set(session, off: false) }
  }

  struct Off: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Take a session off the mesh, until `on`.")
    @Argument(help: "The session's name.") var session: String?

    mutating func run() throws { try RegisterHook.set(session, off: true) }
  }

  struct Rescan: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Reread all sessions; this is what the tmux hooks run.")

    mutating func run() throws { try Rescanning.afterHook(try Setup.site()) }
  }

  struct Deliver: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Read one envelope from stdin, check it, type it, print a signed receipt.")

    mutating func run() throws { try Serving.run(.deliver, try Setup.site()) }
  }

  struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "The forced command of a peer's ssh key: nothing but the mesh's own verbs.")
    @Option(help: "The host whose key this is.") var peer: String

    mutating func run() throws { try Serving.serve(peer) }
  }

  struct Key: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print this account's host name and public key.")

    mutating func run() throws { try Serving.run(.key, try Setup.site()) }
  }

  struct Sync: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Exchange signed slices with whoever is on stdin.")

    mutating func run() throws { try Serving.run(.sync, try Setup.site()) }
  }

  struct Ping: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print this account's host name and version.")

    mutating func run() throws { try Serving.run(.ping, try Setup.site()) }
  }

  /// A missing name is the hooks' business: nothing happens, silently.
  private static func set(_ session: String?, off: Bool) throws(Failure) {
    guard let session, !session.isEmpty else { return }
    let site = try Setup.site()
    try Setup.files { () throws(SetupError) in try Sessions(site).set(session, off: off) }
    try Rescanning.run(site)
  }
}
