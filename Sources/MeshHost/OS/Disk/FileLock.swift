internal import Synchronization
internal import CLibrary

/// An exclusive `flock` on a file of ours. It is released when it goes out of scope or the process
/// ends. The file stays: if it were removed, two processes could hold "the" lock.
package struct FileLock: ~Copyable, Sendable {
  private let file: Descriptor

  private init(_ file: consuming Descriptor) { self.file = file }

  /// - Returns: `nil` if another process holds the lock.
  package static func tryAcquire(
    in directory: borrowing Directory, _ name: String
  ) throws(FileError) -> FileLock? {
    let file = try directory.openRegular(name, O_RDWR | O_CREAT, .secret)
    guard tryLock(file.raw) else { return nil }
    return FileLock(file)
  }

  /// Waits in the kernel's queue, so that all waiters get their turn, without polling.
  /// - Throws: `.timeout` at the deadline.
  package static func acquire(
    in directory: borrowing Directory, _ name: String, until end: ContinuousClock.Instant
  ) throws(FileError) -> FileLock {
    let file = try directory.openRegular(name, O_RDWR | O_CREAT, .secret)
    if tryLock(file.raw) { return FileLock(file) }
    guard let mine = LockWaiter.wait(for: file, until: end) else {
      throw .timeout(path: Printable.line(try directory.at(name)))
    }
    return FileLock(mine)
  }

  package consuming func release() {}

  /// Returns the locked file, which keeps the lock.
  consuming func take() -> Descriptor { file }

  private static func tryLock(_ fd: Int32) -> Bool {
    while flock(fd, LOCK_EX | LOCK_NB) != 0 {
      guard errno == EINTR else { return false }
    }
    return true
  }
}

/// `flock` has no timeout, so a thread blocks in it and we wait for the thread. If we give up
/// first, the thread releases the lock as soon as it gets it.
private final class LockWaiter: Worker {
  private enum State { static let waiting = 0, taken = 1, abandoned = 2 }

  private let state = Atomic<Int>(State.waiting)
  private let fd: Int32
  private let done: Descriptor

  private init(_ fd: Int32, _ done: consuming Descriptor) {
    self.fd = fd
    self.done = done
  }

  /// - Returns: the locked file, or `nil`.
  static func wait(
    for file: borrowing Descriptor, until end: ContinuousClock.Instant
  ) -> Descriptor? {
    SignalSetup.once()
    // The duplicate shares the lock. Whichever of thread and waiter finishes last owns it.
    let shared = fcntl(file.raw, F_DUPFD_CLOEXEC, 3)
    guard shared >= 0, let pipe = try? Pipe() else { return nil }
    let read = pipe.read
    let waiter = LockWaiter(shared, pipe.write)
    guard let thread = WorkerThread.start(waiter) else {
      _ = Descriptor(shared)
      return nil
    }
    pthread_detach(thread)
    while true {
      var interests = [Waiting.Interest(read.raw)]
      if Waiting.poll(&interests, until: end) { break }
      if ContinuousClock.now >= end { break }
    }
    let before = waiter.state.exchange(State.abandoned, ordering: .acquiringAndReleasing)
    return before == State.taken ? Descriptor(shared) : nil
  }

  func work() {
    var code = flock(fd, LOCK_EX)
    while code != 0, errno == EINTR { code = flock(fd, LOCK_EX) }
    let result = code == 0 ? State.taken : State.waiting
    let before = state.exchange(result, ordering: .acquiringAndReleasing)
    // Nobody is waiting any more, or locking failed: close the file here.
    if before == State.abandoned || code != 0 { _ = Descriptor(fd) }
    _ = try? done.write([1])
  }
}

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
      let inode = try file.facts(path).inode
      // The file may have been removed between opening and locking; then open again.
      if try directory.facts(of: name)?.inode == inode {
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

  func size() throws(FileError) -> Int64 { try file.facts(path).size }

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
    try file.synchronise(path)
    try directory.synchronise()
  }
}
