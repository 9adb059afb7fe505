internal import ArgumentParser
internal import Mesh
internal import MeshHost

struct Drain: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Deliver what was sent with --queue to recipients that are ready now.",
    version: Version.text)

  mutating func run() throws {
    let site = try Setup.site()
    try Draining.run(site, patience: .seconds(5))
    try Setup.files { () throws(SetupError) in try Notices(site).send() }
  }
}
