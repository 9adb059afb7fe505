internal import Mesh

/// Runs one constant command on another host over the user's own ssh, to set up a host that has
/// nothing of ours yet. Everything variable is sent on stdin. The host's ssh key must be known, and
/// no shared connection is used.
package struct SSHCommand: Sendable {
  /// Works in every login shell. The script is sent on stdin.
  package static let shell = "sh -s"

  private let config: SSHConfig

  package init(_ site: Site) { config = SSHConfig(site.home, site.environment) }

  /// - Parameter line: one of our constants, because it is not quoted.
  package func run(
    _ line: String, on alias: String, stdin: [UInt8], deadline: Duration
  ) throws(SSHFailure) -> Child.Output {
    let way: SSHWay
    do { way = try config.way(to: alias, .introduction) } catch { throw .setup(error) }
    do {
      return try Child.run(
        "ssh", way.arguments + ["--", alias, line], stdin: stdin, limit: 4 << 20, deadline: deadline
      )
    } catch {
      switch error {
      case .notStarted: throw .noSSH
      case .timeout: throw .timeout(said: "no answer in \(deadline.components.seconds) s")
      case .tooMuchOutput: throw .noAnswer(said: "it printed more than 4 MiB")
      }
    }
  }
}
