internal import Mesh

/// Why an envelope has no receipt, or is not whole.
enum EnvelopeError: Error, Equatable, Sendable {
  /// It ended, or did not come in time.
  case truncated
  case timeout
  case form(FormError)
}

/// Takes an envelope apart as it comes in. Nothing is read before its length is known and within the limits.
struct EnvelopeReader<Source: ByteSource & ~Copyable>: ~Copyable {
  private var incoming: Incoming<Source>
  /// What the preamble says; 0 until the head was read.
  private(set) var payloadLength = 0
  /// Everything that was read, byte for byte; nil once it is more than any message has.
  private(set) var whole: [UInt8]? = []
  private static var mostKept: Int { SafeText.limit + 16 << 10 }

  init(_ source: consuming Source) { incoming = Incoming(source) }

  /// Step 2: preamble, lengths, version and the statement's form, within 10 s.
  mutating func head() throws(EnvelopeError) -> Received {
    let end = ContinuousClock.now + .seconds(10)
    let line = try line(until: end)
    do {
      let preamble = try Preamble(validating: line)
      let statement = try exactly(preamble.statement, until: end)
      let signature = try exactly(preamble.signature, until: end)
      let received = try Received(statement: statement, signature: signature)
      guard received.claim.length == preamble.payload else { throw FormError.length }
      payloadLength = preamble.payload
      return received
    } catch let error as FormError {
      throw .form(error)
    } catch let error as EnvelopeError {
      throw error
    } catch { throw .truncated }
  }

  /// A short payload, whole.
  mutating func body() throws(EnvelopeError) -> [UInt8] {
    guard payloadLength <= SafeText.limit else { throw .form(.length) }
    var bytes: [UInt8] = []
    while bytes.count < payloadLength {
      // At least 64 KiB in 10 s.
      let piece = min(payloadLength - bytes.count, 65536)
      bytes += try exactly(piece, until: .now + .seconds(10))
    }
    return bytes
  }

  private mutating func line(until end: ContinuousClock.Instant) throws(EnvelopeError) -> [UInt8] {
    let line: [UInt8]?
    do { line = try incoming.line(limit: Preamble.lineLimit, until: end) } catch {
      throw EnvelopeError(error)
    }
    guard let line else { throw .truncated }
    keep(line + [10])
    return line
  }

  private mutating func keep(_ bytes: [UInt8]) {
    guard let kept = whole?.count else { return }
    if kept + bytes.count <= Self.mostKept { whole?.append(contentsOf: bytes) } else { whole = nil }
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
