package import Mesh
internal import MeshCrypto

/// Reads all panes and writes them to `local.toml` and `registry.toml`, as every hook does. Hooks
/// come in bursts and out of order, so each reads everything, under a lock.
package struct Registration: ~Copyable {
  /// The result of a rescan.
  package struct Report: Sendable {
    package var sessions = 0
    package var windows = 0
    package var agents = 0
    /// Whether the slice has changed, so that peers should be told.
    package var changed = false
    package var collisions: [AddressAssignment.Collision] = []
    /// Addresses that did not fit into the slice.
    package var leftOut: [Address] = []
    /// Entries of peers that their host does not own.
    package var foreign: [(host: Host, address: Address)] = []
  }

  /// A slice is valid for a week, and is issued again after half of that.
  static let life: Int64 = 7 * 24 * 3_600_000

  let site: Site
  let identity: Identity
  let trusted: TrustedKeys

  package init(_ site: Site) throws(SetupError) {
    let identity = try KeyStore(site.home).identity(site.host)
    trusted = try PinStore(site.home).trusted(identity)
    self.site = site
    self.identity = identity
  }

  /// - Throws: if tmux fails, nothing is changed. Only if there is no server, there are no panes.
  package func rescan() throws(RegistrationError) -> Report {
    do { return try scan(try site.home.directory("state"), next: nil) } catch {
      throw RegistrationError(error)
    }
  }

  /// What a hook does. In a burst, one process waits for the lock and rescans for all. Others that
  /// find it waiting can end, because it has not started reading yet.
  /// - Returns: `nil` if another process will do it.
  package static func rescanAfterHook(_ site: Site) throws(RegistrationError) -> Report? {
    do {
      let state = try site.home.directory("state")
      guard let next = try FileLock.tryAcquire(in: state, "registry.next") else { return nil }
      // A client of tmux comes up while the keys are read.
      (try? site.tmux)?.prepare()
      return try Registration(site).scan(state, next: next)
    } catch { throw RegistrationError(error) }
  }

  /// - Parameter next: released when the scan begins.
  private func scan(_ state: borrowing Directory, next: consuming FileLock?) throws -> Report {
    let lock = try FileLock.acquire(in: state, "registry.lock", until: .now + .seconds(20))
    if let next { next.release() }
    try OneMachine(site).claim()
    var panes: PaneDirectory?
    do throws(Tmux.Failure) {
      panes = try PaneDirectory(site, hosts: trusted.hosts, describing: true)
    } catch {
      guard error == .noServer else { throw error }
    }
    let off = try OffList(site.home).names()
    let before = try site.slices.local()?.slice
    let entries = try panes?.entries(off, before: before?.agents ?? []) ?? []
    try panes?.keepState()
    var report = try write(entries, before)
    report.collisions = panes?.collisions ?? []
    lock.release()
    return report
  }

  private func write(_ entries: [AgentEntry], _ before: Slice?) throws(SetupError) -> Report {
    var report = Report()
    report.sessions = Set(entries.map { [$0.server, $0.session] }).count
    report.windows = Set(entries.map { [$0.server, $0.target] }).count
    report.agents = entries.count
    let (slice, leftOut) = try slice(entries, after: before).fitting()
    report.leftOut = leftOut
    let isAged = before.map {
      slice.issued.milliseconds - $0.issued.milliseconds > Registration.life / 2
    }
    if isAged ?? true || before.map({ !$0.says(theSameAs: slice) }) ?? true {
      try site.slices.writeLocal(SignedSlice(slice, by: identity.signing))
      report.changed = true
    }
    report.foreign = try RegistryFile(site).write(trusted).foreign
    return report
  }

  private func slice(_ entries: [AgentEntry], after last: Slice?) throws(SetupError) -> Slice {
    let now = site.now
    return Slice(
      host: site.host, serial: Serial.next(now: now.milliseconds, last: last?.serial), issued: now,
      expires: Timestamp(milliseconds: now.milliseconds + Registration.life),
      signKey: identity.key.openSSH,
      sealKey: String(try KeyStore(site.home).sealPublicKey().text.dropFirst("x25519 ".count)),
      agents: entries)
  }
}

/// Sessions that `agent-register-hook off` took off the mesh, until `on`: a name a line in
/// `~/.agents/state/off`. An LF in a name is stored as a visible character.
package struct OffList {
  private let file: HomeFile

  package init(_ home: AgentsHome) { file = HomeFile(home, "state/off", limit: 64 << 10) }

  func names() throws(SetupError) -> Set<String> { Set(try file.lines().map(String.init)) }

  static func key(_ session: String) -> String { SafeText.line(session) }

  package func set(_ session: String, off: Bool) throws(SetupError) {
    try file.locked { () throws(SetupError) in
      var names = try names()
      if off { names.insert(OffList.key(session)) } else { names.remove(OffList.key(session)) }
      try file.write(lines: names.sorted())
    }
  }
}

/// `state/machine`: `<machine id> <ms>`. If two machines share a home (NFS), each would again and
/// again consider the other's panes gone. The machine that registered first continues; the other
/// reports the conflict.
private struct OneMachine {
  private static let hour: Int64 = 3_600_000

  let site: Site

  init(_ site: Site) { self.site = site }

  func claim() throws(SetupError) {
    guard let bytes = try? UserFile.read("/etc/machine-id", limit: 64),
      case let id = String(decoding: bytes.prefix { $0 != 10 }, as: UTF8.self),
      id.utf8.count == 32, id.utf8.allSatisfy(Slug.isSlugByte)
    else { return }
    let now = site.now.milliseconds
    let file = HomeFile(site.home, "state/machine", limit: 256)
    let words = try file.lines().first?.split(whereSeparator: \.isWhitespace) ?? []
    let age = words.count == 2 ? Int64(words[1]).map { now - $0 } : nil
    if let age, (0..<OneMachine.hour).contains(age) {
      guard words[0] == id else {
        throw .malformed(
          path: site.home.agents + "/state/machine",
          what:
            "another machine uses this home too: each needs a ~/.agents of its own. If this machine was copied or replaced, remove this file"
        )
      }
      // Written often enough to show that this machine is active.
      guard age > OneMachine.hour / 6 else { return }
    }
    try file.write(lines: ["\(id) \(now)"])
  }
}

/// Why a rescan changed nothing.
package enum RegistrationError: Error, Equatable, Sendable {
  case tmux(Tmux.Failure)
  case setup(SetupError)

  init(_ error: any Error) {
    switch error {
    case let error as Tmux.Failure: self = .tmux(error)
    case let error as SetupError: self = .setup(error)
    case let error as FileError: self = .setup(SetupError(error))
    default: self = .tmux(.garbled)
    }
  }
}
