import Mesh
import MeshCrypto
import TestSupport
import Testing

@testable import MeshHost

/// The time limits of `EnvelopeReader` for long payloads, with a source that keeps to its deadlines.
@Suite("A long payload has so much time in all, however steadily it trickles")
struct EnvelopePaceTests {
  /// Has its bytes at once, and returns none after the requested deadline.
  private struct Timely: ByteSource, ~Copyable {
    var bytes: ArraySlice<UInt8>

    mutating func read(
      atMost count: Int, until end: ContinuousClock.Instant
    ) throws(SourceError) -> [UInt8] {
      guard ContinuousClock.now < end else { throw .timeout }
      let piece = bytes.prefix(min(count, 64))
      bytes = bytes.dropFirst(piece.count)
      return Array(piece)
    }
  }

  private func reader(grace: Duration) throws -> EnvelopeReader<Timely> {
    let key = try SigningKey.generate()
    let host = try Host(validating: "hub")
    let now = Timestamp(milliseconds: Clock.now)
    let statement = Statement(
      kind: .file, id: try #require(MessageID.random()), from: Address(host), fromHost: host,
      to: Address(host), toHost: host, toKey: key.publicKey.fingerprint, time: now, expires: now,
      name: try EncodedName(encoding: "f"), length: 1000, digest: nil)
    let envelope = SignedEnvelope(
      EnvelopeHead(statement, by: key), payload: [UInt8](repeating: 7, count: 1000))
    return EnvelopeReader(Timely(bytes: envelope.bytes[...]), grace: grace)
  }

  @Test func time() throws {
    var patient = try reader(grace: .seconds(60))
    _ = try patient.head()
    patient.expectMuch()
    #expect(try patient.piece((1000, true)).count == 1000)
    var late = try reader(grace: .zero)
    _ = try late.head()
    late.expectMuch()
    do {
      _ = try late.piece((1000, true))
      Issue.record("it had no time left")
    } catch { #expect(error == .timeout) }
  }
}
