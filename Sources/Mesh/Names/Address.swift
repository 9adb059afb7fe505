/// Where a message goes: `<host>`, a window address, or a pane address
/// (`<window address>-<index>`, `<window address>.<index>`), with `~2`, `~3` where two came to the same one.
package struct Address: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// Host, two slugs, their joints, a pane index and a collision mark fit.
  package static let limit = 160

  package let text: String

  /// `[a-z0-9]` first, then `[a-z0-9-]`, at most one `~<number>`, from 2 on, and one `.<index>` behind.
  package init(validating text: some StringProtocol) throws(NameError) {
    let bytes = Array(text.utf8)
    guard (1...Address.limit).contains(bytes.count), Slug.isSlugByte(bytes[0]) else {
      throw .badAddress
    }
    var rest = bytes[...]
    Address.dropNumber(&rest, behind: UInt8(ascii: "."), from: 0)
    Address.dropNumber(&rest, behind: UInt8(ascii: "~"), from: 2)
    guard rest.allSatisfy({ Slug.isSlugByte($0) || $0 == UInt8(ascii: "-") }) else {
      throw .badAddress
    }
    self.text = String(text)
  }

  /// The address of a host itself: a sender in no pane.
  package init(_ host: Host) { text = host.name }

  package var description: String { text }
  package static func < (left: Address, right: Address) -> Bool { left.text < right.text }

  /// The *longest* known host that is the address, or stands before it with a `-`.
  /// With hosts `a` and `a-b`, `a-b-c` belongs to `a-b`.
  package func owner(among hosts: some Sequence<Host>) -> Host? {
    Address.owner(of: text, among: hosts)
  }

  /// `.<index>` and `~<number>` make no other name: with `a-b` known, `a-b.0` is not `a`'s to claim.
  static func owner(of text: some StringProtocol, among hosts: some Sequence<Host>) -> Host? {
    let bytes = Array(text.utf8)
    return hosts.filter { host in
      let name = host.name.utf8
      guard bytes.starts(with: name) else { return false }
      return bytes.count == name.count || "-.~".utf8.contains(bytes[name.count])
    }
    .max { $0.name.utf8.count < $1.name.utf8.count }
  }

  /// Up to four digits without leading zeros, so that each number has one spelling.
  private static func dropNumber(
    _ bytes: inout ArraySlice<UInt8>, behind mark: UInt8, from least: Int
  ) {
    let zero = UInt8(ascii: "0")
    let count = bytes.reversed().prefix { (zero...UInt8(ascii: "9")).contains($0) }.count
    guard let number = DecimalText.parse(bytes.suffix(count), digits: 4), number >= least,
      bytes.dropLast(count).last == mark
    else { return }
    bytes = bytes.dropLast(count + 1)
  }
}
