internal import ArgumentParser
internal import Mesh
internal import MeshHost

struct SyncRegistry: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sync-agent-registry",
    abstract: "Exchange signed slices of the address book with the hosts of peers.conf.",
    version: Version.full)

  @Flag(help: "Say nothing but what went wrong.") var quiet = false
  @Flag(help: "Tell the peers of a change, if nobody has; what the hooks run in the background.")
  var push = false
  @Flag(help: "One round of the timer: two peers and a hub, by chance.") var round = false
  @Flag(help: "Print JSON.") var json = false

  mutating func run() throws {
    // Nobody watches a run in the background. Each session has a deadline, and the whole run has
    // this one.
    if push || round { OwnProgram.end(after: 200) }
    let site = try Own.site()
    let (peers, complaints) = try site.home.peersConf()
    if !push {
      for complaint in complaints { Output.note("peers.conf:\(complaint.line): \(complaint.text)") }
    }
    let outcomes = try sync(site, peers)
    let failed = outcomes.filter { report($0) == false }.count
    let book = try assemble(site)
    if json { Output.json(summary(site.host, book, outcomes)) }
    if failed > 0, failed == outcomes.count { throw Failure.said(.failed) }
  }

  private func sync(_ site: Site, _ peers: [Peer]) throws -> [SyncRun.Outcome] {
    guard push else { return try SyncRun(site, round ? .round : .asked).run(peers) }
    return try SyncPush(site).run(peers)
  }

  /// - Returns: whether the session went well.
  private func report(_ outcome: SyncRun.Outcome) -> Bool {
    switch outcome.result {
    case .success(let report):
      for notice in report.notices + report.keyNews {
        Output.note(SafeText.line(notice, limit: 600))
      }
      let taken = report.taken.map(\.name).joined(separator: " ")
      if !quiet, !taken.isEmpty { Output.note("\(outcome.peer.host) had news of \(taken)") }
      return true
    case .failure(let error):
      guard !json else { return false }
      let failure = Failure(error, outcome.peer)
      failure.report(as: "sync-agent-registry", .looking, json: false)
      return false
    }
  }

  private func assemble(_ site: Site) throws -> AddressBook {
    let (book, news) = try Assembling(site).run(isHeard: !quiet)
    for said in news { Output.note(SafeText.line(said, limit: 600)) }
    guard !quiet, !json else { return book }
    let hosts = Set(book.entries.map(\.host)).sorted().map(\.name).joined(separator: " ")
    Output.line(
      "\(site.now.text) sync-agent-registry: assembled \(book.addresses.count) agents from {\(hosts)}"
    )
    return book
  }

  /// The result of a sync: the known addresses and their hosts, and for each peer what was new.
  private func summary(
    _ host: Host, _ book: AddressBook, _ outcomes: [SyncRun.Outcome]
  ) -> JSONObject {
    let peers = outcomes.map { outcome -> JSONObject in
      let peer = outcome.peer.host.name
      switch outcome.result {
      case .success(let report):
        return ["host": peer, "ok": true, "taken": report.taken.map(\.name)]
      case .failure(let error):
        let failure = Failure(error, outcome.peer)
        return [
          "host": peer, "ok": false, "taken": [String](), "reason": failure.reason,
          "error": failure.sentence(.looking), "hint": failure.hints.first,
        ]
      }
    }
    let hosts = Set(book.entries.map(\.host)).sorted().map(\.name)
    return ["host": host.name, "agents": book.addresses.count, "hosts": hosts, "peers": peers]
  }
}
