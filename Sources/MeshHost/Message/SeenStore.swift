package import Mesh

/// The replay store: `~/.agents/seen/<from-host>/<id>`. Protocol section 5.
///
/// An entry is a letter for its state, what the message was, and the framed receipt:
/// `t|q|y|d|r LF`, `kind to digest length expires` as lines, LF, receipt. The letter alone changes as the message goes
/// its way, so that a process killed at any moment leaves a state that can be read.
package struct SeenStore: Sendable {
  let home: AgentsHome

  package init(_ home: AgentsHome) { self.home = home }

  /// Opens or makes the entry of one message and waits for whoever holds it.
  func entry(_ statement: Statement, until end: ContinuousClock.Instant) throws(SetupError)
    -> SeenEntry
  {
    let directory = try home.directory("seen", statement.fromHost.name)
    do {
      return try SeenEntry.open(in: directory, statement, until: end)
    } catch { throw SetupError(error) }
  }

  /// The stored receipt of a message of `host`, for whoever asks about it; nil: none known.
  package func receipt(of id: MessageID, from host: Host) throws(SetupError) -> SeenRecord? {
    let directory = try home.directory("seen", host.name)
    guard
      let bytes = try AgentsHome.read(id.text, in: directory, limit: SeenEntry.limit)
    else { return nil }
    return SeenEntry.parse(bytes)
  }

  /// Removes what expired more than a day ago.
  package func sweep(at now: Timestamp) throws(SetupError) {
    let seen = try home.directory("seen")
    do {
      for name in try seen.names(limit: 100_000) {
        guard let host = try? Host(validating: name) else { continue }
        try SeenStore.sweep(try seen.subdirectory(host.name), at: now)
      }
    } catch { throw SetupError(error) }
  }

  private static func sweep(_ directory: borrowing Directory, at now: Timestamp) throws(FileError) {
    for name in try directory.names(limit: 1_000_000) {
      guard let bytes = try? directory.read(name, limit: SeenEntry.limit) else { continue }
      let end = SeenEntry.parse(bytes)?.expires.milliseconds ?? 0
      if now.milliseconds - end > 24 * 3_600_000 { try directory.remove(name) }
    }
  }
}

/// One open, locked entry.
struct SeenEntry: ~Copyable {
  static let limit = 8192

  private let file: RecordFile
  private let header: [UInt8]
  /// What was there; nil when this process made it.
  let found: SeenRecord?

  private init(_ file: consuming RecordFile, header: [UInt8], found: SeenRecord?) {
    self.file = file
    self.header = header
    self.found = found
  }

  fileprivate static func open(
    in directory: borrowing Directory, _ statement: Statement, until end: ContinuousClock.Instant
  ) throws(FileError) -> SeenEntry {
    let file = try RecordFile.openLocked(in: directory, statement.id.text, until: end)
    let found = SeenEntry.parse(try file.read(limit: SeenEntry.limit))
    let header = SeenEntry.header(statement)
    if found == nil {
      try file.replace(SeenEntry.letter(.taken) + header)
      // Local messages need no proof against replay after a power cut: nobody could replay them.
      if statement.fromHost != statement.toHost { try file.synchronise(directory) }
    }
    return SeenEntry(file, header: header, found: found)
  }

  /// From here on an interrupted process leaves `unknown`, never a second typing.
  func typing() throws(FileError) {
    try file.replace(SeenEntry.letter(.typing) + header)
  }

  /// It waits in the spool.
  func queued(_ receipt: [UInt8]) throws(FileError) {
    try file.replace([UInt8(ascii: "q"), 10] + header + receipt)
  }

  func done(_ receipt: [UInt8], mayBeRetried: Bool) throws(FileError) {
    try file.replace(
      [UInt8(ascii: mayBeRetried ? "r" : "d"), 10] + header + receipt)
  }

  private static func letter(_ state: SeenRecord.State) -> [UInt8] {
    [UInt8(ascii: state == .typing ? "y" : "t"), 10]
  }

  private static func header(_ statement: Statement) -> [UInt8] {
    let print = MessageFingerprint(statement)
    let text =
      "\(print.kind.rawValue) \(print.to) \(print.digest) \(print.length) \(statement.expires.text)\n"
    return Array(text.utf8)
  }

  /// nil: empty, or cut short by a power failure.
  static func parse(_ bytes: [UInt8]) -> SeenRecord? {
    guard bytes.count > 2, bytes[1] == 10, let end = bytes[2...].firstIndex(of: 10) else {
      return nil
    }
    let parts = String(decoding: bytes[2..<end], as: UTF8.self).split(separator: " ")
    guard parts.count == 5, let kind = Kind(rawValue: String(parts[0])),
      let to = try? Address(validating: parts[1]), let length = Int(parts[3]),
      let expires = try? Timestamp(validating: String(parts[4]))
    else { return nil }
    let states: [UInt8: SeenRecord.State] = [
      UInt8(ascii: "t"): .taken, UInt8(ascii: "q"): .queued, UInt8(ascii: "y"): .typing,
      UInt8(ascii: "d"): .done, UInt8(ascii: "r"): .done,
    ]
    guard let state = states[bytes[0]] else { return nil }
    return SeenRecord(
      fingerprint: MessageFingerprint(
        kind: kind, to: to, digest: String(parts[2]), length: length),
      state: state, expires: expires, receipt: Array(bytes[(end + 1)...]),
      mayBeRetried: bytes[0] == UInt8(ascii: "r"))
  }
}
