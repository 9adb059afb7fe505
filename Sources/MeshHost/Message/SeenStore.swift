package import Mesh

/// The replay store: `~/.agents/seen/<from-host>/<id>`. Protocol section 5.
///
/// An entry is a letter for its state, what the message was, and the framed receipt:
/// `t|q|y|d|r LF`, `kind to digest length expires` as lines, LF, receipt. Progress changes only the letter, so
/// a process killed at any moment leaves a readable state. An unreadable entry counts as `typing`: its message
/// may have been typed, so it is not typed again.
package struct SeenStore: Sendable {
  let home: AgentsHome

  package init(_ home: AgentsHome) { self.home = home }

  /// Opens or creates the entry of one message and waits while another process holds it.
  func entry(_ statement: Statement, until end: ContinuousClock.Instant) throws(SetupError)
    -> SeenEntry
  {
    let directory = try home.directory("seen", statement.fromHost.name)
    do throws(FileError) {
      let file = try RecordFile.openLocked(in: directory, statement.id.text, until: end)
      let bytes = try file.read(limit: SeenEntry.limit)
      let isNew = bytes.isEmpty
      let found = isNew ? nil : SeenEntry.parse(bytes) ?? SeenEntry.damaged(statement)
      let entry = SeenEntry(file: file, home: home, statement: statement, found: found)
      if isNew { try entry.write(.taken, opened: nil) }
      return entry
    } catch { throw SetupError(error) }
  }

  /// The latest expiry among a host's swept messages; nil: none was swept. Setting the clock forward and back
  /// does not let any of them in again.
  func swept(of host: Host) throws(SetupError) -> Timestamp? {
    let directory = try home.directory("state", "swept")
    guard let bytes = try AgentsHome.read(host.name, in: directory, limit: 64) else { return nil }
    return try? Timestamp(validating: String(decoding: bytes, as: UTF8.self))
  }

  /// The time is on disk before the first record is removed.
  private func remember(swept: Timestamp, of host: Host) throws(SetupError) {
    if let before = try self.swept(of: host), before >= swept { return }
    let directory = try home.directory("state", "swept")
    try AgentsHome.write(host.name, Array(swept.text.utf8), in: directory)
  }

  /// The stored receipt of a message from `host`, to answer questions about it; nil: unknown.
  package func receipt(of id: MessageID, from host: Host) throws(SetupError) -> SeenRecord? {
    let directory = try home.directory("seen", host.name)
    return try AgentsHome.read(id.text, in: directory, limit: SeenEntry.limit)
      .flatMap(SeenEntry.parse)
  }

  /// Removes records that expired more than a day ago.
  package func sweep(at now: Timestamp) throws(SetupError) {
    let seen = try home.directory("seen")
    for name in try SetupError.unless(seen.names(limit: 100_000)) {
      guard let host = try? Host(validating: name) else { continue }
      let directory = try SetupError.unless(seen.subdirectory(host.name))
      let old = try SetupError.unless(SeenStore.old(in: directory, at: now))
      guard let last = old.map(\.end).max() else { continue }
      try remember(swept: last, of: host)
      for entry in old { try SetupError.unless(directory.remove(entry.name)) }
    }
  }

  /// An unreadable record is dated by its last write.
  private static func old(
    in directory: borrowing Directory, at now: Timestamp
  ) throws(FileError) -> [(name: String, end: Timestamp)] {
    var old: [(String, Timestamp)] = []
    for name in try directory.names(limit: 1_000_000) {
      guard let bytes = try? directory.read(name, limit: SeenEntry.limit) else { continue }
      let written = try directory.facts(of: name)?.modified ?? 0
      let end = SeenEntry.parse(bytes)?.expires ?? Timestamp(milliseconds: written)
      if now.milliseconds - end.milliseconds > 24 * 3_600_000 { old.append((name, end)) }
    }
    return old
  }
}

/// One open, locked entry.
struct SeenEntry: ~Copyable {
  static let limit = 8192
  /// In place of the letter of `done`: the same id may be sent again.
  private static let retry = "r"

