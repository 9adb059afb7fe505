/// Why no more bytes came.
public enum SourceError: Error, Equatable, Sendable { case timeout, failed }

/// Bytes that somebody else sends: our stdin, a child's stdout, or memory.
public protocol ByteSource: ~Copyable {
  /// At most `count` bytes, as soon as there are some; empty: the end.
  mutating func read(
    atMost count: Int, until end: ContinuousClock.Instant
  ) throws(SourceError) -> [UInt8]
}

/// Bytes that this process made itself.
public struct MemorySource: ByteSource {
  private var rest: ArraySlice<UInt8>

  public init(_ bytes: [UInt8]) { rest = bytes[...] }

  public mutating func read(
    atMost count: Int, until end: ContinuousClock.Instant
  ) throws(SourceError) -> [UInt8] {
    let piece = Array(rest.prefix(count))
    rest = rest.dropFirst(count)
    return piece
  }
}

/// Our stdin.
public struct InputSource: ByteSource {
  public init() {}

  public mutating func read(
    atMost count: Int, until end: ContinuousClock.Instant
  ) throws(SourceError) -> [UInt8] {
    do { return try Standard.read(atMost: count, until: end) } catch {
      throw error == .timeout ? .timeout : .failed
    }
  }
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

/// A source read by lines and by counted bytes, each bounded by its caller.
struct Incoming<Source: ByteSource & ~Copyable>: ~Copyable {
  var source: Source
  private var buffer: [UInt8] = []

  init(_ source: consuming Source) { self.source = source }

  /// The next line without its LF; nil at the end. One that is longer than `limit` comes in parts.
  mutating func line(
    limit: Int, until end: ContinuousClock.Instant
  ) throws(SourceError) -> [UInt8]? {
    while true {
      if let index = buffer.firstIndex(of: 10), index <= limit {
        let line = Array(buffer[..<index])
        buffer.removeFirst(index + 1)
        return line
      }
      if buffer.count >= max(1, limit) { return take(max(1, limit)) }
      guard try fill(until: end) else { return buffer.isEmpty ? nil : take(buffer.count) }
    }
  }

  /// Exactly so many bytes; fewer only at the end.
  mutating func exactly(
    _ count: Int, until end: ContinuousClock.Instant
  ) throws(SourceError) -> [UInt8] {
    while buffer.count < count {
      guard try fill(until: end) else { break }
    }
    return take(min(count, buffer.count))
  }

  /// At most so many bytes, as soon as there are some; empty: the end.
  mutating func some(
    atMost count: Int, until end: ContinuousClock.Instant
  ) throws(SourceError) -> [UInt8] {
    if buffer.isEmpty { return try source.read(atMost: count, until: end) }
    return take(min(count, buffer.count))
  }

  private mutating func fill(until end: ContinuousClock.Instant) throws(SourceError) -> Bool {
    let piece = try source.read(atMost: 65536, until: end)
    buffer += piece
    return !piece.isEmpty
  }

  private mutating func take(_ count: Int) -> [UInt8] {
    let piece = Array(buffer.prefix(count))
    buffer.removeFirst(count)
    return piece
  }
}
