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
    let file = try open(in: directory, name)
    guard tryLock(file.raw) else { return nil }
    return FileLock(file)
  }

  /// Waits in the kernel's queue, so that all waiters get their turn, without polling.
  /// - Throws: `.timeout` at the deadline.
  package static func acquire(
    in directory: borrowing Directory, _ name: String, until end: ContinuousClock.Instant
  ) throws(FileError) -> FileLock {
    let file = try open(in: directory, name)
    if tryLock(file.raw) { return FileLock(file) }
    let full = try directory.at(name)
    guard let mine = LockWaiter.wait(for: file, until: end) else {
      throw .timeout(path: Printable.line(full))
    }
    return FileLock(mine)
  }

  consuming func release() {}

  /// Returns the locked file, which keeps the lock.
  consuming func take() -> Descriptor { file }

  private static func open(
    in directory: borrowing Directory, _ name: String
  ) throws(FileError) -> Descriptor {
    let full = try directory.at(name)
    let flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC
    let file = Descriptor(unsafe openat(directory.handle.raw, name, flags, 0o600))
    guard file.isOpen else { throw FileError(.last, "open", full) }
    let facts = try wrap("stat", full) { () throws(Errno) in try FileStatus.of(file.raw) }
    guard facts.kind == .regular else { throw .notRegular(path: Printable.line(full)) }
    guard FileStatus.allows(facts, .secret) else {
      throw .insecure(path: Printable.line(full), mode: facts.mode, owner: facts.owner)
    }
    return file
  }

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
