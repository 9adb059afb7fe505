internal import FoundationEssentials
package import Mesh

/// `~/.agent-inbox/<verified sender>/<name>`: where received files are stored.
/// Files have mode 0600 in folders of 0700. They are never replaced, never written
/// through a link, and only visible when complete.
package struct Inbox: Sendable {
  /// The maximum number of files with the same base name.
  private static let mostOfOneName = 10_000
  private static let mostNames = 100_000
  /// What a file counts at least: it costs a block and a line of the index, even if it is empty.
  static let leastOfFile: Int64 = 4096

  let home: AgentsHome

  package init(_ home: AgentsHome) { self.home = home }

  /// The sender's folder, created if it is missing.
  func folder(of sender: Address) throws(SetupError) -> Directory {
    let inbox = try root()
    do { return try inbox.subdirectory(sender.text, create: true) } catch {
      throw Inbox.setup(error)
    }
  }

  func root() throws(SetupError) -> Directory {
    do { return try Directory.open(home.inbox, create: true) } catch { throw Inbox.setup(error) }
  }

  /// Removes the folder of a sender from whom no file was stored.
  func dropEmptyFolder(of sender: Address) { _ = try? root().removeDirectory(sender.text) }

  /// A link or a file in place of a folder is a trap, not a full disk.
  private static func setup(_ error: FileError) -> SetupError {
    guard case .notRegular(let path) = error else { return SetupError(error) }
    return .insecure(path: path, fix: "mv \(path) \(path).old")
  }

  /// Reserves room for a file. Under a lock, because two files may arrive at once.
  /// - Throws: a `Stop` if the quota or the free space does not allow it.
  func part(
    _ name: String, in folder: borrowing Directory, size: Int64, policy: Policy
  ) throws -> PartFile {
    let lock = try FileLock.acquire(
      in: try home.directory("state"), "inbox.lock", until: .now + .seconds(5))
    try PartFile.sweep(folder)
    let room = try folder.space()
    guard room.free - size >= room.total / 10 else {
      throw Stop(.refused, .quota, note: "less than 10 % of the disk would stay free")
    }
    let counted = max(size, Inbox.leastOfFile)
    guard counted <= policy.inboxQuota, try used() <= policy.inboxQuota - counted else {
      throw Stop(.refused, .quota, note: "the inbox holds inbox_quota")
    }
    let part = try PartFile.create(in: folder, name, size: size)
    lock.release()
    return part
  }

  /// Bytes of all files in the inbox, including those that are being received.
  /// - Parameter most: how many names are read in all.
  /// - Returns: `Int64.max` if there are as many.
  func used(most: Int = Inbox.mostNames) throws(SetupError) -> Int64 {
    let root = try root()
    var (sum, left): (Int64, Int) = (0, most)
    do throws(FileError) {
      for sender in try root.names(limit: left) {
        left -= 1
        guard let folder = try? root.subdirectory(sender) else { continue }
        let names = try folder.names(limit: left)
        left -= names.count
        guard left > 0 else { return .max }
        for name in names {
          let size = max(try folder.facts(of: name)?.size ?? 0, Inbox.leastOfFile)
          sum = sum.addingReportingOverflow(size).partialValue
        }
      }
    } catch { throw SetupError(error) }
    return sum
  }

  /// Gives a part its name, or the next free one.
  func link(
    _ part: String, as name: FileName, in folder: borrowing Directory
  ) throws(FileError) -> FileName {
    for number in 1...Inbox.mostOfOneName {
      guard let name = number == 1 ? name : name.numbered(number) else { break }
      do throws(FileError) {
        try folder.linkNoReplace(from: part, to: name.text)
        try folder.synchronise()
        return name
      } catch .exists { continue } catch { throw error }
    }
    throw .exists(path: folder.path)
  }

  /// The name that a part already has, if its process was killed after linking it.
  func name(ofLinked part: String, in folder: borrowing Directory) throws(FileError) -> FileName? {
    guard let old = try folder.facts(of: part) else { return nil }
    for name in try folder.names(limit: Inbox.mostNames) where name != part {
      if try folder.facts(of: name)?.inode == old.inode { return try? FileName(validating: name) }
    }
    return nil
  }

  /// Removes parts whose process was killed, and empty folders.
  package func tidy() throws(SetupError) {
    let root = try root()
    do throws(FileError) {
      for name in try root.names(limit: 100_000) {
        guard let folder = try? root.subdirectory(name) else { continue }
        try PartFile.sweep(folder)
        if try folder.names(limit: 1).isEmpty { try root.removeDirectory(name) }
      }
    } catch { throw SetupError(error) }
  }
}

/// One received file: a line in `~/.agents/state/inbox.jsonl`. Without the
/// caption, which is a body.
package struct InboxEntry: Codable, Equatable, Sendable {
  package var schema = 1
  package var time: String
  package var id: String
  package var from: String
  package var host: String
  /// `SHA256:…` of the key that signed.
  package var key: String
  package var name: String
  package var path: String
  package var bytes: Int64
  /// BLAKE2b-256, in hex.
  package var digest: String
  package var sealed: Bool

  func isOf(_ other: InboxEntry) -> Bool {
    id == other.id && from == other.from && name == other.name
  }
}

