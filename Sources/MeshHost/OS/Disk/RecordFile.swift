internal import CLibrary

/// A small file that is read and rewritten in place under its lock. The log, the replay store and
/// counters are such files.
struct RecordFile: ~Copyable {
  private let file: Descriptor
  private let path: String

  /// Creates the file if it is missing, and waits for its lock.
  static func openLocked(
    in directory: borrowing Directory, _ name: String, until end: ContinuousClock.Instant
  ) throws(FileError) -> RecordFile {
    let path = try directory.at(name)
    while true {
      let locked = try FileLock.acquire(in: directory, name, until: end)
      let file = locked.take()
      let facts = try wrap("stat", path) { () throws(Errno) in try FileStatus.of(file.raw) }
      // The file may have been removed between opening and locking; then open again.
      if try directory.facts(of: name)?.inode == facts.inode {
        return RecordFile(file: file, path: path)
      }
    }
  }

  /// At most `limit` bytes, starting at `offset`.
  func read(limit: Int, from offset: Int64 = 0) throws(FileError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: limit)
    let count = unsafe bytes.withUnsafeMutableBytes {
      unsafe pread(file.raw, $0.baseAddress, limit, off_t(offset))
    }
    guard count >= 0 else { throw FileError(.last, "read", path) }
    return Array(bytes.prefix(count))
  }

  func size() throws(FileError) -> Int64 {
    try wrap("stat", path) { () throws(Errno) in try FileStatus.of(file.raw) }.size
  }

  /// Appends with one write.
  func append(_ bytes: [UInt8]) throws(FileError) {
    try write(bytes, at: try size())
  }

  /// Replaces the content with one write. A longer old content is cut first, so that its end never
  /// follows the new content.
  func replace(_ bytes: [UInt8]) throws(FileError) {
    if try size() > Int64(bytes.count), ftruncate(file.raw, off_t(bytes.count)) != 0 {
      throw FileError(.last, "shorten", path)
    }
    try write(bytes, at: 0)
  }

  private func write(_ bytes: [UInt8], at offset: Int64) throws(FileError) {
    let count = unsafe bytes.withUnsafeBytes {
      unsafe pwrite(file.raw, $0.baseAddress, $0.count, off_t(offset))
    }
    guard count >= 0 else { throw FileError(.last, "write", path) }
    guard count == bytes.count else { throw FileError(.noSpace, "write", path) }
  }

  consuming func release() {}

  /// Writes file and directory to the disk.
  func synchronise(_ directory: borrowing Directory) throws(FileError) {
    guard fsync(file.raw) == 0 else { throw FileError(.last, "sync", path) }
    try directory.synchronise()
  }
}
