internal import Mesh

/// Why an envelope gets no receipt or is incomplete.
enum EnvelopeError: Error, Equatable, Sendable {
  /// The input ended, or the time was over.
  case truncated
  case timeout
  case form(FormError)
}

/// Parses an envelope while it arrives. No part is read before its length is known and within the limits.
struct EnvelopeReader<Source: ByteSource & ~Copyable>: ~Copyable {
  private var incoming: Incoming<Source>
  /// Payload length from the preamble; 0 until the head was read.
  private(set) var payloadLength = 0
  /// All bytes read so far; nil once there are more than any message has.
  private(set) var whole: [UInt8]? = []
  private static var mostKept: Int { SafeText.limit + 16 << 10 }
  /// At least so many bytes have to come in 10 s.
  private static var pace: Int { 64 << 10 }
  /// The bytes still missing of that, and their deadline.
  private var owed = EnvelopeReader.pace
  private var owedUntil = ContinuousClock.Instant.now + .seconds(10)
  /// Deadline for all of a long payload.
  private var wholeUntil = ContinuousClock.Instant.now + .seconds(60)
  private let grace: Duration

  /// - Parameter grace: time that a long payload has in addition to one second per 64 KiB.
  init(_ source: consuming Source, grace: Duration = .seconds(60)) {
    incoming = Incoming(source)
    self.grace = grace
  }

  /// Step 2: preamble, lengths, version and the statement's form, within 10 s.
  mutating func head() throws(EnvelopeError) -> Received {
    let end = ContinuousClock.now + .seconds(10)
    let line = try line(until: end)
    let preamble: Preamble
    do { preamble = try Preamble(validating: line) } catch { throw .form(error) }
    let statement = try exactly(preamble.statement, until: end)
    let signature = try exactly(preamble.signature, until: end)
    let received: Received
    do { received = try Received(statement: statement, signature: signature) } catch {
      throw .form(error)
    }
    guard received.claim.length == preamble.payload, received.claim.isOfItsKind else {
      throw .form(.length)
    }
    payloadLength = preamble.payload
    return received
  }

  /// A whole short payload.
  mutating func body() throws(EnvelopeError) -> [UInt8] {
    guard payloadLength <= SealedPayload.longest(plain: SafeText.limit) else {
      throw .form(.length)
    }
    var bytes: [UInt8] = []
    while bytes.count < payloadLength {
      let piece = min(payloadLength - bytes.count, Self.pace)
      bytes += try exactly(piece, until: .now + .seconds(10))
    }
    try end()
    return bytes
  }

  /// Announces a long payload. It holds space in the inbox until it is complete, so a slow sender is cut off.
  mutating func expectMuch() {
    incoming.source.expectMuch()
    wholeUntil = .now + grace + .seconds(payloadLength / Self.pace)
  }

  /// The next bytes of a long payload.
  /// - Parameter wanted: how many bytes; `exact`: fewer are an error.
  mutating func piece(_ wanted: (count: Int, exact: Bool)) throws(EnvelopeError) -> [UInt8] {
    let end = min(owedUntil, wholeUntil)
    let bytes =
      wanted.exact ? try exactly(wanted.count, until: end) : try some(wanted.count, until: end)
    guard !bytes.isEmpty else { throw .truncated }
    // A file is not also kept in memory.
    whole = nil
    owed -= bytes.count
    if owed <= 0 {
      owed = Self.pace
      owedUntil = .now + .seconds(10)
    }
    return bytes
  }

  /// The signed end statement that follows a file.
  mutating func endStatement() throws(EnvelopeError) -> (bytes: [UInt8], signature: [UInt8]) {
    // The sender may still be hashing the bytes that we have already read.
    let end = ContinuousClock.now + .seconds(10)
    let line = try line(limit: EndStatement.lineLimit, until: end)
    let lengths: (statement: Int, signature: Int)
    do { lengths = try EndStatement.lengths(line) } catch { throw .form(error) }
    return (
      try exactly(lengths.statement, until: end), try exactly(lengths.signature, until: end)
    )
  }

  /// Nothing may follow the declared length.
  mutating func end() throws(EnvelopeError) {
    guard try some(1, until: .now + .seconds(10)).isEmpty else { throw .form(.length) }
  }

  private mutating func line(
    limit: Int = Preamble.lineLimit, until end: ContinuousClock.Instant
  ) throws(EnvelopeError) -> [UInt8] {
    let line: [UInt8]?
    do { line = try incoming.line(limit: limit, until: end) } catch {
      throw EnvelopeError(error)
    }
    guard let line, !incoming.lineWasCut else { throw .truncated }
    keep(line + [10])
    return line
  }

  private mutating func keep(_ bytes: [UInt8]) {
    guard let kept = whole?.count else { return }
    if kept + bytes.count <= Self.mostKept { whole?.append(contentsOf: bytes) } else { whole = nil }
  }

  private mutating func some(
    _ count: Int, until end: ContinuousClock.Instant
  ) throws(EnvelopeError) -> [UInt8] {
    do { return try incoming.some(atMost: count, until: end) } catch { throw EnvelopeError(error) }
  }

  private mutating func exactly(
    _ count: Int, until end: ContinuousClock.Instant
  ) throws(EnvelopeError) -> [UInt8] {
    let bytes: [UInt8]
    do { bytes = try incoming.exactly(count, until: end) } catch { throw EnvelopeError(error) }
    guard bytes.count == count else { throw .truncated }
    keep(bytes)
    return bytes
  }
}

extension EnvelopeError {
  init(_ error: SourceError) { self = error == .timeout ? .timeout : .truncated }
}
