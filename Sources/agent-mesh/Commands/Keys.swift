internal import ArgumentParser
internal import Mesh
internal import MeshCrypto
internal import MeshHost

struct Keys: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "agent-keys",
    abstract: "This account's keys, and the keys of other hosts that it trusts.",
    version: Version.text,
    subcommands: [
      Init.self, List.self, Show.self, Trust.self, Distrust.self, SSHLine.self,
    ], defaultSubcommand: List.self)

  struct Init: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make the key pairs that are missing; nothing is replaced.")

    mutating func run() throws {
      let site = try Setup.site()
      let made = try Setup.files { () throws(SetupError) in
        try KeyStore(site.home).initialise(host: site.host)
      }
      let identity = try Setup.identity(site)
      Output.line("\(site.host) \(identity.key.fingerprint)\(made ? " (new)" : "")")
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "This account's key and all pins.")
    @Flag(help: "Print JSON.") var json = false

    mutating func run() throws { try KeyListing(try Setup.site()).print(json: json) }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print a host's public key and fingerprint; without a host, this account's.")
    @Argument(help: "The host.") var host: String?

    mutating func run() throws { try KeyListing(try Setup.site()).show(host) }
  }

  struct Trust: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Pin a host's key: fetched over ssh, or given.",
      discussion: """
        With a fingerprint, the key that ssh fetches has to have it. With a whole key, nothing is
        fetched. A key that differs from the pinned one is refused unless its fingerprint is given.
        """)
    @Argument(help: "The host, as in peers.conf.") var host: String
    @Argument(help: "SHA256:… or `ssh-ed25519 AAAA…` in one argument.") var key: String?

    mutating func run() throws { try Trusting(try Setup.site()).trust(host, key) }
  }

  struct Distrust: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Take a host's pins away: nothing of it is accepted any more.")
    @Argument(help: "The host.") var host: String

    mutating func run() throws { try Trusting(try Setup.site()).distrust(host) }
  }

  struct SSHLine: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "ssh-line",
      abstract:
        "Print the authorized_keys line that lets a peer's ssh key use the mesh, and no more.")
    @Argument(help: "The host.") var host: String
    @Argument(help: "The file with its ssh public key; default: stdin.") var file: String?

    mutating func run() throws { try SSHLines(try Setup.site()).print(host, file) }
  }
}