  fileprivate let file: RecordFile
  fileprivate let home: AgentsHome
  fileprivate let statement: Statement
  /// The record found when opening; nil when this process created it.
  let found: SeenRecord?

  fileprivate static func damaged(_ statement: Statement) -> SeenRecord {
    SeenRecord(
      fingerprint: MessageFingerprint(statement), state: .typing, expires: statement.expires,
      receipt: [], mayBeRetried: false)
  }

  /// From here on an interrupted process, even a power cut, leaves `unknown` and never causes a second typing.
  /// Messages from this account itself are not synced to disk: nobody else could send them again.
  /// - Parameter opened: the digest of the plain text.
  func typing(opened: String?) throws(SetupError) {
    do { try write(.typing, opened: opened) } catch { throw SetupError(error) }
    guard statement.fromHost != statement.toHost else { return }
    let directory = try home.directory("seen", statement.fromHost.name)
    do { try file.synchronise(directory) } catch { throw SetupError(error) }
  }

  /// As if the message had never come. The caller still holds the lock.
  func remove() throws(SetupError) {
    let directory = try home.directory("seen", statement.fromHost.name)
    try SetupError.unless(directory.remove(statement.id.text))
  }

  /// - Parameter mayBeRetried: only for `done`.
  func write(
    _ state: SeenRecord.State, mayBeRetried: Bool = false, opened: String?, _ receipt: [UInt8] = []
  ) throws(FileError) {
    var print = MessageFingerprint(statement, opened: opened)
    // Keep what an earlier opening revealed about the sealed text.
    if opened == nil, let known = found?.fingerprint, known.mayBe(print) { print = known }
    let header =
      "\(print.kind.rawValue) \(print.to) \(print.digest) \(print.length) \(statement.expires.text)"
    let letter = mayBeRetried ? SeenEntry.retry : state.rawValue
    try file.replace(Array("\(letter)\n\(header)\n".utf8) + receipt)
  }

  /// - Returns: nil when the bytes have another form.
  static func parse(_ bytes: [UInt8]) -> SeenRecord? {
    guard bytes.count > 2, bytes[1] == 10, let end = bytes[2...].firstIndex(of: 10) else {
      return nil
    }
    let parts = String(decoding: bytes[2..<end], as: UTF8.self).split(separator: " ")
    guard parts.count == 5, let kind = Kind(rawValue: String(parts[0])),
      let to = try? Address(validating: parts[1]), let length = Int(parts[3]),
      let expires = try? Timestamp(validating: String(parts[4]))
    else { return nil }
    let letter = String(UnicodeScalar(bytes[0]))
    let mayBeRetried = letter == retry
    guard let state = mayBeRetried ? .done : SeenRecord.State(rawValue: letter) else { return nil }
    return SeenRecord(
      fingerprint: MessageFingerprint(
        kind: kind, to: to, digest: String(parts[2]), length: length),
      state: state, expires: expires, receipt: Array(bytes[(end + 1)...]),
      mayBeRetried: mayBeRetried)
  }
}

extension SeenRecord {
  package func disposition(at now: Timestamp) -> Disposition {
    switch state {
    case .taken, .typing: Disposition(.unknown)
    // The message expired in the spool; no drain has noticed yet.
    case .queued where expires < now: Disposition(.notReady, .expired)
    case .queued, .done: stored?.disposition ?? Disposition(.unknown)
    }
  }

  /// The outcome of the message with this id. If it is unknown here, the recipient's own record may prove it.
  package func outcome(of id: MessageID, _ site: Site, hosts: Set<Host>) -> Disposition {
    let disposition = disposition(at: site.now)
    guard disposition.outcome == .unknown else { return disposition }
    return Evidence.settle(id, to: fingerprint.to, site, hosts: hosts) ?? disposition
  }

  /// The receipt, which this account signed itself.
  var stored: Receipt? { (try? SignedReceipt(framed: receipt))?.unverified }

  /// The name under which the file was stored earlier, when its line could not be typed.
  var storedName: FileName? {
    stored?.name.flatMap { try? FileName(validating: $0.decoded) }
  }
}
