package import MeshCrypto

/// The payload of a sealed message that is being sent:
/// `<2-byte big-endian length><sealed head><stream>`.
package struct SealedPayload: ~Copyable {
  /// Everything before the first chunk: the head's length, the head, the stream's header.
  package let prefix: [UInt8]
  /// BLAKE2b-256, in hex, of the sealed head; the statement contains it.
  package let digest: String
  /// Length of the whole payload, in bytes.
  package let length: Int
  private var stream: SealedStreamWriter

  /// - Parameter head: what goes into the box; its length is that of the plain text.
  package init(_ head: SealedHead, to recipient: SealPublicKey) throws(CryptoError) {
    let stream = try SealedStreamWriter()
    var plain = stream.withKey { head.bytes(key: $0) }
    defer { Sodium.wipe(&plain) }
    guard plain.count <= SealedHead.limit else { throw .badLength }
    let box = try recipient.seal(plain)
    guard let length = SealedPayload.length(box: box.count, plain: head.length) else {
      throw .badLength
    }
    self.length = length
    digest = Digest.hex(Digest.blake2b256(box))
    prefix =
      [UInt8(truncatingIfNeeded: box.count >> 8), UInt8(truncatingIfNeeded: box.count)] + box
      + stream.header
    self.stream = stream
  }

  /// Seals the next 65,536 bytes of the plain text, or the rest.
  package mutating func seal(_ chunk: Span<UInt8>, final: Bool) throws(CryptoError) -> [UInt8] {
    try stream.push(chunk, final: final)
  }

  /// Seals a short text in one call.
  /// - Returns: the payload.
  package consuming func sealed(_ text: [UInt8]) throws(CryptoError) -> [UInt8] {
    var bytes = prefix
    var rest = text[...]
    repeat {
      let chunk = rest.prefix(SealedStream.chunkLength)
      rest = rest.dropFirst(chunk.count)
      bytes += try stream.push(chunk.span, final: rest.isEmpty)
    } while !rest.isEmpty
    return bytes
  }

  /// Every plain text has exactly one sealed length.
  static func length(box: Int, plain: Int) -> Int? {
    SealedStream.length(ofPlain: plain).map { 2 + box + SealedStream.headerLength + $0 }
  }

  /// The longest that a plain text of this length can become when sealed.
  package static func longest(plain: Int) -> Int {
    length(box: SealedHead.limit + SealPublicKey.overhead, plain: plain) ?? .max
  }
}