/// The list of files that were received into the inbox. Above its limit the newest half is kept.
package struct InboxIndex: Sendable {
  private static let name = "inbox.jsonl"
  /// Bytes: what a full inbox needs. Of a longer list the end is read.
  private static let limit: Int64 = 48 << 20

  let home: AgentsHome

  package init(_ home: AgentsHome) { self.home = home }

  private func locked() throws(SetupError) -> RecordFile {
    let state = try home.directory("state")
    do {
      return try RecordFile.openLocked(in: state, InboxIndex.name, until: .now + .seconds(5))
    } catch { throw SetupError(error) }
  }

  func append(_ entry: InboxEntry) throws(SetupError) {
    let file = try locked()
    do {
      if try file.size() > InboxIndex.limit {
        try file.replace(try InboxIndex.end(of: file, InboxIndex.limit / 2))
      }
      try file.append(InboxIndex.line(entry))
    } catch { throw SetupError(error) }
  }

  /// The received files, the oldest first. Lines that do not parse are left out.
  package func entries() throws(SetupError) -> [InboxEntry] {
    try InboxIndex.entries(in: try locked())
  }

  private static func entries(in file: borrowing RecordFile) throws(SetupError) -> [InboxEntry] {
    let bytes: [UInt8]
    do { bytes = try end(of: file, limit) } catch { throw SetupError(error) }
    let decoder = JSONDecoder()
    return bytes.split(separator: 10).compactMap {
      try? decoder.decode(InboxEntry.self, from: Data($0))
    }
  }

  /// The whole lines within the last `most` bytes.
  private static func end(
    of file: borrowing RecordFile, _ most: Int64
  ) throws(FileError) -> [UInt8] {
    let size = try file.size()
    let start = max(0, size - most)
    let bytes = try file.read(limit: Int(min(most, size)), from: start)
    guard start > 0 else { return bytes }
    return Array(bytes[(bytes.firstIndex(of: 10).map { $0 + 1 } ?? bytes.count)...])
  }

  /// Removes files that were received before `time`, and their lines.
  /// - Returns: what was removed.
  package func prune(before time: Timestamp) throws(SetupError) -> [InboxEntry] {
    let all = try entries()
    let old = all.filter { $0.time < time.text }
    guard !old.isEmpty else { return [] }
    let inbox = Inbox(home)
    // If the user took a file away, a newer one may have its name now.
    let kept = Set(all.filter { $0.time >= time.text }.map(\.path))
    do throws(FileError) {
      for entry in old where !kept.contains(entry.path) {
        guard let sender = try? Address(validating: entry.from),
          let folder = try? inbox.root().subdirectory(sender.text),
          let name = try? FileName(validating: entry.name)
        else { continue }
        try folder.remove(name.text)
      }
    } catch { throw SetupError(error) }
    try forget(Set(old.map(\.id)), before: time)
    try inbox.tidy()
    return old
  }

  /// Keeps entries that were added meanwhile, and newer messages with the same id.
  private func forget(_ ids: Set<String>, before time: Timestamp) throws(SetupError) {
    let file = try locked()
    let kept = try InboxIndex.entries(in: file).filter {
      $0.time >= time.text || !ids.contains($0.id)
    }
    do { try file.replace(kept.flatMap { InboxIndex.line($0) }) } catch { throw SetupError(error) }
  }

  private static func line(_ entry: InboxEntry) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return (try? encoder.encode(entry)).map { Array($0) + [10] } ?? []
  }
}

/// How many bytes of files a host has sent today (UTC). `~/.agents/state/drops/<host>` contains the
/// day and lines `<name> <bytes>`, which are added up. Hosts are counted, not senders, because a
/// host can invent sender names.
struct DropQuota: Sendable {
  private static let limit = 256 << 10

  let home: AgentsHome
  let quota: Int64

  /// Counts a file before it is received, so that files on their way count too.
  /// - Returns: false if the host's quota for today is used up.
  func reserve(_ size: Int64, _ statement: Statement, at now: Timestamp) throws(SetupError) -> Bool
  {
    let size = max(size, Inbox.leastOfFile)
    return try change(statement, now) { used in
      guard size <= quota, used <= quota - size else { return false }
      used += size
      return true
    }
  }

  /// Gives back the bytes of a file that was not stored, if its day is still counted.
  /// - Parameter now: as they were reserved.
  func giveBack(_ size: Int64, _ statement: Statement, at now: Timestamp) throws(SetupError) {
    _ = try change(statement, now) { used in
      guard used > 0 else { return false }
      used = max(0, used - max(size, Inbox.leastOfFile))
      return true
    }
  }

  /// - Parameter body: changes what was used on that day: nothing, if another day is counted.
  private func change(
    _ statement: Statement, _ now: Timestamp, _ body: (inout Int64) -> Bool
  ) throws(SetupError) -> Bool {
    let directory = try home.directory("state", "drops")
    do throws(FileError) {
      let file = try RecordFile.openLocked(
        in: directory, statement.fromHost.name, until: .now + .seconds(5))
      let day = String(now.text.prefix(10))
      var used = DropQuota.parse(try file.read(limit: DropQuota.limit), day: day)
      guard body(&used) else { return false }
      try file.replace(Array("\(day)\n\(statement.fromHost) \(used)\n".utf8))
      return true
    } catch { throw SetupError(error) }
  }

  private static func parse(_ bytes: [UInt8], day: String) -> Int64 {
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    guard lines.first == day[...] else { return 0 }
    return lines.dropFirst().reduce(0) { sum, line in
      let count = line.split(separator: " ").last.flatMap { Int64($0) } ?? 0
      return sum.addingReportingOverflow(max(0, count)).partialValue
    }
  }
}
