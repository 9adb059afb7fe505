package import Mesh
internal import MeshCrypto

/// The called side of a sync: `agent-register-hook sync`. The caller is untrusted, so its lines,
/// its time, its number of sessions and its share of our log are limited; SECURITY.md has the
/// table. `SyncRun` is the other side.
package struct SyncAnswering: ~Copyable {
  let site: Site
  let identity: Identity
  let peer: Host?
  private let place: FileLock?

  /// - Parameter peer: the host that the connection is bound to; `nil` for an
  ///   ordinary login to this account.
  /// - Throws: `.busy` if that host already has the maximum number of sessions.
  package init(_ site: Site, peer: Host?) throws(SyncError) {
    var place: FileLock?
    let identity: Identity
    if let peer {
      do { place = try Self.place(site, for: peer) } catch { throw .setup(error) }
      if place == nil { throw .busy }
    }
    do { identity = try KeyStore(site.home).identity(site.host) } catch { throw .setup(error) }
    self.site = site
    self.peer = peer
    self.place = place
    self.identity = identity
  }

  package func run() throws(SyncError) {
    do { try answer() } catch { throw SyncError(any: error) }
  }

  private func answer() throws {
    let end = ContinuousClock.now + SyncExchange.patience
    var incoming = Incoming(InputSource())
    var report = SyncReport()
    let caller = try KeyLine(try incoming.line(limit: KeyLine.limit + 1, until: end), of: peer)
    if let said = try introduced(caller) { report.notices.append(said) }
    let exchange = try SyncExchange(site, try PinStore(site.home).trusted(identity))
    let ours = try exchange.digests()
    Standard.write(KeyLine(host: site.host, key: identity.key).text + "\n")
    let theirs = try readDigests(&incoming, ours, exchange, until: end)
    Standard.write(try answer(exchange, ours, theirs))
    do {
      guard try exchange.takeSlices(&incoming, &report, until: end) == .end else {
        throw SyncError.broken
      }
    } catch {
      // What was received before the error counts. It says nothing about the caller's key, whose chain may be missing.
      finish(report, caller, isWhole: false)
      throw error
    }
    // Finish first, so that it is true when we report it.
    finish(report, caller, isWhole: true)
    Standard.write(SyncLine.done(report.taken.count).bytes)
    // This is only a record of failures, so failing to change it is not an error of the session.
    _ = try? PeerMemory(site).heard(caller.host)
  }

  /// Pins the caller's key if its host is in our `peers.conf`, has no pin, and the
  /// connection speaks for it: either `serve` bound it to the host, or it is a
  /// login that could edit our files anyway.
  /// - Returns: a sentence to report, if any.
  private func introduced(_ caller: KeyLine) throws(SetupError) -> String? {
    let introduction = Introduction(site)
    return try introduction.isUndecided(caller) ? nil : introduction.introduced(caller)
  }

  /// What the caller has: one line per host, or a root that equals ours.
  private func readDigests<Source: ByteSource & ~Copyable>(
    _ incoming: inout Incoming<Source>, _ ours: SyncDigests, _ exchange: SyncExchange,
    until end: ContinuousClock.Instant
  ) throws -> SyncDigests {
    var digests: SyncDigests = [:]
    var root: SyncLine?
    for _ in 0...Ratchet.mostHosts {
      switch try exchange.next(&incoming, until: end) {
      case .digest(let host, let serial, let hash):
        digests[host] = Ratchet.Entry(serial: serial, hash: hash)
      case .root(let hosts, let hash) where root == nil && digests.isEmpty:
        root = .root(hosts: hosts, hash: hash)
        let mine = SyncRoot.hash(ours, of: exchange.hosts)
        guard try exchange.next(&incoming, until: end) == .end else { throw SyncError.malformed }
        if hash == mine, hosts == exchange.hosts.count { return ours }
        Standard.write(SyncLine.differs.bytes)
      case .end: return digests
      default: throw SyncError.malformed
      }
    }
    throw SyncError.malformed
  }

  private func answer(
    _ exchange: SyncExchange, _ ours: SyncDigests, _ theirs: SyncDigests
  ) throws(SetupError) -> [UInt8] {
    let plan = SyncPlan.compare(ours: ours, theirs: theirs, wanted: exchange.hosts)
    var bytes: [UInt8] = []
    for host in plan.give { bytes += try exchange.bytes(of: host) }
    return bytes + plan.want.flatMap { SyncLine.want($0).bytes } + SyncLine.end.bytes
  }

  private func finish(_ report: SyncReport, _ caller: KeyLine, isWhole: Bool) {
    for notice in report.notices {
      SyncRefusals(site).note("sync", notice, of: caller.host)
      SyncLog.say(notice)
    }
    let news = report.keyNews + (isWhole ? (try? judge(caller)) ?? [] : [])
    for said in news { SyncLog.say(said) }
    guard !report.taken.isEmpty || !news.isEmpty || RegistryFile(site).isBehind,
      let trusted = try? PinStore(site.home).trusted(identity)
    else {
      return
    }
    _ = try? RegistryFile(site).write(trusted, isHeard: false)
  }

  /// After the exchange, because it may have brought the chain that names the caller's key.
  /// - Returns: what was learned of its keys.
  private func judge(_ caller: KeyLine) throws(SetupError) -> [String] {
    let introduction = Introduction(site)
    guard try introduction.isUndecided(caller) else { return [] }
    // Another session may have stored that chain.
    let news = try KeyNews(site).refresh([caller.host], try PinStore(site.home).trusted(identity))
    if try introduction.isUndecided(caller), let said = try introduction.introduced(caller) {
      SyncLog.say(said)
    }
    return news
  }
}

