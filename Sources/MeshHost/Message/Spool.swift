internal import Mesh

/// Why a message is not kept.
enum SpoolError: Error, Equatable, Sendable {
  /// Too many wait for this pane, or too many bytes in all.
  case full
  case setup(SetupError)
}

/// Messages that wait for their recipient: `~/.agents/spool/<pane>/`, each in its envelope as it was received, 0600.
/// What is said of one here is a file name; what it is, its signed statement says when it is delivered.
package struct Spool: Sendable {
  /// For one pane.
  static let mostMessages = 200
  /// Bytes in all.
  static let mostBytes: Int64 = 64 << 20
  /// Bytes of one.
  static let mostOfOne = 96 << 10
  private static let mostPanes = 4096
  private static let lock = ".lock"
  /// Where notices of what bounced wait to be sent.
  static let notices = "notices"

  let home: AgentsHome

  package init(_ home: AgentsHome) { self.home = home }

  /// Whether nothing waits, in any pane; makes nothing.
  package var isEmpty: Bool {
    guard let agents = try? home.directory(), let spool = try? agents.subdirectory("spool") else {
      return true
    }
    let names = (try? spool.names(limit: Spool.mostPanes)) ?? []
    return !names.contains { SpoolKey(directory: $0) != nil }
  }

  /// The panes for which something waits, or did.
  func keys() throws(SetupError) -> [SpoolKey] {
    let spool = try home.directory("spool")
    do {
      return try spool.names(limit: Spool.mostPanes).compactMap { SpoolKey(directory: $0) }
    } catch { throw SetupError(error) }
  }

  /// What waits for a pane, the oldest first.
  func items(_ key: SpoolKey) throws(SetupError) -> [SpoolItem] {
    guard let directory = try pane(key) else { return [] }
    do {
      return try directory.names(limit: Spool.mostMessages * 4)
        .compactMap { SpoolItem(file: $0) }
    } catch { throw SetupError(error) }
  }

  /// The envelope; nil: it is gone.
  func read(_ item: SpoolItem, _ key: SpoolKey) throws(SetupError) -> [UInt8]? {
    guard let directory = try pane(key) else { return nil }
    return try AgentsHome.read(item.name, in: directory, limit: Spool.mostOfOne, policy: .secret)
  }

  /// Keeps an envelope; it is on the disk when this returns.
  func add(_ envelope: [UInt8], _ item: SpoolItem, _ key: SpoolKey) throws(SpoolError) {
    guard envelope.count <= Spool.mostOfOne else { throw .full }
    do {
      let spool = try home.directory("spool")
      let size = Int64(envelope.count)
      try locked(spool) { () throws(SpoolError) in
        do throws(FileError) {
          let directory = try spool.subdirectory(key.name, create: true)
          let waiting = try directory.names(limit: Spool.mostMessages * 4)
            .compactMap { SpoolItem(file: $0) }
          guard waiting.count < Spool.mostMessages,
            try Spool.bytes(in: spool) + size <= Spool.mostBytes
          else { throw FileError.exists(path: Spool.lock) }
          try directory.createExclusive(item.name, envelope)
          try spool.synchronise()
        } catch .exists {
          throw .full
        } catch { throw .setup(SetupError(error)) }
      }
    } catch let error as SpoolError {
      throw error
    } catch let error as SetupError {
      throw .setup(error)
    } catch { throw .full }
  }

  func remove(_ item: SpoolItem, _ key: SpoolKey) throws(SetupError) {
    guard let directory = try pane(key) else { return }
    do { try directory.remove(item.name) } catch { throw SetupError(error) }
  }

  /// Removes a pane's directory when nothing is left in it but what a killed process left half written.
  func tidy(_ key: SpoolKey) {
    guard let spool = try? home.directory("spool") else { return }
    _ = try? locked(spool) { () throws(SpoolError) in
      guard let directory = try? spool.subdirectory(key.name),
        let names = try? directory.names(limit: Spool.mostMessages * 4),
        !names.contains(where: { SpoolItem(file: $0) != nil })
      else { return }
      for name in names { _ = try? directory.remove(name) }
      _ = try? spool.removeDirectory(key.name)
    }
  }

  private func pane(_ key: SpoolKey) throws(SetupError) -> Directory? {
    let spool = try home.directory("spool")
    do { return try spool.subdirectory(key.name) } catch .missing { return nil } catch {
      throw SetupError(error)
    }
  }

  private func locked(
    _ spool: borrowing Directory, _ body: () throws(SpoolError) -> Void
  ) throws(SpoolError) {
    let lock: FileLock
    do { lock = try FileLock.acquire(in: spool, Spool.lock, until: .now + .seconds(5)) } catch {
      throw .setup(SetupError(error))
    }
    try body()
    lock.release()
  }

  private static func bytes(in spool: borrowing Directory) throws(FileError) -> Int64 {
    var sum: Int64 = 0
    for name in try spool.names(limit: mostPanes) where SpoolKey(directory: name) != nil {
      let directory = try spool.subdirectory(name)
      for file in try directory.names(limit: mostMessages * 4) {
        sum += try directory.facts(of: file)?.size ?? 0
      }
    }
    return sum
  }
}
