package import Mesh

/// The called side of a sync: `agent-register-hook sync`. The caller is untrusted, so its lines,
/// its time and its number of sessions are limited. `SyncCalling` is the other side.
package struct SyncAnswering: ~Copyable {
  let site: Site
  let identity: Identity
  let peer: Host?
  private let place: SyncPlace?

  /// - Parameter peer: the host that the connection is bound to; `nil` for an
  ///   ordinary login to this account.
  /// - Throws: `.busy` if that host already has the maximum number of sessions.
  package init(_ site: Site, peer: Host?) throws(SyncError) {
    let place = try SyncAnswering.place(site, peer)
    let identity: Identity
    do { identity = try KeyStore(site.home).identity(site.host) } catch { throw .setup(error) }
    self.site = site
    self.peer = peer
    self.place = place
    self.identity = identity
  }

  private static func place(_ site: Site, _ peer: Host?) throws(SyncError) -> SyncPlace? {
    guard let peer else { return nil }
    let place: SyncPlace?
    do { place = try SyncPlace(site, for: peer) } catch { throw .setup(error) }
    guard let place else { throw .busy }
    return place
  }

  package func run() throws(SyncError) {
    let end = ContinuousClock.now + SyncDeadline.session
    var incoming = Incoming(InputSource())
    var report = SyncReport()
    let caller = try introduce(&incoming, &report, until: end)
    let exchange: SyncExchange
    let ours: SyncDigests
    do {
      exchange = try SyncExchange(site, try PinStore(site.home).trusted(identity))
      ours = try exchange.digests()
    } catch { throw .setup(error) }
    Standard.write(KeyLine(host: site.host, key: identity.key).text + "\n")
    let theirs = try readDigests(&incoming, ours, exchange, until: end)
    do { Standard.write(try answer(exchange, ours, theirs)) } catch { throw .setup(error) }
    do throws(SyncError) {
      if try exchange.takeSlices(&incoming, &report, until: end) != .end { throw .broken }
    } catch {
      // What was received before the error counts.
      finish(report, caller)
      throw error
    }
    // Finish first, so that it is true when we report it.
    finish(report, caller)
    Standard.write(SyncLine.done(report.taken.count).text + "\n")
    // This is only a record of failures, so failing to change it is not an error of the session.
    _ = try? PeerMemory(site).heard(caller.host)
  }

  /// Pins the caller's key if its host is in our `peers.conf`, has no pin, and the
  /// connection speaks for it: either `serve` bound it to the host, or it is a
  /// login that could edit our files anyway.
  private func introduce<Source: ByteSource & ~Copyable>(
    _ incoming: inout Incoming<Source>, _ report: inout SyncReport,
    until end: ContinuousClock.Instant
  ) throws(SyncError) -> KeyLine {
    let line: [UInt8]?
    do { line = try incoming.line(limit: KeyLine.limit + 1, until: end) } catch { throw .broken }
    guard let line, let caller = KeyLine(line) else { throw .malformed }
    guard peer == nil || peer == caller.host else {
      throw .calledOtherwise(caller.host.name)
    }
    do {
      let introduction = Introduction(site)
      if try !introduction.isUndecided(caller), let said = try introduction.introduced(caller) {
        report.notices.append(said)
      }
    } catch { throw .setup(error) }
    return caller
  }

  /// What the caller has: one line per host, or a root that equals ours.
  private func readDigests<Source: ByteSource & ~Copyable>(
    _ incoming: inout Incoming<Source>, _ ours: SyncDigests, _ exchange: SyncExchange,
    until end: ContinuousClock.Instant
  ) throws(SyncError) -> SyncDigests {
    var digests: SyncDigests = [:]
    var root: SyncLine?
    for _ in 0...Ratchet.mostHosts {
      switch try exchange.next(&incoming, until: end) {
      case .digest(let host, let serial, let hash):
        digests[host] = Ratchet.Entry(serial: serial, hash: hash)
      case .root(let hosts, let hash) where root == nil && digests.isEmpty:
        root = .root(hosts: hosts, hash: hash)
        let mine = SyncRoot.hash(ours, of: exchange.hosts)
        guard try exchange.next(&incoming, until: end) == .end else { throw .malformed }
        if hash == mine, hosts == exchange.hosts.count { return ours }
        Standard.write(SyncLine.differs.text + "\n")
      case .end: return digests
      default: throw .malformed
      }
    }
    throw .malformed
  }

  private func answer(
    _ exchange: SyncExchange, _ ours: SyncDigests, _ theirs: SyncDigests
  ) throws(SetupError) -> [UInt8] {
    let plan = SyncPlan.compare(ours: ours, theirs: theirs, wanted: exchange.hosts)
    var bytes: [UInt8] = []
    for host in plan.give { bytes += try exchange.bytes(of: host) }
    for host in plan.want { bytes += Array((SyncLine.want(host).text + "\n").utf8) }
    return bytes + Array((SyncLine.end.text + "\n").utf8)
  }

  private func finish(_ report: SyncReport, _ caller: KeyLine) {
    for notice in report.notices {
      SyncRefusals(site).note("sync", notice, of: caller.host)
      SyncLog.say(notice)
    }
    // Only now, because the chain may have brought the key with which the caller introduced itself.
    if (try? Introduction(site).isUndecided(caller)) == true,
      let said = try? Introduction(site).introduced(caller)
    {
      SyncLog.say(said)
    }
    for said in report.keyNews { SyncLog.say(said) }
    guard !report.taken.isEmpty || !report.keyNews.isEmpty || RegistryFile(site).isBehind,
      let trusted = try? PinStore(site.home).trusted(identity)
    else {
      return
    }
    _ = try? RegistryFile(site).write(trusted, isHeard: false)
  }
}

/// Messages about a sync, on stderr.
enum SyncLog {
  static func say(_ text: String) {
    Standard.write("agent-mesh: \(SafeText.line(text, limit: 600))\n", to: .error)
  }
}
