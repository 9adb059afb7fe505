internal import Mesh
internal import MeshHost

/// A rescan, what it has to say, and the sync that a change starts in the background.
enum Rescanning {
  @discardableResult
  static func run(_ site: Site) throws(Failure) -> Registration.Report {
    let report: Registration.Report
    do { report = try Registration(site).rescan() } catch { throw Failure(error) }
    for collision in report.collisions {
      Output.note("\(collision.wanted) is taken: the other one is \(collision.got)")
    }
    for address in report.leftOut {
      Output.note("\(address) is left out: a host has at most \(Slice.mostAgents) agents")
    }
    for (host, address) in report.foreign {
      Output.note("\(host) lists \(address), which it does not own: left out")
    }
    if report.changed { BackgroundSync.start(site) }
    try Draining.run(site)
    Draining.sendNoticesInBackground(site)
    return report
  }
}
