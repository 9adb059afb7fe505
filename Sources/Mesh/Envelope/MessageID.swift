internal import MeshCrypto

/// The id of one message: 128 random bits as 26 characters of canonical lower-case base32. Replay
/// protection, receipts, the log and the tag on the screen refer to a message by it.
package struct MessageID: Hashable, Sendable, CustomStringConvertible {
  package let text: String

  /// - Parameter random: 16 bytes.
  package init?(random: [UInt8]) {
    guard random.count == 16 else { return nil }
    text = Base32.encode(random)
  }

  /// A new id; `nil` when the system has no random numbers.
  package static func random() -> MessageID? { MessageID(random: Sodium.random(16)) }

  /// Accepts only the canonical spelling, so that one id has one file name.
  package init(validating text: some StringProtocol) throws(FormError) {
    guard text.utf8.count == 26, let bytes = try? Base32.decode(String(text)), bytes.count == 16
    else { throw .value("id") }
    self.text = String(text)
  }

  /// The part that the recipient's terminal shows.
  package var short: String { String(text.prefix(8)) }
  package var description: String { text }
}
