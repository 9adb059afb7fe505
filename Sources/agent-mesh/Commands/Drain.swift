internal import ArgumentParser
internal import Mesh
internal import MeshHost

struct Drain: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "drain",
    abstract: "Deliver what was sent with --queue to recipients that are ready now.",
    version: Version.full)
  @Flag(help: "Print JSON: how many wait now.") var json = false

  @Flag(help: .hidden) var background = false

  mutating func run() throws {
    let site = try Own.site()
    try Draining.run(site, patience: .seconds(5))
    try Outbox(site).send(unhurried: background)
    try Notices(site).send()
    if json { Output.json(["waiting": try WaitingQueue(site).messages().count]) }
  }
}

/// Delivers messages that wait for recipients of this host. There is no daemon: hooks, the timer,
/// each delivery to the same pane and `agent-mesh drain` do it.
enum Draining {
  /// - Parameter patience: how long to wait for a pane that another process types into; that
  ///   process also delivers what waits for the pane.
  static func run(_ site: Site, patience: Duration = .zero) throws {
    guard !Spool(site.home).isEmpty else { return }
    try Receiver(Credentials(site)).drainAll(patience: patience)
  }

  /// Notices to senders, and messages that wait here for another host, may need ssh. No hook and no
  /// sender waits for that.
  static func sendNoticesInBackground(_ site: Site) {
    guard !Notices(site).isEmpty || !Outbox(site).isEmpty, let program = OwnProgram.path else {
      return
    }
    _ = try? Child.detach(program, ["drain", "--background"])
  }
}
