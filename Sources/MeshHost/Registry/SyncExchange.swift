package import Mesh

/// The result of one sync session, and what to report about it.
package struct SyncReport: Sendable {
  /// Hosts whose slice we accepted.
  package var taken: [Host] = []
  /// Hosts whose slice the other side asked for and received.
  package var given: [Host] = []
  /// Reported prominently, once: rollback, equivocation, a serial from the future,
  /// a bad signature, new pins.
  package var notices: [String] = []
  /// Keys that were rotated, revoked or doubted; already logged.
  package var keyNews: [String] = []
}

/// What both sides of a sync share: which slices they have, and how they handle offered ones.
/// `SyncPlan` decides what is sent; this type reads and stores it.
struct SyncExchange {
  /// How long a peer may take for a whole session, whatever it sends.
  static let patience = Duration.seconds(20)

  let site: Site
  let trusted: TrustedKeys
  /// The peers, and this host.
  let hosts: Set<Host>

  init(_ site: Site, _ trusted: TrustedKeys) throws(SetupError) {
    self.site = site
    self.trusted = trusted
    hosts = Set(try site.home.peers().map(\.host)).union([site.host])
  }

  func stored(_ host: Host, _ seen: Ratchet? = nil) throws(SetupError) -> StoredSlice? {
    try site.slices.slice(of: host, trusted: trusted, me: site.host, at: site.now, seen: seen)
  }

  func digests() throws(SetupError) -> SyncDigests {
    var digests: SyncDigests = [:]
    let seen = try site.slices.serials()
    for host in hosts {
      let stored = try stored(host, seen)
      let chain = try site.slices.chain(of: host, me: site.host)
      guard stored != nil || !chain.isEmpty else { continue }
      digests[host] = Ratchet.Entry(
        serial: stored?.slice.serial ?? 0,
        hash: SyncDigest.hash(slice: stored?.signed.hash, chain: chain))
    }
    return digests
  }

  /// A chain and a slice as lines and bytes; empty if we have none.
  func bytes(of host: Host) throws(SetupError) -> [UInt8] {
    let chain = try site.slices.chain(of: host, me: site.host).bytes
    let head = chain.isEmpty ? [] : SyncLine.chain(host, length: chain.count).bytes
    guard let signed = try stored(host)?.signed else { return head + chain }
    let line = SyncLine.slice(
      host, length: signed.bytes.count, signature: signed.signature.count)
    return head + chain + line.bytes + signed.bytes + signed.signature
  }

  /// Takes one slice from the other side, or reports why not.
  func take(
    _ signed: SignedSlice, of host: Host, _ trusted: TrustedKeys, _ report: inout SyncReport
  ) throws(SetupError) {
    guard hosts.contains(host), host != site.host else { return }
    let offer = try site.slices.offer(signed, of: host, trusted: trusted, at: site.now)
    if offer == .accepted { report.taken.append(host) }
    if let refusal = offer.refusal { report.notices.append("\(host): \(refusal)") }
  }

  /// Applies a host's chain of keys.
  /// - Returns: the trust that results.
  private func take(
    chain bytes: [UInt8], of host: Host, _ trusted: TrustedKeys, _ report: inout SyncReport
  ) throws(SetupError) -> TrustedKeys {
    guard hosts.contains(host) else { return trusted }
    guard let chain = try? KeyChain(validating: bytes) else {
      report.notices.append("\(host): a malformed or forged chain of keys was offered: refused")
      return trusted
    }
    report.keyNews += try KeyNews(site).take(chain, of: host, trusted)
    // Even if the chain is not new: another process may have applied it since we read the pins.
    return try PinStore(site.home).refreshed(trusted, me: site.host)
  }

  /// Reads `chain` and `slice` lines with their bytes, until another kind of line.
  func takeSlices<Source: ByteSource & ~Copyable>(
    _ incoming: inout Incoming<Source>, _ report: inout SyncReport,
    until end: ContinuousClock.Instant
  ) throws -> SyncLine? {
    var trusted = trusted
    var (seen, chains): (Set<Host>, Set<Host>) = ([], [])
    while let line = try next(&incoming, until: end) {
      switch line {
      // Each host once, and no more hosts than we asked about.
      case .chain(let host, let length):
        guard chains.insert(host).inserted, chains.count <= hosts.count else {
          throw SyncError.malformed
        }
        let bytes = try exactly(length, &incoming, until: end)
        trusted = try take(chain: bytes, of: host, trusted, &report)
      case .slice(let host, let length, let signature):
        guard seen.insert(host).inserted, seen.count <= hosts.count else {
          throw SyncError.malformed
        }
        let bytes = try exactly(length, &incoming, until: end)
        let signed = SignedSlice(
          bytes: bytes, signature: try exactly(signature, &incoming, until: end))
        try take(signed, of: host, trusted, &report)
      default: return line
      }
    }
    return nil
  }

  func next<Source: ByteSource & ~Copyable>(
    _ incoming: inout Incoming<Source>, until end: ContinuousClock.Instant
  ) throws -> SyncLine? {
    guard let bytes = try incoming.line(limit: SyncLine.limit + 1, until: end) else { return nil }
    guard let line = SyncLine(bytes) else { throw SyncError.malformed }
    return line
  }

  private func exactly<Source: ByteSource & ~Copyable>(
    _ count: Int, _ incoming: inout Incoming<Source>, until end: ContinuousClock.Instant
  ) throws -> [UInt8] {
    let bytes = try incoming.exactly(count, until: end)
    guard bytes.count == count else { throw SyncError.broken }
    return bytes
  }
}

/// Why a sync ended early. Slices that were accepted before are kept.
package enum SyncError: Error, Equatable, Sendable {
  case ssh(SSHFailure)
  case broken, malformed
  /// That host already has the maximum number of sessions here.
  case busy
  /// The other side uses another name for itself.
  case calledOtherwise(String)
  case setup(SetupError)

  /// A source that ends or fails has broken off.
  init(any error: any Error) {
    switch error {
    case let error as SyncError: self = error
    case let error as SetupError: self = .setup(error)
    case let error as SSHFailure: self = .ssh(error)
    default: self = .broken
    }
  }
}

extension KeyLine {
  /// The line with which a side introduces itself.
  /// - Parameter host: the name that it must have; `nil`: any.
  init(_ line: [UInt8]?, of host: Host?) throws(SyncError) {
    guard let line, let found = KeyLine(line) else { throw .malformed }
    guard host == nil || found.host == host else { throw .calledOtherwise(found.host.name) }
    self = found
  }
}

extension SyncLine {
  var bytes: [UInt8] { Array((text + "\n").utf8) }
}
