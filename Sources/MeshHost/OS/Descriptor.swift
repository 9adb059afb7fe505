internal import CLibrary

/// A file descriptor that closes itself; -1 means closed. Files, pipes and sockets of this module
/// are owned through it.
struct Descriptor: ~Copyable, Sendable {
  private(set) var raw: Int32

  init(_ raw: Int32) { self.raw = raw }
  deinit { if raw >= 0 { _ = systemClose(raw) } }

  var isOpen: Bool { raw >= 0 }

  mutating func close() {
    if raw >= 0 { _ = systemClose(raw) }
    raw = -1
  }

  /// Gives up ownership without closing.
  consuming func release() { discard self }

  borrowing func makeNonBlocking() {
    _ = fcntl(raw, F_SETFL, fcntl(raw, F_GETFL) | O_NONBLOCK)
  }

  /// Enlarges a pipe to a megabyte, so that both sides of a long stream can work at the same time
  /// and do not wake up for every 64 KiB. If that is not possible, the pipe stays as it is.
  borrowing func widen() {
    Platform.widenPipe(raw)
  }

  enum ReadResult { case bytes([UInt8]), end, again, failed(Errno) }

  borrowing func read(atMost count: Int) -> ReadResult {
    var bytes: [UInt8] = []
    do throws(Errno) {
      guard let got = try read(appendingTo: &bytes, atMost: count) else { return .again }
      return got > 0 ? .bytes(bytes) : .end
    } catch { return .failed(error) }
  }

  /// One `read`, repeated only after a signal; appended to `bytes` without an extra copy.
  /// - Returns: the number of bytes; 0 at the end; `nil` if none are available now.
  borrowing func read(
    appendingTo bytes: inout [UInt8], atMost count: Int
  ) throws(Errno) -> Int? {
    let fd = raw
    var got = 0
    repeat {
      bytes.append(addingCapacity: max(1, count)) { output in
        unsafe output.withUnsafeMutableBufferPointer { buffer, filled in
          let free = unsafe buffer.baseAddress.map { unsafe $0 + filled }
          got = unsafe systemRead(fd, free, min(max(1, count), buffer.count - filled))
          filled += max(0, got)
        }
      }
    } while got < 0 && errno == EINTR
    if got >= 0 { return got }
    guard errno == EAGAIN || errno == EWOULDBLOCK else { throw .last }
    return nil
  }

  /// One `write`; repeated only after a signal.
  /// - Returns: the bytes written; 0 if the other side cannot take any now.
  borrowing func write(_ bytes: ArraySlice<UInt8>) throws(Errno) -> Int {
    while true {
      let count = unsafe bytes.withUnsafeBytes { unsafe systemWrite(raw, $0.baseAddress, $0.count) }
      if count >= 0 { return count }
      switch errno {
      case EINTR: continue
      case EAGAIN, EWOULDBLOCK: return 0
      default: throw .last
      }
    }
  }

  /// Writes everything to a descriptor that does not block.
  /// - Returns: false at the deadline.
  borrowing func writeAll(
    _ bytes: [UInt8], until end: ContinuousClock.Instant
  ) throws(Errno) -> Bool {
    var rest = bytes[...]
    while true {
      rest = rest.dropFirst(try write(rest))
      guard !rest.isEmpty else { return true }
      var interests = [Waiting.Interest(raw, forWriting: true)]
      if !Waiting.poll(&interests, until: end), ContinuousClock.now >= end { return false }
    }
  }

  /// Writes everything, to a blocking descriptor or a regular file.
  borrowing func writeAll(_ bytes: ArraySlice<UInt8>) throws(Errno) {
    var rest = bytes
    while !rest.isEmpty {
      let count = try write(rest)
      guard count > 0 else { throw .noSpace }
      rest = rest.dropFirst(count)
    }
  }
}

/// Both ends of a pipe. They are closed on exec and never 0, 1 or 2, which are a child's own.
struct Pipe: ~Copyable {
  var read: Descriptor
  var write: Descriptor

  init() throws(Errno) {
    var ends: [Int32] = [-1, -1]
    // Swift does not import pipe2, because it needs _GNU_SOURCE. Children close
    // everything above 2 anyway.
    guard unsafe pipe(&ends) == 0 else { throw .last }
    let first = Pipe.raised(ends[0])
    let second = Pipe.raised(ends[1])
    guard first >= 0, second >= 0 else {
      _ = systemClose(first)
      _ = systemClose(second)
      throw .tooManyOpenFiles
    }
    read = Descriptor(first)
    write = Descriptor(second)
  }

  private static func raised(_ fd: Int32) -> Int32 {
    guard fd < 3 else {
      _ = fcntl(fd, F_SETFD, FD_CLOEXEC)
      return fd
    }
    let higher = fcntl(fd, F_DUPFD_CLOEXEC, 3)
    _ = systemClose(fd)
    return higher
  }
}

/// A text that a child reads as a file when it comes for it: the writing end of a named pipe in a
/// folder of ours. It is open before the reader comes, so that the reader never waits for a writer:
/// when we are killed, it reads an empty file.
struct NamedPipe: ~Copyable, Sendable {
  private let path: String
  private var end: Descriptor

  /// - Parameter path: new, absolute, in a directory that is ours alone.
  init(_ path: String) throws(Errno) {
    self.path = path
    guard unsafe mkfifo(path, 0o600) == 0 else {
      end = Descriptor(-1)
      throw .last
    }
    // A pipe can be opened for writing alone only while something has it open for reading.
    let flags = O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC
    let both = Descriptor(systemOpen(path, O_RDWR | flags))
    end = Descriptor(systemOpen(path, O_WRONLY | flags))
    guard both.isOpen, end.isOpen else {
      let failure = Errno.last
      _ = unsafe unlink(path)
      throw failure
    }
  }

  deinit { _ = unsafe unlink(path) }

  /// - Returns: how many bytes it took; 0: none now; nil: the reader has not come yet, or left.
  borrowing func write(_ bytes: ArraySlice<UInt8>) throws(Errno) -> Int? {
    do { return try end.write(bytes) } catch .brokenPipe { return nil }
  }

  /// Waits a moment, until there is room.
  func waitForRoom(until deadline: ContinuousClock.Instant) {
    var interests = [Waiting.Interest(end.raw, forWriting: true)]
    _ = Waiting.poll(&interests, until: min(deadline, .now + .milliseconds(50)))
  }

  /// The reader comes to the end of its file.
  mutating func close() { end.close() }
}

enum Devices {
  /// `/dev/null` for reading and writing, never as 0, 1 or 2.
  static func null() throws(Errno) -> Descriptor {
    let first = Descriptor(systemOpen("/dev/null", O_RDWR | O_CLOEXEC))
    guard first.isOpen else { throw .last }
    let higher = Descriptor(fcntl(first.raw, F_DUPFD_CLOEXEC, 3))
    guard higher.isOpen else { throw .last }
    return higher
  }
}

// Our methods have the same names; these are the system calls.
private func systemClose(_ fd: Int32) -> Int32 { close(fd) }
private func systemRead(_ fd: Int32, _ into: UnsafeMutableRawPointer?, _ count: Int) -> Int {
  unsafe read(fd, into, count)
}
private func systemWrite(_ fd: Int32, _ from: UnsafeRawPointer?, _ count: Int) -> Int {
  unsafe write(fd, from, count)
}
func systemOpen(_ path: String, _ flags: Int32) -> Int32 { unsafe open(path, flags) }
