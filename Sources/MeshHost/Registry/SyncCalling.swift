package import Mesh

/// How long a peer may take, whatever it sends.
enum SyncDeadline {
  /// The whole session, starting with its ready line.
  static let session = Duration.seconds(20)
}

/// The calling side of a sync: one session with one peer over ssh. `SyncRun` calls it for many
/// peers; `SyncAnswering` is the other side.
package struct SyncCalling: ~Copyable {
  let site: Site
  let identity: Identity

  package init(_ site: Site) throws(SetupError) {
    let identity = try KeyStore(site.home).identity(site.host)
    self.site = site
    self.identity = identity
  }

  package func run(with peer: Peer) throws(SyncError) -> SyncReport {
    var report = SyncReport()
    if let said = try Introduction(site).fetch(from: peer) { report.notices.append(said) }
    let exchange: SyncExchange
    do { exchange = try SyncExchange(site, try PinStore(site.home).trusted(identity)) } catch {
      throw .setup(error)
    }
    do throws(SSHFailure) {
      var session = try SSHSession.open(peer.sshAlias, .sync, SSHConfig(site, peer))
      session.end = .now + SyncDeadline.session
      let have = try have(exchange)
      let asRoot = session.knowsRoots && exchange.hosts.count > SyncRoot.few
      try session.write(
        lines([KeyLine(host: site.host, key: identity.key).text] + said(have, exchange, asRoot)))
      try converse(&session, exchange, peer, asRoot ? have : nil, &report)
    } catch { throw .ssh(error) }
    return report
  }

  private func have(_ exchange: SyncExchange) throws(SSHFailure) -> SyncDigests {
    do { return try exchange.digests() } catch { throw .setup(error) }
  }

  /// What we have of every host that we ask about.
  private func said(_ have: SyncDigests, _ exchange: SyncExchange, _ asRoot: Bool) -> [String] {
    let hosts = exchange.hosts
    let named =
      asRoot
      ? [SyncLine.root(hosts: hosts.count, hash: SyncRoot.hash(have, of: hosts))]
      : hosts.sorted().map { SyncRoot.line(have, of: $0) }
    return (named + [.end]).map(\.text)
  }

  private func lines(_ lines: [String]) -> [UInt8] {
    Array(lines.map { $0 + "\n" }.joined().utf8)
  }

  /// - Parameter unsaid: our digests, if only the root was sent.
  private func converse(
    _ session: inout SSHSession, _ exchange: SyncExchange, _ peer: Peer,
    _ unsaid: SyncDigests?, _ report: inout SyncReport
  ) throws(SSHFailure) {
    do throws(SyncError) {
      try session.meets(peer)
      var line = try exchange.takeSlices(&session.incoming, &report, until: session.end)
      if line == .differs, let unsaid {
        do { try session.write(lines(said(unsaid, exchange, false))) } catch { throw .ssh(error) }
        line = try exchange.takeSlices(&session.incoming, &report, until: session.end)
      }
      while case .want(let host) = line {
        guard report.given.count < exchange.hosts.count else { throw .malformed }
        report.given.append(host)
        line = try exchange.next(&session.incoming, until: session.end)
      }
      guard line == .end else { throw .malformed }
      var bytes: [UInt8] = []
      do throws(SetupError) {
        for host in report.given { bytes += try exchange.bytes(of: host) }
      } catch { throw .setup(error) }
      bytes += Array((SyncLine.end.text + "\n").utf8)
      do { try session.write(bytes) } catch { throw .ssh(error) }
      session.closeInput()
      guard case .done = try exchange.next(&session.incoming, until: session.end) else {
        throw .broken
      }
    } catch { throw .noAnswer(said: "\(error)") }
  }
}

extension SSHSession {
  /// Reads the other side's first line; its name must be the one that we use for it.
  fileprivate mutating func meets(_ peer: Peer) throws(SyncError) {
    let line: [UInt8]?
    do { line = try nextLine(limit: KeyLine.limit + 1) } catch { throw .broken }
    guard let line, let met = KeyLine(line) else { throw .malformed }
    guard met.host == peer.host else { throw .calledOtherwise(met.host.name) }
  }
}
