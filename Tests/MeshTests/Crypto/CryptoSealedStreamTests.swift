import MeshCrypto
import Testing

@Suite("Sealed streams")
struct CryptoSealedStreamTests {
  private static let full = SealedStream.chunkLength

  /// A stream as sent, with its key and its plain text.
  private struct Sealed {
    var key: [UInt8]
    var header: [UInt8]
    var chunks: [[UInt8]]
    var plain: [UInt8]

    init(lengths: [Int]) throws {
      var writer = try SealedStreamWriter()
      key = writer.withKey { key in key.indices.map { key[$0] } }
      (header, chunks, plain) = (writer.header, [], [])
      for (index, length) in lengths.enumerated() {
        let chunk = Sodium.random(length)
        plain += chunk
        chunks.append(try writer.push(chunk.span, final: index == lengths.count - 1))
      }
    }

    /// The plain text, if the stream is complete.
    func open() throws -> [UInt8]? {
      var reader = try SealedStreamReader(key: key.span, header: header)
      var plain: [UInt8] = []
      for chunk in chunks { plain += try reader.pull(chunk).plain }
      return reader.isFinished ? plain : nil
    }
  }

  @Test(
    "A stream comes back, and is as long as was foretold",
    arguments: [
      [0], [1], [full - 1], [full], [full, 1], [full, full], [full, full, full, 12_345],
    ])
  func roundTrip(lengths: [Int]) throws {
    let sealed = try Sealed(lengths: lengths)
    #expect(try sealed.open() == sealed.plain)
    #expect(sealed.header.count == SealedStream.headerLength)
    #expect(sealed.key.count == SealedStream.keyLength)
    let length = sealed.chunks.reduce(0) { $0 + $1.count }
    #expect(SealedStream.length(ofPlain: sealed.plain.count) == length)
  }

  @Test("No length for what cannot be")
  func impossibleLength() {
    #expect(SealedStream.length(ofPlain: -1) == nil)
    #expect(SealedStream.length(ofPlain: .max) == nil)
    #expect(SealedStream.length(ofPlain: 0) == 17)
  }

  @Test("No two streams share a key, and one plain text has no one sealed form")
  func keys() throws {
    let (one, other) = (try Sealed(lengths: [0]), try Sealed(lengths: [0]))
    #expect(one.key != other.key)
    #expect(one.header != other.header)
    #expect(one.chunks != other.chunks)
  }

  @Test(
    "Chunks swapped, repeated, left out, of another stream: refused", arguments: Change.allCases)
  func order(change: Change) throws {
    var sealed = try Sealed(lengths: [Self.full, Self.full, Self.full, 9])
    let other = try Sealed(lengths: [Self.full, Self.full, Self.full, 9])
    switch change {
    case .swapped: sealed.chunks.swapAt(1, 2)
    case .repeated: sealed.chunks.insert(sealed.chunks[1], at: 2)
    case .firstMissing: sealed.chunks.removeFirst()
    case .middleMissing: sealed.chunks.remove(at: 1)
    case .foreign: sealed.chunks[1] = other.chunks[1]
    case .otherKey: sealed.key = other.key
    case .otherHeader: sealed.header = other.header
    case .finalAlone: sealed.chunks = [sealed.chunks[3]]
    }
    #expect(throws: CryptoError.notAuthentic) { try sealed.open() }
  }

  enum Change: CaseIterable {
    case swapped, repeated, firstMissing, middleMissing, foreign, otherKey, otherHeader, finalAlone
  }

  @Test("A missing end shows in `isFinished` alone", arguments: 0..<3)
  func missingEnd(kept: Int) throws {
    var sealed = try Sealed(lengths: [Self.full, Self.full, 9])
    sealed.chunks = Array(sealed.chunks.prefix(kept))
    #expect(try sealed.open() == nil)
  }

  @Test("Nothing is taken behind the last chunk, and the stream counts as broken")
  func behindFinal() throws {
    let sealed = try Sealed(lengths: [Self.full, 9])
    for more in [[], sealed.chunks[0], sealed.chunks[1], [0]] {
      var reader = try SealedStreamReader(key: sealed.key.span, header: sealed.header)
      _ = try reader.pull(sealed.chunks[0])
      #expect(try reader.pull(sealed.chunks[1]).final)
      #expect(throws: CryptoError.malformed("a chunk behind the last one")) {
        try reader.pull(more)
      }
      let isFinished = reader.isFinished
      #expect(!isFinished)
    }
  }

  @Test("After a failure the right chunk is refused too")
  func failureLasts() throws {
    let sealed = try Sealed(lengths: [Self.full, 9])
    var reader = try SealedStreamReader(key: sealed.key.span, header: sealed.header)
    #expect(throws: CryptoError.notAuthentic) { try reader.pull(sealed.chunks[1]) }
    #expect(throws: CryptoError.notAuthentic) { try reader.pull(sealed.chunks[0]) }
  }

  @Test("Every flipped bit and every cut of a chunk is refused")
  func changed() throws {
    let sealed = try Sealed(lengths: [40])
    for bit in 0..<(sealed.chunks[0].count * 8) {
      var changed = sealed
      changed.chunks[0][bit / 8] ^= 1 << (bit % 8)
      #expect(throws: CryptoError.notAuthentic, "bit \(bit)") { try changed.open() }
    }
    for length in 0..<sealed.chunks[0].count {
      var changed = sealed
      changed.chunks[0] = Array(sealed.chunks[0].prefix(length))
      let error: CryptoError = length < SealedStream.overhead ? .badLength : .notAuthentic
      #expect(throws: error, "cut to \(length)") { try changed.open() }
    }
  }

  @Test(
    "The writer takes full chunks only, but for the last", arguments: [0, 1, full - 1, full + 1])
  func writerLengths(count: Int) throws {
    var writer = try SealedStreamWriter()
    let chunk = [UInt8](repeating: 0, count: count)
    #expect(throws: CryptoError.badLength) { try writer.push(chunk.span, final: false) }
  }

  @Test("The writer takes no empty last chunk behind another, and nothing behind the last one")
  func writerEnd() throws {
    let chunk = [UInt8](repeating: 0, count: Self.full)
    var writer = try SealedStreamWriter()
    _ = try writer.push(chunk.span, final: false)
    #expect(throws: CryptoError.badLength) { try writer.push([UInt8]().span, final: true) }
    writer = try SealedStreamWriter()
    _ = try writer.push(chunk.span, final: true)
    #expect(throws: CryptoError.malformed("a chunk behind the last one")) {
      try writer.push(chunk.span, final: true)
    }
  }

  @Test("A key has 32 bytes and a header 24")
  func lengths() throws {
    let (key, header) = ([UInt8](repeating: 1, count: 32), [UInt8](repeating: 1, count: 24))
    #expect(throws: CryptoError.badLength) {
      _ = try SealedStreamReader(key: key.span.extracting(first: 31), header: header)
    }
    #expect(throws: CryptoError.badLength) {
      _ = try SealedStreamReader(key: key.span, header: header + [0])
    }
  }
}
