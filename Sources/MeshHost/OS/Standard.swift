internal import CLibrary

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
    var rest = bytes[...]
    while !rest.isEmpty {
      let count: Int
      do {
        count = try with(stream) { file throws(Errno) in try file.write(rest) }
      } catch {
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
  ) throws(SourceError) -> [UInt8] {
    var bytes: [UInt8] = []
    while try read(appendingTo: &bytes, atMost: 65536, until: end) > 0 {
      guard bytes.count <= limit else { throw .tooLarge }
    }
    return bytes
  }

  /// Waits for bytes on stdin; empty at its end.
  package static func read(
    atMost limit: Int, until end: ContinuousClock.Instant
  ) throws(SourceError) -> [UInt8] {
    var bytes: [UInt8] = []
    _ = try read(appendingTo: &bytes, atMost: limit, until: end)
    return bytes
  }

  /// The same, appended to `bytes`. - Returns: the number of bytes; 0 at the end of stdin.
  package static func read(
    appendingTo bytes: inout [UInt8], atMost limit: Int, until end: ContinuousClock.Instant
  ) throws(SourceError) -> Int {
    while true {
      var interests = [Waiting.Interest(Stream.input.rawValue)]
      guard Waiting.poll(&interests, until: end) else {
        guard ContinuousClock.now < end else { throw .timeout }
        continue
      }
      do {
        let count = try with(.input) { file throws(Errno) in
          try file.read(appendingTo: &bytes, atMost: limit)
        }
        if let count { return count }
      } catch { throw .failed }
    }
  }

  /// Prepares for a large amount on stdin.
  static func widenInput() { with(.input) { file in file.widen() } }

  /// For output that is redrawn regularly.
  package static func pause(_ time: Duration) { Waiting.pause(time) }

  /// The descriptor is not ours to close.
  private static func with<Answer, Failure: Error>(
    _ stream: Stream, _ body: (borrowing Descriptor) throws(Failure) -> Answer
  ) throws(Failure) -> Answer {
    let file = Descriptor(stream.rawValue)
    let result = Result { () throws(Failure) in try body(file) }
    file.release()
    return try result.get()
  }
}
