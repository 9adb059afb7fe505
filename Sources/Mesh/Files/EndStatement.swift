internal import MeshCrypto

/// Comes after a file's bytes. A file is read only once, so its digest is not known earlier.
/// `AMSE1 <statement length> <signature length>\n<statement><signature>`, signed with the key of
/// the statement before it.
package struct EndStatement: Equatable, Sendable {
  /// `AMSE1 4096 1024`
  package static let lineLimit = 15
  package static let limit = 256
  private static let keys = ["id", "length", "digest"]

  package var id: MessageID
  /// Length of the plain text, in bytes: the caption's length field, the caption, the file.
  package var length: Int
  /// See `digest(caption:file:)`.
  package var digest: String

  package init(id: MessageID, length: Int, digest: String) {
    (self.id, self.length, self.digest) = (id, length, digest)
  }

  package init(validating bytes: [UInt8]) throws(FormError) {
    let fields = try FieldLines(bytes, keys: EndStatement.keys, limit: EndStatement.limit)
    self.init(
      id: try fields.value("id", MessageID.init(validating:)),
      length: try fields.length("length"), digest: try fields.digest("digest"))
    guard self.bytes == bytes else { throw .value("form") }
  }

  package var bytes: [UInt8] {
    FieldLines.encode(EndStatement.keys, [id.text, String(length), digest])
  }

  /// With its first line and its signature, as it is sent.
  package func framed(signature: [UInt8]) -> [UInt8] {
    Framing.joined("AMSE1", [bytes, signature])
  }

  /// The lengths in its first line.
  /// - Parameter line: without its LF.
  package static func lengths(
    _ line: [UInt8]
  ) throws(FormError) -> (statement: Int, signature: Int) {
    let numbers = try Framing.numbers(line, word: "AMSE1", count: 2)
    guard (1...limit).contains(numbers[0]), (1...SSHSignature.maximumLength).contains(numbers[1])
    else { throw .length }
    return (numbers[0], numbers[1])
  }

  /// BLAKE2b-256, in hex, over the caption's length in 2 bytes, the caption, and the file's
  /// BLAKE2b-256. So it covers the whole plain text, and the file is hashed once for this digest
  /// and for the one that people compare.
  /// - Parameter file: 32 bytes.
  package static func digest(caption: [UInt8], file: [UInt8]) -> String {
    Digest.hex(Digest.blake2b256(FileText.prefix(caption) + file))
  }
}

/// What a file's plain text begins with.
package enum FileText {
  /// The maximum length of a caption, in bytes.
  package static let captionLimit = 4096

  /// The caption's length in 2 bytes, big-endian, and the caption.
  package static func prefix(_ caption: [UInt8]) -> [UInt8] {
    [UInt8(truncatingIfNeeded: caption.count >> 8), UInt8(truncatingIfNeeded: caption.count)]
      + caption
  }
}
