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

  /// One `read`; repeated only after a signal.
  borrowing func read(atMost count: Int) -> ReadResult {
    let fd = raw
    while true {
      var got = 0
      let bytes = unsafe [UInt8](unsafeUninitializedCapacity: max(1, count)) { buffer, filled in
        got = unsafe systemRead(fd, buffer.baseAddress, buffer.count)
        filled = max(0, got)
      }
      if got > 0 { return .bytes(bytes) }
      if got == 0 { return .end }
      switch errno {
      case EINTR: continue
      case EAGAIN, EWOULDBLOCK: return .again
      default: return .failed(.last)
      }
    }
  }

  /// One `read`, appended to `bytes` without an extra copy.
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

  /// Writes everything, to a blocking descriptor or a regular file.
  borrowing func writeAll(_ bytes: [UInt8]) throws(Errno) {
    var rest = bytes[...]
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

// Our methods are also named `read`, `write` and `close`; these are the system calls.
private func systemClose(_ fd: Int32) -> Int32 { close(fd) }
private func systemRead(_ fd: Int32, _ into: UnsafeMutableRawPointer?, _ count: Int) -> Int {
  unsafe read(fd, into, count)
}
private func systemWrite(_ fd: Int32, _ from: UnsafeRawPointer?, _ count: Int) -> Int {
  unsafe write(fd, from, count)
}

enum Devices {
  /// `/dev/null` for reading and writing, never as 0, 1 or 2.
  static func null() throws(Errno) -> Descriptor {
    let first = Descriptor(unsafe open("/dev/null", O_RDWR | O_CLOEXEC))
    guard first.isOpen else { throw .last }
    let higher = Descriptor(fcntl(first.raw, F_DUPFD_CLOEXEC, 3))
    guard higher.isOpen else { throw .last }
    return higher
  }
}
