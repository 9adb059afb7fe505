package import Mesh

extension AgentsHome {
  /// The peers that we sync with.
  package func peers() throws(SetupError) -> [Peer] { try peersConf().peers }

  /// `~/.agents/peers.conf`, which people write: the peers, and the lines that cannot be read.
  package func peersConf() throws(SetupError) -> (
    peers: [Peer], complaints: [PeersConf.Complaint]
  ) {
    try read("peers.conf", limit: PeersConf.mostBytes).map(PeersConf.parse) ?? ([], [])
  }
}

/// When a peer last answered us, and what failed since.
package struct Contact: Sendable, Equatable {
  package var answered: Timestamp?
  package var failedAt: Timestamp?
  /// One line, printable; nil: nothing failed since it answered.
  package var failure: String?
}

/// `~/.agents/state/contacts/<host>`: `<answered> <failed>` in milliseconds, 0 for never, then what
/// failed. Each message, sync and question notes how it went, so that a peer that was cut off is
/// known from the first of them on. If it cannot be written, nothing else is affected.
package struct Contacts: Sendable {
  /// Milliseconds within which a second answer is no news.
  private static let pause: Int64 = 10_000

  let home: AgentsHome

  package init(_ home: AgentsHome) { self.home = home }

  private func file(_ host: Host) -> HomeFile {
    HomeFile(home, "state/contacts/\(host.name)", limit: 1024)
  }

  package func load(_ host: Host) -> Contact {
    let lines = (try? file(host).lines()) ?? []
    let times = (lines.first ?? "").split(separator: " ").compactMap { Int64($0) }
    guard times.count == 2 else { return Contact() }
    let (answered, failed) = (times[0], times[1])
    return Contact(
      answered: answered > 0 ? Timestamp(milliseconds: answered) : nil,
      failedAt: failed > 0 ? Timestamp(milliseconds: failed) : nil,
      failure: failed > 0 && lines.count > 1 ? SafeText.line(String(lines[1])) : nil)
  }

  func answered(_ host: Host, at now: Timestamp) {
    let before = load(host)
    if before.failedAt == nil, let last = before.answered?.milliseconds,
      (0..<Contacts.pause).contains(now.milliseconds - last)
    {
      return
    }
    try? file(host).write(lines: ["\(now.milliseconds) 0"])
  }

  func failed(_ host: Host, _ words: String, at now: Timestamp) {
    let answered = load(host).answered?.milliseconds ?? 0
    let said = SafeText.line(words, limit: 200)
    try? file(host).write(lines: ["\(answered) \(now.milliseconds)", said])
  }
}

/// A limited number of simultaneous places per host, each a lock in `~/.agents/state`. A place is free
/// again as soon as its process ends, even by a crash.
package struct HostPlaces: Sendable {
  /// Sessions that bring a message, with those that wait.
  package static let deliveries = sessions("deliver", most: 64)
  /// Sessions that ask for the overview.
  package static let overviews = sessions("overview", most: 4)
  /// Sessions that wait for a recipient to become ready: `wait=`.
  static let waits = sessions("wait", most: 32)
  /// Files that are being received.
  static let files = sessions("file", most: 8)
  static let syncs = HostPlaces(most: 4, folder: "sync") { "\($0).\($1)" }

  private static func sessions(_ kind: String, most: Int) -> HostPlaces {
    HostPlaces(most: most, folder: "places") { "\(kind)-\($0)-\($1)" }
  }

  let most: Int
  let folder: String
  let name: @Sendable (Host, Int) -> String

  /// - Returns: nil when the host's places are all taken.
  package func take(_ host: Host, _ home: AgentsHome) throws(SetupError) -> FileLock? {
    let directory = try home.directory("state", folder)
    for number in 0..<most {
      let lock = try SetupError.unless(FileLock.tryAcquire(in: directory, name(host, number)))
      if let lock { return lock }
    }
    return nil
  }
}
