package import Mesh

/// The calling side of a sync: one session with one peer over ssh. `SyncRun` calls it for many
/// peers; `SyncAnswering` is the other side.
package struct SyncCalling: ~Copyable {
  let site: Site
  let identity: Identity

  package init(_ site: Site) throws(SyncError) {
    do { identity = try KeyStore(site.home).identity(site.host) } catch { throw .setup(error) }
    self.site = site
  }

  package func run(with peer: Peer) throws(SyncError) -> SyncReport {
    var report = SyncReport()
    if let said = try Introduction(site).fetch(from: peer) { report.notices.append(said) }
    do {
      let exchange = try SyncExchange(site, try PinStore(site.home).trusted(identity))
      var session = try SSHSession.open(peer.sshAlias, .sync, SSHConfig(site, peer))
      session.end = .now + SyncExchange.patience
      let have = try exchange.digests()
      let asRoot = session.knowsRoots && exchange.hosts.count > SyncRoot.few
      let key = Array((KeyLine(host: site.host, key: identity.key).text + "\n").utf8)
      try session.write(key + said(have, exchange, asRoot))
      try converse(&session, exchange, peer, asRoot ? have : nil, &report)
    } catch { throw SyncError(any: error) }
    return report
  }

  /// What we have of every host that we ask about.
  private func said(_ have: SyncDigests, _ exchange: SyncExchange, _ asRoot: Bool) -> [UInt8] {
    let hosts = exchange.hosts
    let named =
      asRoot
      ? [SyncLine.root(hosts: hosts.count, hash: SyncRoot.hash(have, of: hosts))]
      : hosts.sorted().map { SyncRoot.line(have, of: $0) }
    return (named + [.end]).flatMap(\.bytes)
  }

  /// - Parameter unsaid: our digests, if only the root was sent.
  private func converse(
    _ session: inout SSHSession, _ exchange: SyncExchange, _ peer: Peer,
    _ unsaid: SyncDigests?, _ report: inout SyncReport
  ) throws(SSHFailure) {
    do {
      _ = try KeyLine(try session.nextLine(limit: KeyLine.limit + 1), of: peer.host)
      var line = try exchange.takeSlices(&session.incoming, &report, until: session.end)
      if line == .differs, let unsaid {
        try session.write(said(unsaid, exchange, false))
        line = try exchange.takeSlices(&session.incoming, &report, until: session.end)
      }
      while case .want(let host) = line {
        guard report.given.count < exchange.hosts.count else { throw SyncError.malformed }
        report.given.append(host)
        line = try exchange.next(&session.incoming, until: session.end)
      }
      guard line == .end else { throw SyncError.malformed }
      var bytes: [UInt8] = []
      for host in report.given { bytes += try exchange.bytes(of: host) }
      try session.write(bytes + SyncLine.end.bytes)
      session.closeInput()
      guard case .done = try exchange.next(&session.incoming, until: session.end) else {
        throw SyncError.broken
      }
    } catch { throw .noAnswer(said: "\(SyncError(any: error))") }
  }
}
