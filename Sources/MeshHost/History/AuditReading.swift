internal import FoundationEssentials
package import Mesh
internal import MeshCrypto

/// Where the history has a fault.
package struct LogComplaint: Sendable, Equatable {
  /// `messages.jsonl`, or an older file.
  package let file: String
  /// From 1; 0: the history as a whole.
  package let line: Int
  package let fault: LogFault
}

/// Reads the history: to show it, to check it, to prove a message.
package struct AuditReading: Sendable {
  /// The maximum size of one file in bytes; ours are slightly above 16 MiB.
  private static let limit = 64 << 20

  let home: AgentsHome

  package init(_ home: AgentsHome) { self.home = home }

  /// The result of a check.
  package struct Checked: Sendable {
    package var lines = 0
    /// The hash of the last line, which the user can note elsewhere.
    package var head = LogChain.beginning
    package var complaints: [LogComplaint] = []
  }

  /// Checks all lines, the oldest first.
  /// - Parameter noted: a hash that was noted elsewhere.
  package func check(noted: String? = nil) throws(SetupError) -> Checked {
    var chain = LogChain(noted: noted)
    var checked = Checked()
    try eachFile { name, bytes in
      if let last = bytes.last, last != 10 {
        let number = bytes.split(separator: 10, omittingEmptySubsequences: false).count
        checked.complaints.append(LogComplaint(file: name, line: number, fault: .cut))
      }
      for (index, line) in AuditReading.lines(bytes).enumerated() {
        let entry = AuditReading.entry(line)
        if let fault = chain.take(line, previous: entry?.previous) {
          checked.complaints.append(LogComplaint(file: name, line: index + 1, fault: fault))
        }
      }
    }
    if let fault = chain.fault {
      checked.complaints.append(LogComplaint(file: AuditLog.name, line: 0, fault: fault))
    }
    (checked.lines, checked.head) = (chain.count, chain.head)
    return checked
  }

  /// The last lines, the oldest first, exactly as in the files.
  package func last(_ count: Int) throws(SetupError) -> [[UInt8]] {
    try collect(count) { .found(Array($0)) }
  }

  /// Every entry about a message, the newest last. Lines without the id are not decoded: in a long
  /// history that would take seconds.
  /// - Parameter id: its id, or the beginning of it.
  package func entries(id: String) throws(SetupError) -> [AuditEntry] {
    let mark = Array("\"id\":\"\(id)".utf8)
    return try collect(.max) { line in
      guard line.position(of: mark) != nil, let entry = AuditReading.entry(line),
        entry.id?.hasPrefix(id) == true
      else { return .other }
      return .found(entry)
    }
  }

  /// The newest line about a message that this host sent; `nil` if none.
  package func sent(_ id: MessageID) throws(SetupError) -> AuditEntry? {
    let mark = Array("\"id\":\"\(id)\"".utf8)
    return try collect(1) { line -> Hit<AuditEntry> in
      guard line.position(of: mark) != nil, let entry = AuditReading.entry(line),
        entry.event == "sent"
      else { return .other }
      return .found(entry)
    }.first
  }

  /// What a line is to a search.
  enum Hit<Found> {
    case found(Found)
    case other
    /// No older line is wanted.
    case end
  }

  /// Searches the lines, the newest first.
  /// - Returns: the first `most` that were found, the oldest first.
  func collect<Found>(
    _ most: Int, _ look: (ArraySlice<UInt8>) -> Hit<Found>
  ) throws(SetupError) -> [Found] {
    var all: [Found] = []
    guard most > 0 else { return [] }
    try newestFirst { line in
      switch look(line) {
      case .found(let one): all.append(one)
      case .other: break
      case .end: return false
      }
      return all.count < most
    }
    return all.reversed()
  }

  /// Visits the lines, the newest first. It reads pieces from the end, so that recent lines are
  /// cheap in a long history.
  /// - Parameter body: returns whether to continue.
  package func newestFirst(_ body: (ArraySlice<UInt8>) -> Bool) throws(SetupError) {
    let directory = try home.directory("log")
    do {
      guard try directory.facts(of: AuditLog.name) != nil else { return }
      // While we hold the lock, nobody appends and no file is renamed.
      let newest = try RecordFile.openLocked(
        in: directory, AuditLog.name, until: .now + .seconds(10))
      let older = try directory.logNames().dropLast().reversed()
      var goesOn = try AuditReading.backwards(newest, body)
      newest.release()
      for name in older where goesOn {
        let file = try RecordFile.openLocked(in: directory, name, until: .now + .seconds(10))
        goesOn = try AuditReading.backwards(file, body)
      }
    } catch { throw SetupError(error) }
  }

  /// - Returns: whether to continue.
  private static func backwards(
    _ file: borrowing RecordFile, _ body: (ArraySlice<UInt8>) -> Bool
  ) throws(FileError) -> Bool {
    var end = try file.size()
    // The end of a line that begins in the piece before. None of our lines is longer than a piece.
    var rest: [UInt8] = []
    while end > 0 {
      let from = max(0, end - piece)
      let bytes = try file.read(limit: Int(end - from), from: from) + rest
      var lines = bytes.split(separator: 10, omittingEmptySubsequences: true)
      rest = []
      if from > 0, !lines.isEmpty, bytes.first != 10 {
        rest = Array(lines.removeFirst().prefix(Int(piece)))
      }
      for line in lines.reversed() where !body(line) { return false }
      end = from
    }
    return true
  }

  private static let piece: Int64 = 256 << 10

  package static func entry(_ line: some Sequence<UInt8>) -> AuditEntry? {
    try? JSONDecoder().decode(AuditEntry.self, from: Data(line))
  }

  private static func lines(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
    var lines = bytes.split(separator: 10, omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    return lines
  }

  private func eachFile(_ body: (String, [UInt8]) -> Void) throws(SetupError) {
    let directory = try home.directory("log")
    do {
      guard try directory.facts(of: AuditLog.name) != nil else { return }
      // While we hold the lock, nobody appends and no file is renamed.
      let lock = try RecordFile.openLocked(
        in: directory, AuditLog.name, until: .now + .seconds(10))
      for name in try directory.logNames() {
        body(name, try directory.read(name, limit: Self.limit))
      }
      lock.release()
    } catch { throw SetupError(error) }
  }
}

/// Follows the history as it grows.
package struct AuditFollowing: Sendable {
  private let home: AgentsHome
  private var inode: UInt64 = 0
  private var offset: Int64 = 0
  private var rest: [UInt8] = []

  /// Starts at the present end.
  package init(_ home: AgentsHome) throws(SetupError) {
    self.home = home
    let directory = try home.directory("log")
    if let facts = try? directory.facts(of: AuditLog.name) {
      (inode, offset) = (facts.inode, facts.size)
    }
  }

  /// The new lines since the last call; waits at most `time`.
  package mutating func next(within time: Duration) throws(SetupError) -> [[UInt8]] {
    let directory = try home.directory("log")
    let end = ContinuousClock.now + time
    while true {
      if let facts = try? directory.facts(of: AuditLog.name) {
        // The name means another file now: read that from its beginning.
        if facts.inode != inode { (inode, offset, rest) = (facts.inode, 0, []) }
        if facts.size > offset { return try take(directory, facts.size) }
      }
      guard ContinuousClock.now < end else { return [] }
      Waiting.pause(.milliseconds(200))
    }
  }

  private mutating func take(
    _ directory: borrowing Directory, _ size: Int64
  ) throws(SetupError) -> [[UInt8]] {
    do {
      let file = try RecordFile.openLocked(
        in: directory, AuditLog.name, until: .now + .seconds(5))
      let most = Int(min(size - offset, 1 << 20))
      rest += try file.read(limit: most, from: offset)
      offset += Int64(most)
    } catch { throw SetupError(error) }
    var lines = rest.split(separator: 10, omittingEmptySubsequences: false).map { Array($0) }
    rest = lines.popLast() ?? []
    return lines
  }
}
