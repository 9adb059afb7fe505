internal import MeshCrypto

/// The name of one message: 128 random bits as 26 characters of canonical lower-case base32.
package struct MessageID: Hashable, Sendable, CustomStringConvertible {
  package let text: String

  /// - Parameter random: 16 bytes.
  package init?(random: [UInt8]) {
    guard random.count == 16 else { return nil }
    text = Base32.encode(random)
  }

  /// A new one; nil when the system has no random numbers to give.
  package static func random() -> MessageID? { MessageID(random: Sodium.random(16)) }

  /// Refuses every spelling but the canonical one, so that one id has one file name.
  package init(validating text: some StringProtocol) throws(FormError) {
    guard text.utf8.count == 26, let bytes = try? Base32.decode(String(text)), bytes.count == 16
    else { throw .value("id") }
    self.text = String(text)
  }

  /// What the recipient's terminal shows of it.
  package var short: String { String(text.prefix(8)) }
  package var description: String { text }
}
