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

  mutating func run() throws {
    // What runs in the background nobody looks after: each session has its deadline, and all of it this one.
    if push || round { OwnProgram.end(after: 200) }
    let site = try Setup.site()
    let (peers, complaints) = try Setup.files { () throws(SetupError) in
      try PeerStore(site.home).read()
    }
    if !push {
      for complaint in complaints {
        Output.note("peers.conf:\(complaint.line): \(complaint.text)")
      }
    }
    let outcomes = try sync(site, peers)
    let failed = outcomes.filter { report($0) == false }.count
    try assemble(site)
    if failed > 0, failed == outcomes.count { throw Failure.said(Outcome.failed.exitCode) }
  }

  private func sync(_ site: Site, _ peers: [Peer]) throws(Failure) -> [SyncRun.Outcome] {
    try Setup.files { () throws(SetupError) in
      guard push else { return try SyncRun(site, round ? .round : .asked).run(peers) }
      return try SyncPush(site).run(peers)
    }
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
      let failure = Failure(error, outcome.peer)
      Output.note("sync-agent-registry: \(failure.text)")
      if let hint = failure.hint { Output.note("  try: \(hint)") }
      return false
    }
  }

  private func assemble(_ site: Site) throws(Failure) {
    let (book, news) = try Setup.files { () throws(SetupError) in
      try Assembling(site).run(isHeard: !quiet)
    }
    for said in news { Output.note(SafeText.line(said, limit: 600)) }
    guard !quiet else { return }
    let hosts = Set(book.entries.map(\.host)).sorted().map(\.name).joined(separator: " ")
    Output.line(
      "\(site.now.text) sync-agent-registry: assembled \(book.addresses.count) agents from {\(hosts)}"
    )
  }
}

/// What there is to say of a session with a peer that went wrong.
extension Failure {
  init(_ error: SyncError, _ peer: Peer) {
    self.init(
      code: 4, reason: Reason.unreachable.rawValue, text: "", hint: "ssh \(peer.sshAlias) true")
    switch error {
    case .ssh(let failure): text = "\(peer.host): \(Failure.describe(failure))"
    case .broken: text = "\(peer.host): the session broke"
    case .malformed: text = "\(peer.host) answered what is not understood"
    case .busy:
      text = "\(peer.host) has as many sessions here as it may have; nothing was exchanged"
      hint = "run the same command again in a minute"
    case .calledOtherwise(let name):
      let other = SafeText.line(name, limit: 64)
      text = "\(peer.host) calls itself \(other)"
      hint =
        "sed -i 's/^\(peer.host)$/\(other) ssh=\(peer.sshAlias)/' ~/.agents/peers.conf   or there: echo \(peer.host) > ~/.agents/self.conf"
    case .setup(let error): self.init(error)
    }
  }

  static func describe(_ failure: SSHFailure) -> String {
    switch failure {
    case .noSSH: "ssh could not be started"
    case .unreachable(let said): "cannot be reached: \(said)"
    case .notInstalled(let said): "agent-register-hook is not installed there: \(said)"
    case .refused(let said): "ssh was refused: \(said)"
    case .timeout(let said): "did not answer in time: \(said)"
    case .noAnswer(let said): "broke off: \(said)"
    case .setup(let error): Failure(error).text
    }
  }
}
