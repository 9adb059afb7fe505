/// Where a message goes: `<host>`, a window address, or a pane address
/// (`<window address>-<index>`, `<window address>.<index>`), with `~2`, `~3` where two came to the same one.
public struct Address: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// Host, two slugs, their joints, a pane index and a collision mark fit.
  public static let limit = 160

  public let text: String

  /// `[a-z0-9]` first, then `[a-z0-9-]`, at most one `.<digits>` and one `~<digits>` behind.
  public init(validating text: some StringProtocol) throws(NameError) {
    let bytes = Array(text.utf8)
    guard (1...Address.limit).contains(bytes.count), Slug.isSlugByte(bytes[0]) else {
      throw .badAddress
    }
    var rest = bytes[...]
    Address.dropNumber(&rest, behind: UInt8(ascii: "."))
    Address.dropNumber(&rest, behind: UInt8(ascii: "~"))
    guard rest.allSatisfy({ Slug.isSlugByte($0) || $0 == UInt8(ascii: "-") }) else {
      throw .badAddress
    }
    self.text = String(text)
  }

  /// The address of a host itself: a sender in no pane.
  public init(_ host: Host) { text = host.name }

  public var description: String { text }
  public static func < (left: Address, right: Address) -> Bool { left.text < right.text }

  /// The *longest* known host that is the address, or stands before it with a `-`.
  /// With hosts `a` and `a-b`, `a-b-c` belongs to `a-b`.
  public func owner(among hosts: some Sequence<Host>) -> Host? {
    hosts.filter { text == $0.name || text.hasPrefix($0.name + "-") }
      .max { $0.name.utf8.count < $1.name.utf8.count }
  }

  private static func dropNumber(_ bytes: inout ArraySlice<UInt8>, behind mark: UInt8) {
    let digits = bytes.reversed().prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    guard (1...4).contains(digits.count), bytes.dropLast(digits.count).last == mark else { return }
    bytes = bytes.dropLast(digits.count + 1)
  }
}
