internal import Mesh
internal import MeshHost

/// A rescan, what it has to say, and the sync that a change starts in the background.
enum Rescanning {
  @discardableResult
  static func run(_ site: Site) throws(Failure) -> Registration.Report {
    let registration: Registration
    do { registration = try Registration(site) } catch { throw Failure(error) }
    let report: Registration.Report
    do { report = try registration.rescan() } catch { throw Failure(error) }
    try follow(report, site)
    return report
  }

  /// What the tmux hooks run.
  static func afterHook(_ site: Site) throws(Failure) {
    let registration: Registration
    do { registration = try Registration(site) } catch { throw Failure(error) }
    let report: Registration.Report
    do {
      guard let found = try registration.rescanAfterHook() else { return }
      report = found
    } catch { throw Failure(error) }
    try follow(report, site)
  }

  private static func follow(_ report: Registration.Report, _ site: Site) throws(Failure) {
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
  }
}

extension Failure {
  init(_ error: RegistrationError) {
    switch error {
    case .setup(let error): self.init(error)
    case .tmux(let error):
      self.init(error)
      text += ", the registry stays as it was"
    }
  }
}
