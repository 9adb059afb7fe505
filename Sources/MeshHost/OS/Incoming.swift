/// Why reading failed.
package enum SourceError: Error, Equatable, Sendable, CustomStringConvertible {
  case timeout, failed
  /// More bytes than the caller takes.
  case tooLarge

  package var description: String { self == .timeout ? "it took too long" : "it could not be read" }
}

/// A source of bytes: our stdin, a child's stdout, or memory.
package protocol ByteSource: ~Copyable {
  /// Waits for some bytes and returns at most `count`; empty at the end.
  mutating func read(
    atMost count: Int, until end: ContinuousClock.Instant
  ) throws(SourceError) -> [UInt8]

  /// The same, appended to `bytes`. - Returns: the number of bytes; 0 at the end.
  mutating func read(
    appendingTo bytes: inout [UInt8], atMost count: Int, until end: ContinuousClock.Instant
  ) throws(SourceError) -> Int

  /// Prepares for a large amount to read.
  mutating func expectMuch()
}

extension ByteSource where Self: ~Copyable {
  package mutating func expectMuch() {}

  package mutating func read(
    appendingTo bytes: inout [UInt8], atMost count: Int, until end: ContinuousClock.Instant
  ) throws(SourceError) -> Int {
    let piece = try read(atMost: count, until: end)
    bytes += piece
    return piece.count
  }
}

/// Bytes from this process itself.
package struct MemorySource: ByteSource {
  private var rest: ArraySlice<UInt8>

  package init(_ bytes: [UInt8]) { rest = bytes[...] }

  package mutating func read(
    atMost count: Int, until end: ContinuousClock.Instant
  ) throws(SourceError) -> [UInt8] {
    let piece = Array(rest.prefix(count))
    rest = rest.dropFirst(count)
    return piece
  }
}

/// Our own stdin.
package struct InputSource: ByteSource {
  package init() {}

  package mutating func read(
    atMost count: Int, until end: ContinuousClock.Instant
  ) throws(SourceError) -> [UInt8] { try Standard.read(atMost: count, until: end) }

  package mutating func read(
    appendingTo bytes: inout [UInt8], atMost count: Int, until end: ContinuousClock.Instant
  ) throws(SourceError) -> Int {
    try Standard.read(appendingTo: &bytes, atMost: count, until: end)
  }

  package mutating func expectMuch() { Standard.widenInput() }
}

/// A child's stdout.
struct ChildOutput: ByteSource, ~Copyable {
  var talk: Conversation

  init(_ talk: consuming Conversation) { self.talk = talk }

  mutating func read(
    atMost count: Int, until end: ContinuousClock.Instant
  ) throws(SourceError) -> [UInt8] {
    do { return try talk.read(atMost: count, until: end) } catch {
      throw error == .timeout ? .timeout : .failed
    }
  }
}

/// Reads a source by lines and by counted bytes. The caller sets a limit for each.
struct Incoming<Source: ByteSource & ~Copyable>: ~Copyable {
  var source: Source
  /// Whether the last line ended at the end of the input, without an LF.
  private(set) var lineWasCut = false
  /// Bytes read ahead; those before `start` were already taken.
  private var buffer: [UInt8] = []
  private var start = 0

  init(_ source: consuming Source) { self.source = source }

  private var waiting: ArraySlice<UInt8> { buffer[start...] }

  /// The next line without its LF; `nil` at the end. A line longer than
  /// `limit` is returned in parts.
  mutating func line(
    limit: Int, until end: ContinuousClock.Instant
  ) throws(SourceError) -> [UInt8]? {
    lineWasCut = false
    while true {
      if let index = waiting.firstIndex(of: 10), index - start <= limit {
        let line = take(index - start)
        start += 1
        return line
      }
      if waiting.count >= max(1, limit) { return take(max(1, limit)) }
      guard try fill(until: end) else {
        lineWasCut = true
        return waiting.isEmpty ? nil : take(waiting.count)
      }
    }
  }

  /// Exactly `count` bytes; fewer only at the end.
  mutating func exactly(
    _ count: Int, until end: ContinuousClock.Instant
  ) throws(SourceError) -> [UInt8] {
    var bytes = take(min(count, waiting.count))
    guard bytes.count < count else { return bytes }
    bytes.reserveCapacity(count)
    while bytes.count < count {
      let more = try source.read(
        appendingTo: &bytes, atMost: count - bytes.count, until: end)
      if more == 0 { break }
    }
    return bytes
  }

  /// Waits for some bytes and returns at most `count`; empty at the end.
  mutating func some(
    atMost count: Int, until end: ContinuousClock.Instant
  ) throws(SourceError) -> [UInt8] {
    if waiting.isEmpty { return try source.read(atMost: count, until: end) }
    return take(min(count, waiting.count))
  }

  private mutating func fill(until end: ContinuousClock.Instant) throws(SourceError) -> Bool {
    if start > 0 {
      buffer.removeFirst(start)
      start = 0
    }
    return try source.read(appendingTo: &buffer, atMost: 65536, until: end) > 0
  }

  private mutating func take(_ count: Int) -> [UInt8] {
    guard count > 0 else { return [] }
    let piece = Array(waiting.prefix(count))
    start += count
    return piece
  }
}

extension ArraySlice<UInt8> {
  /// Where `mark` begins; `nil` if it is missing.
  func position(of mark: [UInt8]) -> Int? {
    guard let first = mark.first, count >= mark.count else { return nil }
    for index in startIndex...(endIndex - mark.count)
    where self[index] == first && self[index..<(index + mark.count)].elementsEqual(mark) {
      return index
    }
    return nil
  }
}
