internal import CLibrary

/// A text that a child reads as a file when it comes for it: the writing end of a named pipe in a folder of ours. It is
/// open before the reader comes, so that the reader never waits for a writer: when we are killed, it reads an empty file.
final class NamedPipe {
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
    let both = Descriptor(opened(path, O_RDWR | flags))
    end = Descriptor(opened(path, O_WRONLY | flags))
    guard both.isOpen, end.isOpen else { throw .last }
  }

  deinit { _ = unsafe unlink(path) }

  /// - Returns: how many bytes it took; 0: none now; nil: the reader has not come yet, or left.
  func write(_ bytes: ArraySlice<UInt8>) throws(Errno) -> Int? {
    do { return try end.write(bytes) } catch .brokenPipe { return nil }
  }

  /// Waits a moment, until there is room.
  func waitForRoom(until deadline: ContinuousClock.Instant) {
    var interests = [Waiting.Interest(end.raw, forWriting: true)]
    _ = Waiting.poll(&interests, until: min(deadline, .now + .milliseconds(50)))
  }

  /// The reader comes to the end of its file.
  func close() { end.close() }
}

private func opened(_ path: String, _ flags: Int32) -> Int32 { unsafe open(path, flags) }
