import TestSupport

/// Measures what hosts of the lab send, and whether they agree.
extension LabMesh {
  /// Bytes on the host's line in both directions, and the ssh sessions that it began.
  struct Cost: CustomStringConvertible {
    var bytes: Int
    var sessions: Int
    var description: String { "\(sessions) sessions, \(bytes) bytes" }
  }

  /// Runs a host's timer once while all other hosts are idle.
  func roundCost(of host: LabHost) async throws -> Cost {
    let shim = host.homeHere + "/bin/ssh"
    if !Files.exists(shim) {
      try Files.write(
        shim, "#!/bin/sh\necho \"$*\" >>~/calls\nexec /usr/bin/ssh \"$@\"\n", mode: 0o755)
    }
    Files.remove(host.homeHere + "/calls")
    let before = try await bytes(host)
    let ran = try await host.run("sync-agent-registry", ["--round"])
    guard ran.status == 0 else { throw Trouble("round on \(host.name): \(ran)") }
    let calls = (Files.text(host.homeHere + "/calls") ?? "").split(separator: "\n")
    return Cost(bytes: try await bytes(host) - before, sessions: calls.count)
  }

  private func bytes(_ host: LabHost) async throws -> Int {
    let text = try await host.must("cat", ["/proc/net/dev"])
    let line = text.split(separator: "\n").first { $0.contains("eth0:") } ?? ""
    let numbers =
      line.split(separator: ":").last?.split(separator: " ").compactMap { Int($0) } ?? []
    guard numbers.count >= 9 else { throw Trouble("no eth0 in \(text)") }
    return numbers[0] + numbers[8]
  }

  /// Where a host's copy of a slice differs from its owner's: `<host> of <host>`.
  func disagreement() throws -> [String] {
    var found: [String] = []
    for owner in hosts {
      let own = Files.read(owner.homeHere + "/.agents/local.toml")
      for host in hosts where host.name != owner.name {
        let copy = Files.read("\(host.homeHere)/.agents/slices/\(owner.name).toml")
        if own == nil || copy != own { found.append("\(host.name) of \(owner.name)") }
      }
    }
    return found
  }

  /// Waits until none of our programs is running: nothing runs between rounds.
  func becomesIdle() async throws {
    for host in hosts {
      try await eventually(within: .seconds(60), every: .milliseconds(100), "\(host.name) to rest")
      {
        try await host.run("pgrep", ["-f", "bin/(agent-|sync-|notify-)"]).status == 1
      }
    }
  }
}
