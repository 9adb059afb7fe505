internal import ArgumentParser
internal import Mesh
internal import MeshHost

struct SyncRegistry: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sync-agent-registry",
    abstract: "Exchange signed slices of the address book with every host of peers.conf.",
    version: Version.text)

  /// Sessions at a time: sshd drops logins that come in too great a crowd.
  private static let width = 4

  @Flag(help: "Say nothing but what went wrong.") var quiet = false

  mutating func run() throws {
    let site = try Setup.site()
    let (peers, complaints) = try Setup.files { () throws(SetupError) in
      try PeerStore(site.home).read()
    }
    for complaint in complaints {
      Output.note("peers.conf:\(complaint.line): \(complaint.text)")
    }
    let others = peers.filter { $0.host != site.host }
    let results = Parallel.map(others, atMost: Self.width) { peer in Self.sync(site, peer) }
    var failed = 0
    for (peer, result) in zip(others, results) {
      for notice in result.notices { Output.note(SafeText.line(notice, limit: 600)) }
      if let failure = result.failure {
        failed += 1
        Output.note("sync-agent-registry: \(failure.text)")
        if let hint = failure.hint { Output.note("  try: \(hint)") }
      } else if !quiet {
        let taken = result.taken.map(\.name).joined(separator: " ")
        if !taken.isEmpty { Output.note("from \(peer.host): \(taken)") }
      }
    }
    try assemble(site)
    if failed > 0, failed == others.count {
      throw Failure.said(Outcome.failed.exitCode)
    }
  }

  private struct Result: Sendable {
    var notices: [String] = []
    var taken: [Host] = []
    var failure: Failure?
  }

  private static func sync(_ site: Site, _ peer: Peer) -> Result {
    do throws(SyncError) {
      let calling: SyncCalling
      do { calling = try SyncCalling(site) } catch { throw .setup(error) }
      let report = try calling.run(with: peer)
      return Result(notices: report.notices + report.keyNews, taken: report.taken)
    } catch {
      return Result(failure: Failure(error, peer))
    }
  }

  private func assemble(_ site: Site) throws(Failure) {
    let (book, news) = try Setup.files { () throws(SetupError) in try Assembling(site).run() }
    for said in news { Output.note(SafeText.line(said, limit: 600)) }
    guard !quiet else { return }
    let hosts = Set(book.entries.map(\.host)).sorted().map(\.name).joined(separator: " ")
    Output.line(
      "\(site.now.text) sync-agent-registry: assembled \(book.addresses.count) agents from {\(hosts)}"
    )
  }
}
