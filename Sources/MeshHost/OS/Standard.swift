internal import CLibrary

/// Why stdin was not read to its end.
package enum StandardError: Error, Equatable, Sendable {
  case timeout
  case tooLarge(limit: Int)
  case system(SystemError)
}

/// Our own stdin, stdout and stderr.
package enum Standard {
  package enum Stream: Int32, Sendable { case input = 0, output = 1, error = 2 }

  package static func isTerminal(_ stream: Stream) -> Bool { isatty(stream.rawValue) == 1 }

  /// How a write ended.
  package enum Written: Sendable { case all, readerGone, failed }

  /// Writes everything, in spite of signals and full pipes.
  /// - Returns: false if not everything could be written. If the reader has gone,
  ///   callers need not complain.
  @discardableResult
  package static func write(_ bytes: [UInt8], to stream: Stream = .output) -> Bool {
    put(bytes, to: stream) == .all
  }

  package static func put(_ bytes: [UInt8], to stream: Stream = .output) -> Written {
    SignalSetup.once()
    let file = Borrowed(stream.rawValue)
    var rest = bytes[...]
    while !rest.isEmpty {
      let count: Int
      do { count = try file.write(rest) } catch {
        return error == .brokenPipe ? .readerGone : .failed
      }
      rest = rest.dropFirst(count)
      if count == 0 {
        var interests = [Waiting.Interest(stream.rawValue, forWriting: true)]
        _ = Waiting.poll(&interests, until: ContinuousClock.now + .seconds(10))
      }
    }
    return .all
  }

  @discardableResult
  package static func write(_ text: String, to stream: Stream = .output) -> Bool {
    write(Array(text.utf8), to: stream)
  }

  package static func readAll(
    limit: Int, until end: ContinuousClock.Instant
  ) throws(StandardError) -> [UInt8] {
    var bytes: [UInt8] = []
    while true {
      let piece = try read(atMost: 65536, until: end)
      if piece.isEmpty { return bytes }
      bytes += piece
      guard bytes.count <= limit else { throw .tooLarge(limit: limit) }
    }
  }

  /// Waits for bytes on stdin; empty at its end.
  package static func read(
    atMost limit: Int, until end: ContinuousClock.Instant
  ) throws(StandardError) -> [UInt8] {
    let file = Borrowed(Stream.input.rawValue)
    while true {
      var interests = [Waiting.Interest(Stream.input.rawValue)]
      guard Waiting.poll(&interests, until: end) else {
        guard ContinuousClock.now < end else { throw .timeout }
        continue
      }
      switch file.read(limit) {
      case .bytes(let bytes): return bytes
      case .end: return []
      case .again: continue
      case .failed(let code): throw .system(SystemError(code, "read stdin"))
      }
    }
  }
}

extension Standard {
  /// For output that is redrawn regularly.
  package static func pause(_ time: Duration) { Waiting.pause(time) }

  /// Prepares for a large amount on stdin.
  static func widenInput() { Borrowed(Stream.input.rawValue).widen() }

  /// The same, appended to `bytes`. - Returns: the number of bytes; 0 at the end of stdin.
  package static func read(
    appendingTo bytes: inout [UInt8], atMost limit: Int, until end: ContinuousClock.Instant
  ) throws(StandardError) -> Int {
    let file = Borrowed(Stream.input.rawValue)
    while true {
      var interests = [Waiting.Interest(Stream.input.rawValue)]
      guard Waiting.poll(&interests, until: end) else {
        guard ContinuousClock.now < end else { throw .timeout }
        continue
      }
      do throws(Errno) {
        if let count = try file.read(appendingTo: &bytes, limit) { return count }
      } catch { throw .system(SystemError(error, "read stdin")) }
    }
  }
}

/// A descriptor that we do not own and must not close.
private struct Borrowed {
  private let fd: Int32
  init(_ fd: Int32) { self.fd = fd }

  func write(_ bytes: ArraySlice<UInt8>) throws(Errno) -> Int {
    try with { file in Result { () throws(Errno) in try file.write(bytes) } }.get()
  }
  func widen() {
    with { file in file.widen() }
  }
  func read(_ count: Int) -> Descriptor.ReadResult {
    with { file in file.read(atMost: count) }
  }
  func read(appendingTo bytes: inout [UInt8], _ count: Int) throws(Errno) -> Int? {
    let file = Descriptor(fd)
    let result = Result { () throws(Errno) in try file.read(appendingTo: &bytes, atMost: count) }
    file.release()
    return try result.get()
  }
  private func with<Result>(_ body: (borrowing Descriptor) -> Result) -> Result {
    let file = Descriptor(fd)
    let result = body(file)
    file.release()
    return result
  }
}
