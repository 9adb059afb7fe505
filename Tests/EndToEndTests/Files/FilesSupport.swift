import Mesh
import TestSupport

/// One account on one machine with a recipient in a pane, ready for messages.
struct Account {
  let sandbox: Sandbox
  let tmux: TmuxServer
  let recipient: Recipient
  /// The recipient's address.
  let address: String

  static let name = "alpha"

  /// - Parameter flags: flags of the recipient.
  static func with<Result>(
    _ flags: [String] = [], _ body: (Account) async throws -> Result
  ) async throws -> Result {
    try await Sandbox.with { sandbox in
      try Files.makeDirectory(sandbox.home + "/.agents")
      try Files.write(sandbox.home + "/.agents/self.conf", name + "\n")
      try await sandbox.must("agent-keys", ["init"])
      let tmux = try await TmuxServer(sandbox)
      let recipient = try await Recipient.start(in: tmux, flags)
      try await sandbox.must("agent-discover")
      return try await body(
        Account(
          sandbox: sandbox, tmux: tmux, recipient: recipient,
          address: "\(name)-main-recipient"))
    }
  }

  /// Sends from outside tmux, so the sender is the host itself.
  func notify(
    _ arguments: [String], stdin: [UInt8] = [], environment: [String: String] = [:]
  ) async throws -> Ran {
    try await sandbox.run(
      "notify-pane", arguments, stdin: stdin, environment: environment)
  }

  /// Writes a file to send.
  func file(_ name: String, _ bytes: [UInt8]) throws -> String {
    let folder = sandbox.path("out")
    try Files.makeDirectory(folder)
    try Files.write("\(folder)/\(name)", bytes)
    return "\(folder)/\(name)"
  }

  var inbox: String { sandbox.home + "/.agent-inbox" }
  /// The files in the inbox from the sender that `notify` uses.
  var landed: [String] { Files.list("\(inbox)/\(Account.name)") }

  func policy(_ text: String) throws {
    try Files.write(sandbox.home + "/.agents/policy.toml", text)
  }
}

/// Bytes that neither compress nor repeat; the same for the same seed.
func noise(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
  var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
  var bytes: [UInt8] = []
  bytes.reserveCapacity(count + 8)
  while bytes.count < count {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    for shift in stride(from: 0, to: 64, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: state >> UInt64(shift)))
    }
  }
  return Array(bytes.prefix(count))
}
