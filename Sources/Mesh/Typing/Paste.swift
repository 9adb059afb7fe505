/// Texts that are pasted one after the other, in one step.
package struct Paste: Sendable, Equatable {
  /// The message's id: 26 characters of lower-case base32. It names the buffers.
  package let id: String
  package let pieces: [[UInt8]]
  /// Whether to add brackets, if the program asked for them.
  package let bracketed: Bool

  /// - Parameter pieces: safe text, 1 to 1,000 pieces, none empty or with a NUL, at most 256 KiB together.
  /// - Returns: nil when one of these conditions is not met.
  package init?(id: String, _ pieces: [String], bracketed: Bool) {
    guard Paste.isID(id), (1...1000).contains(pieces.count),
      pieces.allSatisfy({ !$0.isEmpty && !$0.utf8.contains(0) }),
      pieces.reduce(0, { $0 + $1.utf8.count }) <= 256 << 10
    else { return nil }
    self.id = id
    self.pieces = pieces.map { Array($0.utf8) }
    self.bracketed = bracketed
  }

  package static func isID(_ text: some StringProtocol) -> Bool {
    text.utf8.count == 26
      && text.utf8.allSatisfy {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
          || (UInt8(ascii: "2")...UInt8(ascii: "7")).contains($0)
      }
  }
}
