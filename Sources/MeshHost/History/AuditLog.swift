package import Mesh
internal import MeshCrypto
internal import Synchronization

/// One decision in the log: one JSON object per line, at most 4 KiB. Contains no body, unless
/// `log_bodies` is set and the body fits.
package struct AuditEntry: Sendable, Decodable {
  package var schema = 1
  package var time: String
  /// `received`, `sent`, `pinned`, `distrusted`, …
  package var event: String
  package var id: String?
  package var from: String?
  package var to: String?
  package var outcome: String?
  package var reason: String?
  /// `inbox`: handed over through the agent's own inbox, not typed.
  package var via: String?
  /// The access rule that decided, and its level.
  package var rule: String?
  /// Constant words, made printable.
  package var note: String?
  package var statement: String?
  package var signature: String?
  /// Replaces a statement that does not fit into the line.
  package var statementSHA256: String?
  /// The text as typed, made safe; only with `log_bodies = true`.
  package var body: String?
  /// BLAKE2b-256, in hex, of the previous line without its LF; `-` for the first line.
  package var previous = "-"

  package init(_ event: String, at time: Timestamp) {
    self.event = event
    self.time = time.text
  }

  enum CodingKeys: String, CodingKey {
    case schema, time, event, id, from, to, outcome, reason, via, rule, note, statement, signature,
      body
    case statementSHA256 = "statement-sha256"
    case previous
  }

  /// Copies the fields of a statement, and the bytes that prove it.
  package mutating func describe(_ head: EnvelopeHead, _ disposition: Disposition) {
    let statement = head.statement
    id = statement.id.text
    from = statement.from.text
    to = statement.to.text
    outcome = disposition.outcome.rawValue
    reason = disposition.reason.rawValue
    via = disposition.byInbox ? "inbox" : nil
    self.statement = String(decoding: head.bytes, as: UTF8.self)
    signature = String(decoding: head.signature, as: UTF8.self)
    statementSHA256 = nil
  }

  /// With its LF, at most `AuditLog.lineLimit` bytes.
  func line() -> [UInt8] {
    var shorter = self
    var line = shorter.encoded
    if line.count > AuditLog.lineLimit, body != nil {
      shorter.body = nil
      line = shorter.encoded
    }
    guard line.count > AuditLog.lineLimit, let statement else { return line }
    shorter.statementSHA256 = Digest.hex(Digest.sha256(Array(statement.utf8)))
    shorter.statement = nil
    shorter.signature = nil
    return shorter.encoded
  }

  /// JSON and a line feed, the names in their order. Written here because a message writes two lines, and the general
  /// encoder takes longer for them than the disk.
  private var encoded: [UInt8] {
    let fields: [(name: CodingKeys, text: String?)] = [
      (.body, body), (.event, event), (.from, from), (.id, id), (.note, note), (.outcome, outcome),
      (.previous, previous), (.reason, reason), (.rule, rule), (.schema, nil),
      (.signature, signature), (.statement, statement), (.statementSHA256, statementSHA256),
      (.time, time), (.to, to), (.via, via),
    ]
    var line = Array("{".utf8)
    for (name, text) in fields where name == .schema || text != nil {
      if line.count > 1 { line.append(UInt8(ascii: ",")) }
      AuditEntry.quote(name.rawValue, into: &line)
      line.append(UInt8(ascii: ":"))
      if let text { AuditEntry.quote(text, into: &line) } else { line += "\(schema)".utf8 }
    }
    return line + [UInt8(ascii: "}"), 10]
  }

  private static func quote(_ text: String, into line: inout [UInt8]) {
    line.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): line += [UInt8(ascii: "\\"), byte]
      case 0x08: line += Array("\\b".utf8)
      case 0x09: line += Array("\\t".utf8)
      case 0x0A: line += Array("\\n".utf8)
      case 0x0C: line += Array("\\f".utf8)
      case 0x0D: line += Array("\\r".utf8)
      case 0..<0x20: line += Array("\\u00".utf8) + Array(Digest.hex([byte]).utf8)
      default: line.append(byte)
      }
    }
    line.append(UInt8(ascii: "\""))
  }
}

