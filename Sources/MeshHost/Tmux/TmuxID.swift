/// tmux's own number for a pane, a window or a session: unique in one server's life, the only thing by which we
/// ever target one. Names never are.
public protocol TmuxID: Hashable, Sendable, Comparable, CustomStringConvertible {
  static var sigil: Character { get }
  var number: UInt32 { get }
  init(number: UInt32)
}

extension TmuxID {
  /// The sigil and up to nine digits, in their one regular form.
  public init?(validating text: some StringProtocol) {
    guard text.first == Self.sigil, (2...10).contains(text.utf8.count),
      text.utf8.dropFirst().allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      let number = UInt32(text.dropFirst())
    else { return nil }
    self.init(number: number)
    guard description == text else { return nil }
  }

  public var description: String { "\(Self.sigil)\(number)" }
  public static func < (left: Self, right: Self) -> Bool { left.number < right.number }
}

/// `%7`
public struct PaneID: TmuxID {
  public static let sigil: Character = "%"
  public let number: UInt32
  public init(number: UInt32) { self.number = number }
}

/// `@7`
public struct WindowID: TmuxID {
  public static let sigil: Character = "@"
  public let number: UInt32
  public init(number: UInt32) { self.number = number }
}

/// `$7`
public struct SessionID: TmuxID {
  public static let sigil: Character = "$"
  public let number: UInt32
  public init(number: UInt32) { self.number = number }
}
