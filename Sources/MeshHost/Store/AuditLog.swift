internal import FoundationEssentials
public import Mesh
internal import MeshCrypto

/// One decision, as the log keeps it: one JSON object a line, at most 4 KiB. Never a body.
public struct AuditEntry: Sendable, Encodable {
  public var schema = 1
  public var time: String
  /// `received`, `sent`, `pinned`, `distrusted`, …
  public var event: String
  public var id: String?
  public var from: String?
  public var to: String?
  public var outcome: String?
  public var reason: String?
  /// Which access rule decided at which level.
  public var rule: String?
  /// Constant words, made printable.
  public var note: String?
  public var statement: String?
  public var signature: String?
  /// In place of a statement that does not fit into the line.
  public var statementSHA256: String?
  /// BLAKE2b-256, in hex, of the line before without its LF; `-` for the first.
  public var previous = "-"

  public init(_ event: String, at time: Timestamp) {
    self.event = event
    self.time = time.text
  }

  enum CodingKeys: String, CodingKey {
    case schema, time, event, id, from, to, outcome, reason, rule, note, statement, signature
    case statementSHA256 = "statement-sha256"
    case previous
  }

  /// Takes over what a statement says, and the bytes that prove it.
  public mutating func describe(
    _ statement: Statement, _ bytes: [UInt8], _ signature: [UInt8], _ disposition: Disposition
  ) {
    id = statement.id.text
    from = statement.from.text
    to = statement.to.text
    outcome = disposition.outcome.rawValue
    reason = disposition.reason.rawValue
    self.statement = String(decoding: bytes, as: UTF8.self)
    self.signature = String(decoding: signature, as: UTF8.self)
    statementSHA256 = nil
  }

  /// With its LF, at most `AuditLog.lineLimit` bytes.
  func line() -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    func encode(_ entry: AuditEntry) -> [UInt8] {
      (try? encoder.encode(entry)).map { Array($0) + [10] } ?? []
    }
    let line = encode(self)
    guard line.count > AuditLog.lineLimit, let statement else { return line }
    var shorter = self
    shorter.statementSHA256 = Digest.hex(Digest.sha256(Array(statement.utf8)))
    shorter.statement = nil
    shorter.signature = nil
    return encode(shorter)
  }
}

/// `~/.agents/log/messages.jsonl`: every line carries the hash of the one before.
/// The account itself can rewrite all of it; what it cannot do is change one line and keep a head noted elsewhere.
public struct AuditLog: Sendable {
  static let lineLimit = 4096
  static let name = "messages.jsonl"

  let home: AgentsHome

  public init(_ home: AgentsHome) { self.home = home }

  public func append(_ entry: AuditEntry) throws(SetupError) {
    let directory = try home.directory("log")
    do {
      let file = try RecordFile.openLocked(
        in: directory, AuditLog.name, until: .now + .seconds(5))
      var entry = entry
      let last = try AuditLog.last(file)
      entry.previous = last.hash
      // One that was cut short by a full disk stays a line of its own.
      try file.append((last.isWhole ? [] : [10]) + entry.line())
    } catch { throw SetupError(error) }
  }

  private static func last(
    _ file: borrowing RecordFile
  ) throws(FileError) -> (hash: String, isWhole: Bool) {
    let size = try file.size()
    guard size > 0 else { return ("-", true) }
    let from = max(0, size - Int64(lineLimit))
    let tail = try file.read(limit: lineLimit, from: from)
    let isWhole = tail.last == 10
    let lines = (isWhole ? tail.dropLast() : tail[...])
      .split(separator: 10, omittingEmptySubsequences: false)
    guard let last = lines.last else { return ("-", isWhole) }
    return (Digest.hex(Digest.blake2b256(Array(last))), isWhole)
  }
}
