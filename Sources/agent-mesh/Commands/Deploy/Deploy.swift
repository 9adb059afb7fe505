internal import ArgumentParser
internal import Mesh
internal import MeshHost

struct DeployCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "deploy",
    abstract: "Install this program on other hosts over ssh, and make them peers.",
    discussion: """
      A host is an ssh alias that is reached without questions. Its architecture, libc and version are
      looked at first; a newer version is never lowered. Each host is told of this one and of the others
      that are named here, and has to answer a message with a verified receipt; then those that are named
      together get each other's keys and addresses from here.
      """,
    version: Version.full)

  @Argument(
    help: "Hosts, by the names that they are to have in the mesh.",
    completion: Completion.hosts)
  var hosts: [String]
  @Flag(name: .customLong("dry-run"), help: "Look and say; change nothing.") var dryRun = false
  @Flag(help: "Print JSON: one object a host; what is said on the way goes to stderr.")
  var json = false

  mutating func validate() throws {
    guard !hosts.isEmpty else { throw ValidationError("a host is wanted") }
  }

  mutating func run() throws {
    let site = try Setup.site()
    _ = try Setup.identity(site)
    var names: [Host] = []
    for name in hosts {
      let host = try host(name)
      guard host != site.host else { throw Failure.usage("\(host) is this account itself") }
      names.append(host)
    }
    let deploying = try Deploying(site, json: json)
    var first: Failure?
    var made: [Host] = []
    for host in names {
      do {
        let report = try deploying.run(host, among: names, dryRun: dryRun)
        if json { Output.json(report) }
        made.append(host)
      } catch { first = first ?? said(Failure(error), host) }
    }
    if !dryRun {
      do { try deploying.introduce(made) } catch {
        first = first ?? said(Failure(error), nil)
      }
    }
    if let first { throw Failure.said(first.status) }
  }

  /// `box.example` is a name for ssh; in the mesh it needs one without dots.
  private func host(_ name: String) throws -> Host {
    do { return try Setup.host(name) } catch {
      var failure = Failure(error)
      let first = name.split(separator: ".").first.map(String.init) ?? ""
      if let short = try? Host(validating: first),
        name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "." || $0 == "-") })
      {
        failure.text += " of the mesh (a-z, 0-9 and -)"
        failure.hints = [
          "echo '\(short) ssh=\(name)' >>~/.agents/peers.conf && agent-mesh deploy \(short)"
        ]
      }
      throw failure
    }
  }

  private func said(_ error: Failure, _ host: Host?) -> Failure {
    if json {
      Output.json(Failure.Report(error, .looking, host: host))
    } else {
      error.report(as: "agent-mesh: \(host?.name ?? "deploy")", .looking, json: false)
    }
    return error
  }
}
