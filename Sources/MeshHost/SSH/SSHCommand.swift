internal import Mesh

/// One constant command on another host, over the user's own ssh: to set a host up that has nothing of ours yet.
/// What varies travels on stdin; the host's ssh key has to be known, and no connection of others is shared.
package struct SSHCommand: Sendable {
  /// Login shells differ; all of them start this alike. The script comes on stdin.
  package static let shell = "sh -s"

  private let config: SSHConfig

  package init(_ site: Site) { config = SSHConfig(site.home, site.environment) }

  /// - Parameter line: a constant of ours: nothing is quoted here.
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
