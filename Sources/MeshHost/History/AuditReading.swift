internal import FoundationEssentials
package import Mesh
internal import MeshCrypto

/// A place in the history where something is wrong.
package struct LogComplaint: Sendable, Equatable {
  /// `messages.jsonl`, or an older file.
  package let file: String
  /// From 1; 0: the history as a whole.
  package let line: Int
  package let fault: LogFault
}

/// The history, read: for people, for checks, for proofs.
package struct AuditReading: Sendable {
  /// Bytes of one file; ours are a little above 16 MiB.
  private static let limit = 64 << 20

  let home: AgentsHome

  package init(_ home: AgentsHome) { self.home = home }

  /// What a check found.
  package struct Checked: Sendable {
    package var lines = 0
    /// The hash of the last line, to be noted elsewhere.
    package var head = LogChain.beginning
    package var complaints: [LogComplaint] = []
  }

  /// Goes through all lines, the oldest first.
  /// - Parameter noted: a head that was noted elsewhere.
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

  /// The last lines, the oldest first, as they stand in the files.
  package func last(_ count: Int) throws(SetupError) -> [[UInt8]] {
    var found: [[UInt8]] = []
    guard count > 0 else { return [] }
    try newestFirst { line in
      found.append(Array(line))
      return found.count < count
    }
    return found.reversed()
  }

  /// Every entry about a message, the newest last.
  /// - Parameter id: its id, or the beginning of it.
  package func entries(id: String) throws(SetupError) -> [AuditEntry] {
    let mark = Array("\"id\":\"\(id)".utf8)
    var found: [AuditEntry] = []
    try newestFirst { line in
      if AuditReading.contains(mark, in: line), let entry = AuditReading.entry(line),
        entry.id?.hasPrefix(id) == true
      {
        found.append(entry)
      }
      return true
    }
    return found.reversed()
  }

  /// The newest line about a message that this host sent; nil: none.
  package func sent(_ id: MessageID) throws(SetupError) -> AuditEntry? {
    let mark = Array("\"id\":\"\(id)\"".utf8)
    var found: AuditEntry?
    try newestFirst { line in
      guard AuditReading.contains(mark, in: line), let entry = AuditReading.entry(line),
        entry.event == "sent"
      else { return true }
      found = entry
      return false
    }
    return found
  }

  /// Goes through the lines from the newest on, in pieces from the end: a long history costs nothing for what is new.
  /// - Parameter body: whether to go on.
  package func newestFirst(_ body: (ArraySlice<UInt8>) -> Bool) throws(SetupError) {
    let directory = try home.directory("log")
    do {
      guard try directory.facts(of: AuditLog.name) != nil else { return }
      // While the lock is held, nobody appends and no file gets another name.
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

  /// - Returns: whether to go on.
  private static func backwards(
    _ file: borrowing RecordFile, _ body: (ArraySlice<UInt8>) -> Bool
  ) throws(FileError) -> Bool {
    var end = try file.size()
    // The end of a line whose beginning lies in the piece before. None of ours is longer than a piece.
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

  /// Decoding every line to look at its id would take seconds.
  private static func contains(_ mark: [UInt8], in line: ArraySlice<UInt8>) -> Bool {
    guard let first = mark.first, line.count >= mark.count else { return false }
    var index = line.startIndex
    while index <= line.endIndex - mark.count {
      if line[index] == first, line[index..<(index + mark.count)].elementsEqual(mark) {
        return true
      }
      index += 1
    }
    return false
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
      // While the lock is held, nobody appends and no file gets another name.
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

  /// Begins behind what is there now.
  package init(_ home: AgentsHome) throws(SetupError) {
    self.home = home
    let directory = try home.directory("log")
    if let facts = try? directory.facts(of: AuditLog.name) {
      (inode, offset) = (facts.inode, facts.size)
    }
  }

  /// The lines that have come since, after at most so long.
  package mutating func next(within time: Duration) throws(SetupError) -> [[UInt8]] {
    let directory = try home.directory("log")
    let end = ContinuousClock.now + time
    while true {
      if let facts = try? directory.facts(of: AuditLog.name) {
        // Another file under the name: it is read from its beginning.
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
