internal import CLibrary

/// A file that is being received: under a temporary name, with its space reserved
/// from the start. It is locked while it grows, so that a file whose process was
/// killed can be recognised and removed.
struct PartFile: ~Copyable {
  static let prefix = ".part-"
  /// A part younger than this, in milliseconds, may not be locked yet.
  private static let settled: Int64 = 60_000

  /// Write-back starts for this many bytes at a time; otherwise all writing would wait for the end.
  private static let portion: Int64 = 8 << 20

  private let file: Descriptor
  private let path: String
  private var written: Int64 = 0
  /// Up to where write-back was started.
  private var handed: Int64 = 0

  private init(_ file: consuming Descriptor, _ path: String) {
    self.file = file
    self.path = path
  }

  /// - Parameter size: the final size; fails here if there is not enough space.
  static func create(
    in directory: borrowing Directory, _ name: String, size: Int64
  ) throws(FileError) -> PartFile {
    let path = try directory.at(name)
    let flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
    let file = Descriptor(unsafe openat(directory.handle.raw, name, flags, 0o600))
    guard file.isOpen else { throw FileError(.last, "create", path) }
    let made = PartFile(file, path)
    do throws(FileError) { try made.prepare(size) } catch {
      _ = unsafe unlinkat(directory.handle.raw, name, 0)
      throw error
    }
    return made
  }

  private func prepare(_ size: Int64) throws(FileError) {
    guard flock(file.raw, LOCK_EX | LOCK_NB) == 0, fchmod(file.raw, 0o600) == 0 else {
      throw FileError(.last, "lock", path)
    }
    // If the file system cannot reserve space, a full disk is noticed later.
    guard Platform.reserve(size, for: file.raw) else {
      throw FileError(.noSpace, "make room for", path)
    }
    try FileError.check(ftruncate(file.raw, off_t(size)), "make room for", path)
  }

  /// Appends bytes.
  mutating func write(_ bytes: ArraySlice<UInt8>) throws(FileError) {
    do { try file.writeAll(bytes) } catch { throw FileError(error, "write", path) }
    written += Int64(bytes.count)
    guard written - handed >= Self.portion else { return }
    Platform.startWriting(file.raw, from: handed, count: written - handed)
    handed = written
  }

  /// Writes the file to the disk.
  func synchronise() throws(FileError) { try file.synchronise(path) }

  /// Removes the parts of processes that were killed.
  static func sweep(_ directory: borrowing Directory) throws(FileError) {
    for name in try directory.names(limit: 100_000) where name.hasPrefix(prefix) {
      guard let facts = try directory.facts(of: name), Clock.now - facts.modified > settled,
        let lock = try? FileLock.tryAcquire(in: directory, name)
      else { continue }
      _ = try? directory.remove(name)
      lock.release()
    }
  }
}

extension Directory {
  /// The bytes that we may still write on its file system, and the file system's size.
  borrowing func space() throws(FileError) -> (free: Int64, total: Int64) {
    var facts = statvfs()
    guard unsafe fstatvfs(handle.raw, &facts) == 0 else { throw FileError(.last, "look at", path) }
    let block = UInt64(facts.f_frsize)
    func bytes(_ blocks: UInt64) -> Int64 {
      Int64(clamping: blocks.multipliedReportingOverflow(by: block).partialValue)
    }
    return (bytes(UInt64(facts.f_bavail)), bytes(UInt64(facts.f_blocks)))
  }
}