/// `~/.agents/log/messages.jsonl`: every line contains the hash of the previous
/// one. The account itself can rewrite everything, but not change one line and
/// still match a hash that was noted elsewhere. A file that is full becomes
/// `messages.<n>.jsonl`; the chain continues in the next file.
package struct AuditLog: Sendable {
  static let lineLimit = 4096
  /// When a file reaches this size in bytes, a new file begins.
  private static let fileLimit: Int64 = 16 << 20
  static let name = "messages.jsonl"

  let home: AgentsHome

  package init(_ home: AgentsHome) { self.home = home }

  /// Logs an event about keys or policies, if possible. A log that cannot be
  /// written does not undo the event.
  /// - Parameter limit: the maximum number of characters of the sentence, which is made printable.
  package func note(_ event: String, _ sentence: String, at now: Timestamp, limit: Int = 400) {
    var entry = AuditEntry(event, at: now)
    entry.note = SafeText.line(sentence, limit: limit)
    record(entry)
  }

  /// Why an entry of this process could not be written; nil: all were.
  package static var failure: SetupError? { lastFailure.withLock { $0 } }
  private static let lastFailure = Mutex<SetupError?>(nil)

  /// Appends an entry. A history that cannot be written undoes nothing that happened: `failure` remembers why,
  /// for the command to say.
  func record(_ entry: AuditEntry) {
    do { try append(entry) } catch { Self.lastFailure.withLock { $0 = error } }
  }

  /// Opens the file that the next entry goes to, and makes another one beside it, as the next full file needs.
  func check() throws(SetupError) {
    let directory = try home.directory("log")
    do {
      if try directory.facts(of: AuditLog.name) != nil {
        try RecordFile.openLocked(in: directory, AuditLog.name, until: .now + .seconds(5)).release()
      }
      try directory.writeAtomically("doctor", Array("written by agent-mesh doctor\n".utf8))
      try directory.remove("doctor")
    } catch { throw SetupError(error) }
  }

  package func append(_ entry: AuditEntry) throws(SetupError) {
    let directory = try home.directory("log")
    do {
      let file = try RecordFile.openLocked(
        in: directory, AuditLog.name, until: .now + .seconds(5))
      let tail = try AuditLog.tail(file)
      var entry = entry
      entry.previous = tail.hash
      // A line that a dying process left without its LF stays; `--check` reports it.
      let line = (tail.isCut ? [10] : []) + entry.line()
      guard try file.size() >= AuditLog.fileLimit else { return try file.append(line) }
      // The name always exists. A process that waits for the lock notices that the name means
      // another file, and opens that.
      try directory.linkNoReplace(
        from: AuditLog.name, to: AuditLog.next(after: try directory.logNames()))
      try directory.writeAtomically(AuditLog.name, line)
    } catch { throw SetupError(error) }
  }

  private static func tail(
    _ file: borrowing RecordFile
  ) throws(FileError) -> (hash: String, isCut: Bool) {
    let size = try file.size()
    guard size > 0 else { return (LogChain.beginning, false) }
    let bytes = try file.read(limit: lineLimit, from: max(0, size - Int64(lineLimit)))
    let isCut = bytes.last != 10
    let lines = (isCut ? bytes[...] : bytes.dropLast())
      .split(separator: 10, omittingEmptySubsequences: false)
    return (lines.last.map { LogChain.hash($0) } ?? LogChain.beginning, isCut)
  }

  static func number(_ name: String) -> Int? {
    guard name.hasPrefix("messages."), name.hasSuffix(".jsonl"), name != AuditLog.name else {
      return nil
    }
    return Int(name.dropFirst("messages.".count).dropLast(".jsonl".count)).flatMap {
      (1...999_999).contains($0) ? $0 : nil
    }
  }

  private static func next(after names: [String]) -> String {
    "messages.\((names.compactMap(number).max() ?? 0) + 1).jsonl"
  }
}

extension Directory {
  /// The files of the history, the oldest first.
  borrowing func logNames() throws(FileError) -> [String] {
    let old = try names(limit: 100_000).compactMap { name in
      AuditLog.number(name).map { (number: $0, name: name) }
    }
    return old.sorted { $0.number < $1.number }.map(\.name) + [AuditLog.name]
  }
}