/// Messages about a sync, on stderr.
enum SyncLog {
  static func say(_ text: String) {
    Standard.write("agent-mesh: \(SafeText.line(text, limit: 600))\n", to: .error)
  }
}

/// Refusals in the log. `state/refusals` has a line for each in the last hour:
/// `<ms> <host> <mark of the text>`. For one host, the same text is logged once an hour, and only a
/// few different texts a minute, so that nobody can fill the log.
struct SyncRefusals {
  static let mostPerMinute = 10
  private static let mostLines = 512
  private static let hour: Int64 = 3_600_000

  let site: Site

  init(_ site: Site) { self.site = site }

  /// - Parameter host: the host that caused it.
  func note(_ event: String, _ text: String, of host: Host) {
    let mark = String(Digest.hex(Digest.blake2b256(Array("\(event) \(text)".utf8))).prefix(16))
    guard (try? isNew(host, mark)) != false else { return }
    AuditLog(site.home).note(event, text, at: site.now)
  }

  private func isNew(_ host: Host, _ mark: String) throws(SetupError) -> Bool {
    let now = site.now.milliseconds
    let file = HomeFile(site.home, "state/refusals", limit: 128 << 10)
    let lastHour = (now - Self.hour + 1)..<(now + Self.hour)
    return try file.locked { () throws(SetupError) in
      var lines = try file.lines().map { $0.split(separator: " ") }
        .filter { $0.count == 3 && (Int64($0[0]).map(lastHour.contains) ?? false) }
      let own = lines.filter { $0[1] == host.name[...] }
      let lately = own.count { (Int64($0[0]) ?? 0) > now - 60_000 }
      guard !own.contains(where: { $0[2] == mark[...] }), lately < Self.mostPerMinute else {
        return false
      }
      lines.append(["\(now)", host.name[...], mark[...]])
      try file.write(lines: lines.suffix(Self.mostLines).map { $0.joined(separator: " ") })
      return true
    }
  }
}

extension SyncAnswering {
  private static let mostPerMinute = 120

  /// Limits the sessions of one host, at the same time and per minute. The place is held until the process ends.
  /// - Returns: `nil` if that host has reached a limit.
  private static func place(_ site: Site, for host: Host) throws(SetupError) -> FileLock? {
    let folder = try site.home.directory("state", "sync")
    guard try isWithinRate(folder, host, site.now) else { return nil }
    return try HostPlaces.syncs.take(host, site.home)
  }

  /// `<minute> <count>`.
  private static func isWithinRate(
    _ folder: borrowing Directory, _ host: Host, _ now: Timestamp
  ) throws(SetupError) -> Bool {
    let minute = now.milliseconds / 60_000
    do throws(FileError) {
      let file = try RecordFile.openLocked(in: folder, host.name, until: .now + .seconds(5))
      let words = String(decoding: try file.read(limit: 64), as: UTF8.self).split(separator: " ")
      let isCurrent = words.count == 2 && Int64(words[0]) == minute
      let count = isCurrent ? Int(words[1]) ?? 0 : 0
      guard count < mostPerMinute else { return false }
      try file.replace(Array("\(minute) \(count + 1)".utf8))
      return true
    } catch { throw SetupError(error) }
  }
}
