/// tmux's own number for a pane, a window or a session, unique during one server's life. We only
/// target by these ids, never by names.
package protocol TmuxID: Hashable, Sendable, Comparable, CustomStringConvertible {
  static var sigil: Character { get }
  var number: UInt32 { get }
  init(number: UInt32)
}

extension TmuxID {
  /// The sigil and up to nine digits, in the only accepted spelling.
  package init?(validating text: some StringProtocol) {
    guard text.first == Self.sigil, (2...10).contains(text.utf8.count),
      text.utf8.dropFirst().allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      let number = UInt32(text.dropFirst())
    else { return nil }
    self.init(number: number)
    guard description == text else { return nil }
  }

  package var description: String { "\(Self.sigil)\(number)" }
  package static func < (left: Self, right: Self) -> Bool { left.number < right.number }
}

/// `%7`
package struct PaneID: TmuxID {
  package static let sigil: Character = "%"
  package let number: UInt32
  package init(number: UInt32) { self.number = number }
}

/// `@7`
package struct WindowID: TmuxID {
  package static let sigil: Character = "@"
  package let number: UInt32
  package init(number: UInt32) { self.number = number }
}

/// `$7`
package struct SessionID: TmuxID {
  package static let sigil: Character = "$"
  package let number: UInt32
  package init(number: UInt32) { self.number = number }
}
