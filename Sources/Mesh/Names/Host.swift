/// A name that breaks the rules of its kind. Carries what is wanted, never the offending bytes.
package enum NameError: Error, Equatable, Sendable {
  case badHost
  case badAddress
}

/// An *account*: the unit that has a signing key. `[a-z0-9][a-z0-9-]{0,62}`.
package struct Host: Hashable, Sendable, Comparable, CustomStringConvertible {
  package let name: String

  package init(validating text: some StringProtocol) throws(NameError) {
    let bytes = Array(text.utf8)
    guard (1...63).contains(bytes.count), bytes[0] != UInt8(ascii: "-"),
      bytes.allSatisfy({ Slug.isSlugByte($0) || $0 == UInt8(ascii: "-") })
    else { throw .badHost }
    name = String(text)
  }

  package var description: String { name }
  package static func < (left: Host, right: Host) -> Bool { left.name < right.name }
}
