internal import Mesh

/// `~/.agent-inbox/<verified sender>/<name>`: where files from others land. 0600 in 0700, never replaced, never
/// through a link, whole or not there.
package struct Inbox: Sendable {
  /// Why there is no room for a file.
  enum Full: Error, Equatable {
    case quota, disk
    case file(FileError)
    case setup(SetupError)
  }

  /// Files with the same name beside each other.
  private static let mostOfOneName = 10_000
  private static let mostNames = 100_000

  let home: AgentsHome

  package init(_ home: AgentsHome) { self.home = home }

  /// The sender's folder, made when it is missing.
  func folder(of sender: Address) throws(SetupError) -> Directory {
    let inbox = try root()
    do { return try inbox.subdirectory(sender.text, create: true) } catch {
      throw Inbox.setup(error)
    }
  }

  func root() throws(SetupError) -> Directory {
    do { return try Directory.open(home.inbox, create: true) } catch { throw Inbox.setup(error) }
  }

  /// A sender of whom nothing landed leaves nothing behind.
  func dropEmptyFolder(of sender: Address) { _ = try? root().removeDirectory(sender.text) }

  /// A link or a file where a folder is wanted is somebody's trap, and not a full disk.
  private static func setup(_ error: FileError) -> SetupError {
    guard case .notRegular(let path) = error else { return SetupError(error) }
    return .insecure(path: path, mend: "mv \(path) \(path).old")
  }

  /// Takes room for a file, if what lies there and what is free allow it. Under a lock: two may come at once.
  func part(
    _ name: String, in folder: borrowing Directory, size: Int64, policy: Policy
  ) throws(Full) -> PartFile {
    do {
      let lock = try FileLock.acquire(
        in: try home.directory("state"), "inbox.lock", until: .now + .seconds(5))
      try PartFile.sweep(folder)
      let room = try folder.space()
      guard room.free - size >= room.total / 10 else { throw Full.disk }
      guard size <= policy.inboxQuota, try used() <= policy.inboxQuota - size else {
        throw Full.quota
      }
      let part = try PartFile.create(in: folder, name, size: size)
      lock.release()
      return part
    } catch let error as Full {
      throw error
    } catch let error as SetupError {
      throw .setup(error)
    } catch let error as FileError {
      throw .file(error)
    } catch { throw .disk }
  }

  /// Bytes of all files in the inbox, those too that are on their way.
  func used() throws(SetupError) -> Int64 {
    let root = try root()
    var sum: Int64 = 0
    do throws(FileError) {
      for sender in try root.names(limit: Inbox.mostNames) {
        guard let folder = try? root.subdirectory(sender) else { continue }
        for name in try folder.names(limit: Inbox.mostNames) {
          let size = try folder.facts(of: name)?.size ?? 0
          sum = sum.addingReportingOverflow(size).partialValue
        }
      }
    } catch { throw SetupError(error) }
    return sum
  }

  /// Gives a part its name, or the next that is free.
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

  /// The name that a part has already: its process was killed behind the link.
  func name(ofLinked part: String, in folder: borrowing Directory) throws(FileError) -> FileName? {
    guard let old = try folder.facts(of: part) else { return nil }
    for name in try folder.names(limit: Inbox.mostNames) where name != part {
      if try folder.facts(of: name)?.inode == old.inode { return try? FileName(validating: name) }
    }
    return nil
  }
}
