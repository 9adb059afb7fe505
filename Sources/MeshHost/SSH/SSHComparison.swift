package import Mesh

/// Compares what `ssh ALIAS` would do with what we would do, according to `ssh -G`. `doctor` and
/// `ping` report the differences.
package struct SSHComparison: Sendable {
  /// Options that we set on purpose, and options that do not affect our sessions.
  private static let ours: Set<String> = [
    "batchmode", "canonicalizehostname", "clearallforwardings", "connectionattempts",
    "connecttimeout", "controlmaster", "controlpath", "controlpersist", "dynamicforward",
    "escapechar", "exitonforwardfailure", "forkafterauthentication", "forwardagent", "forwardx11",
    "forwardx11timeout", "forwardx11trusted", "host", "ignoreunknown", "localcommand",
    "localforward", "loglevel", "permitlocalcommand", "remotecommand", "remoteforward",
    "requesttty", "serveralivecountmax", "serveraliveinterval", "sessiontype", "stdinnull",
    "tunnel", "updatehostkeys", "visualhostkey",
  ]

  /// The options that differ, in words; empty if both reach the host the same way.
  package let differences: [String]

  package init(_ site: Site, _ peer: Peer) {
    do {
      let config = SSHConfig(site, peer)
      let way = try config.way(to: peer.sshAlias, .traffic)
      let theirs = SSHComparison.ask(try config.plainArguments(), peer.sshAlias)
      let ours = SSHComparison.ask(way.arguments, peer.sshAlias)
      differences = SSHComparison.between(theirs, ours)
    } catch { differences = ["\(error)"] }
  }

  private enum Answer {
    case lines(Set<Substring>)
    /// ssh refuses its configuration.
    case refused(String)
  }

  private static func between(_ theirs: Answer, _ ours: Answer) -> [String] {
    switch (theirs, ours) {
    case (.refused(let said), _): return ["ssh itself refuses its configuration: \(said)"]
    case (_, .refused(let said)): return ["ssh refuses the configuration that we make: \(said)"]
    case (.lines(let theirs), .lines(let ours)):
      let missing = theirs.subtracting(ours).map { "`\($0)` of your ssh does not reach us" }
      let more = ours.subtracting(theirs).map { "`\($0)` is ours alone" }
      return (missing.sorted() + more.sorted()).map { SafeText.line($0, limit: 300) }
    }
  }

  private static func ask(_ arguments: [String], _ alias: String) -> Answer {
    let done = try? Child.run(
      "ssh", arguments + ["-G", "--", alias], limit: 1 << 20, deadline: .seconds(10))
    guard let done else { return .refused("it does not answer") }
    guard done.status == 0 else { return .refused(SSHComplaint(done.err).whole) }
    let lines = String(decoding: done.out, as: UTF8.self).split(separator: "\n").filter { line in
      !ours.contains(String(line.prefix { $0 != " " }).lowercased())
    }
    return .lines(Set(lines))
  }
}
