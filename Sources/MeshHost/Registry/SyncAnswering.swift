public import Mesh

/// The called side of a sync: `agent-register-hook sync`.
public struct SyncAnswering: ~Copyable {
  let site: Site
  let identity: Identity
  let peer: Host?

  /// - Parameter peer: the host that the connection is bound to; nil: an ordinary login of this account.
  public init(_ site: Site, peer: Host?) throws(SetupError) {
    let identity = try KeyStore(site.home).identity(site.host)
    self.site = site
    self.identity = identity
    self.peer = peer
  }

  public func run() throws(SyncError) {
    let end = ContinuousClock.now + SyncDeadline.session
    var incoming = Incoming(InputSource())
    var report = SyncReport()
    try introduce(&incoming, &report, until: end)
    let exchange: SyncExchange
    let theirs = try readDigests(&incoming, until: end)
    let answer: (bytes: [UInt8], wants: [Host])
    do {
      exchange = try SyncExchange(site, try PinStore(site.home).trusted(identity))
      answer = try self.answer(exchange, theirs)
    } catch { throw .setup(error) }
    Standard.write(answer.bytes)
    if try exchange.takeSlices(&incoming, &report, until: end) != .end { throw .broken }
    Standard.write(SyncLine.done(report.taken.count).text + "\n")
    finish(report)
  }

  /// The caller's key is pinned if its host stands in our `peers.conf`, has no pin, and the connection speaks for it:
  /// bound to it by `serve`, or a login that could edit our files anyway.
  private func introduce<Source: ByteSource & ~Copyable>(
    _ incoming: inout Incoming<Source>, _ report: inout SyncReport,
    until end: ContinuousClock.Instant
  ) throws(SyncError) {
    let line: [UInt8]?
    do { line = try incoming.line(limit: KeyLine.limit + 1, until: end) } catch { throw .broken }
    guard let line, let caller = KeyLine(line) else { throw .malformed }
    guard peer == nil || peer == caller.host else {
      throw .calledOtherwise(caller.host.name)
    }
    do {
      if let said = try Introduction(site).introduced(caller) { report.notices.append(said) }
    } catch { throw .setup(error) }
  }

  private func readDigests<Source: ByteSource & ~Copyable>(
    _ incoming: inout Incoming<Source>, until end: ContinuousClock.Instant
  ) throws(SyncError) -> SyncDigests {
    var digests: SyncDigests = [:]
    while digests.count <= Ratchet.mostHosts {
      let bytes: [UInt8]?
      do { bytes = try incoming.line(limit: SyncLine.limit + 1, until: end) } catch {
        throw .broken
      }
      switch bytes.flatMap(SyncLine.init) {
      case .digest(let host, let serial, let hash):
        digests[host] = Ratchet.Entry(serial: serial, hash: hash)
      case .end: return digests
      default: throw .malformed
      }
    }
    throw .malformed
  }

  private func answer(
    _ exchange: SyncExchange, _ theirs: SyncDigests
  ) throws(SetupError) -> (bytes: [UInt8], wants: [Host]) {
    let plan = SyncPlan.compare(
      ours: try exchange.digests(), theirs: theirs, wanted: exchange.hosts)
    var bytes = Array((KeyLine(host: site.host, key: identity.key).text + "\n").utf8)
    for host in plan.give { bytes += try exchange.bytes(of: host) }
    for host in plan.want { bytes += Array((SyncLine.want(host).text + "\n").utf8) }
    bytes += Array((SyncLine.end.text + "\n").utf8)
    return (bytes, plan.want)
  }

  private func finish(_ report: SyncReport) {
    for notice in report.notices { SyncLog(site).note(notice) }
    for said in report.keyNews { SyncLog.say(said) }
    guard !(report.taken.isEmpty && report.keyNews.isEmpty),
      let trusted = try? PinStore(site.home).trusted(identity)
    else {
      return
    }
    _ = try? RegistryFile(site).write(trusted, isHeard: false)
  }
}

/// What a sync has to say goes to the log too.
struct SyncLog {
  let site: Site
  init(_ site: Site) { self.site = site }

  func note(_ text: String) {
    var entry = AuditEntry("sync", at: site.now)
    entry.note = SafeText.line(text)
    _ = try? AuditLog(site.home).append(entry)
    SyncLog.say(text)
  }

  static func say(_ text: String) {
    Standard.write("agent-mesh: \(SafeText.line(text, limit: 600))\n", to: .error)
  }
}
