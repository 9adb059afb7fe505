internal import CLibrary

/// A file descriptor that closes itself. -1: closed.
struct Descriptor: ~Copyable, Sendable {
  private(set) var raw: Int32

  init(_ raw: Int32) { self.raw = raw }
  deinit { if raw >= 0 { _ = systemClose(raw) } }

  var isOpen: Bool { raw >= 0 }

  mutating func close() {
    if raw >= 0 { _ = systemClose(raw) }
    raw = -1
  }

  /// Lets go of it without closing.
  consuming func release() { discard self }

  borrowing func makeNonBlocking() {
    _ = fcntl(raw, F_SETFL, fcntl(raw, F_GETFL) | O_NONBLOCK)
  }

  /// Where it is a pipe, room for a megabyte: both sides of a long stream work at the same time then, and neither is
  /// woken for every 64 KiB. Where that cannot be had, it stays as it is.
  borrowing func widen() {
    Platform.widenPipe(raw)
  }

  enum ReadResult { case bytes([UInt8]), end, again, failed(Errno) }

  /// One `read`, repeated only when a signal broke it.
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

  /// One `read`, put behind what `bytes` holds, without a copy in between.
  /// - Returns: how many bytes; 0 at the end; nil when there are none now.
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

  /// One `write`, repeated only when a signal broke it.
  /// - Returns: the bytes written; 0 when the other side cannot take any now.
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

  /// All of it, to something that blocks or is a regular file.
  borrowing func writeAll(_ bytes: [UInt8]) throws(Errno) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = try write(rest)
      guard count > 0 else { throw .noSpace }
      rest = rest.dropFirst(count)
    }
  }
}

/// Both ends of a pipe, closed on exec and never 0, 1 or 2: a child's own are put there.
struct Pipe: ~Copyable {
  var read: Descriptor
  var write: Descriptor

  init() throws(Errno) {
    var ends: [Int32] = [-1, -1]
    // pipe2 hides behind _GNU_SOURCE and is not imported; children close everything above 2 anyway.
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

// `read`, `write` and `close` are names of ours too: these are the kernel's.
private func systemClose(_ fd: Int32) -> Int32 { close(fd) }
private func systemRead(_ fd: Int32, _ into: UnsafeMutableRawPointer?, _ count: Int) -> Int {
  unsafe read(fd, into, count)
}
private func systemWrite(_ fd: Int32, _ from: UnsafeRawPointer?, _ count: Int) -> Int {
  unsafe write(fd, from, count)
}

enum Devices {
  /// `/dev/null`, for reading and writing, never as 0, 1 or 2.
  static func null() throws(Errno) -> Descriptor {
    let first = Descriptor(unsafe open("/dev/null", O_RDWR | O_CLOEXEC))
    guard first.isOpen else { throw .last }
    let higher = Descriptor(fcntl(first.raw, F_DUPFD_CLOEXEC, 3))
    guard higher.isOpen else { throw .last }
    return higher
  }
}
