internal import FoundationEssentials
package import Mesh

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
}

/// The list of files that were received into the inbox.
package struct InboxIndex: Sendable {
  private static let name = "inbox.jsonl"
  /// The maximum size in bytes; lines beyond it are not read.
  private static let limit = 16 << 20

  let home: AgentsHome

  package init(_ home: AgentsHome) { self.home = home }

  func append(_ entry: InboxEntry) throws(SetupError) {
    do {
      let file = try RecordFile.openLocked(
        in: try home.directory("state"), InboxIndex.name, until: .now + .seconds(5))
      try file.append(InboxIndex.line(entry))
    } catch let error as FileError {
      throw SetupError(error)
    } catch let error as SetupError {
      throw error
    } catch { throw .malformed(path: home.agents + "/state/" + InboxIndex.name, what: "\(error)") }
  }

  /// The received files, the oldest first. Lines that do not parse are left out.
  package func entries() throws(SetupError) -> [InboxEntry] {
    let state = try home.directory("state")
    guard
      let bytes = try AgentsHome.read(InboxIndex.name, in: state, limit: InboxIndex.limit)
    else { return [] }
    let decoder = JSONDecoder()
    return bytes.split(separator: 10).compactMap {
      try? decoder.decode(InboxEntry.self, from: Data($0))
    }
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
    do {
      let file = try RecordFile.openLocked(
        in: try home.directory("state"), InboxIndex.name, until: .now + .seconds(5))
      let kept = try entries().filter { $0.time >= time.text || !ids.contains($0.id) }
      try file.replace(kept.flatMap { InboxIndex.line($0) })
    } catch let error as FileError {
      throw SetupError(error)
    } catch let error as SetupError {
      throw error
    } catch { throw .malformed(path: home.agents + "/state/" + InboxIndex.name, what: "\(error)") }
  }

  private static func line(_ entry: InboxEntry) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return (try? encoder.encode(entry)).map { Array($0) + [10] } ?? []
  }
}

extension Inbox {
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
