/// Where a message goes: `<host>`, a window address, or a pane address (`<window address>-<index>`,
/// `<window address>.<index>`). `~2`, `~3` tell apart addresses that would be equal.
package struct Address: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// Enough for a host, two slugs, their separators, a pane index and a collision number.
  package static let limit = 160

  package let text: String

  /// `[a-z0-9]` first, then `[a-z0-9-]`, at most one `~<number>` from 2 on, and at most one
  /// `.<index>` at the end.
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

  /// The address of the host itself, for a sender that is in no pane.
  package init(_ host: Host) { text = host.name }

  package var description: String { text }
  package static func < (left: Address, right: Address) -> Bool { left.text < right.text }

  /// The *longest* known host that equals the address or is followed by `-` in it. With hosts `a`
  /// and `a-b`, `a-b-c` belongs to `a-b`.
  package func owner(among hosts: some Sequence<Host>) -> Host? {
    Address.owner(of: text, among: hosts)
  }

  /// `.<index>` and `~<number>` do not change the owner: if `a-b` is known,
  /// `a` cannot claim `a-b.0`.
  static func owner(of text: some StringProtocol, among hosts: some Sequence<Host>) -> Host? {
    let bytes = Array(text.utf8)
    return hosts.filter { host in
      let name = host.name.utf8
      guard bytes.starts(with: name) else { return false }
      return bytes.count == name.count || "-.~".utf8.contains(bytes[name.count])
    }.max { $0.name.utf8.count < $1.name.utf8.count }
  }

  /// `<window>` and `<i>` of `<window>.<i>`, or of `<window>-<i>`.
  func windowAndPane(separatedBy mark: Character) -> (window: Address, pane: Int)? {
    guard let place = text.lastIndex(of: mark), let pane = Int(text[text.index(after: place)...]),
      let window = try? Address(validating: text[..<place])
    else { return nil }
    return (window, pane)
  }

  /// Up to four digits without leading zeros, so that each number has one spelling.
  private static func dropNumber(
    _ bytes: inout ArraySlice<UInt8>, behind mark: UInt8, from least: Int
  ) {
    let count = bytes.reversed().prefix(while: \.isDigit).count
    guard let number = DecimalText.parse(bytes.suffix(count), digits: 4), number >= least,
      bytes.dropLast(count).last == mark
    else { return }
    bytes = bytes.dropLast(count + 1)
  }
}

/// A name breaks the rules of its kind. The error says which kind, never the offending bytes.
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

/// The part of an address that is made from the name of a session or a window.
package enum Slug {
  /// The maximum number of characters in a slug.
  package static let limit = 40

  /// Lower case; each run outside `[a-z0-9]` becomes one `-`; trimmed; at most 40 characters.
  /// - Returns: `nil` when nothing is left; callers then use `win<id>`, with
  ///   tmux's number of the window.
  package static func make(_ text: String) -> String? {
    var out: [UInt8] = []
    for scalar in text.unicodeScalars {
      let byte = lowered(scalar)
      if let byte {
        out.append(byte)
      } else if let last = out.last, last != UInt8(ascii: "-") {
        out.append(UInt8(ascii: "-"))
      }
      if out.count == limit { break }
    }
    while out.last == UInt8(ascii: "-") { out.removeLast() }
    return out.isEmpty ? nil : String(decoding: out, as: UTF8.self)
  }

  package static func isSlugByte(_ byte: UInt8) -> Bool {
    byte.isDigit || byte.isLetter && byte & 0x20 != 0
  }

  private static func lowered(_ scalar: Unicode.Scalar) -> UInt8? {
    guard let byte = UInt8(exactly: scalar.value) else { return nil }
    return byte.isLetter ? byte | 0x20 : byte.isDigit ? byte : nil
  }
}

/// The addresses that a pane's names make, before `~<number>` is added.
extension LivePane {
  /// The window's: `<host>-<name>`, or `<host>-<slug(session)>-<slug(window)>`.
  func windowBase(_ host: Host) -> String {
    if let name = windowAgentName.flatMap(Slug.make) { return "\(host)-\(name)" }
    // Use the id, not the index: tmux never reuses an id, so such an address stays with its window.
    let session = Slug.make(sessionName) ?? "ses\(LivePane.digits(sessionID))"
    return "\(host)-\(session)-\(Slug.make(windowName) ?? "win\(LivePane.digits(windowID))")"
  }

  private static func digits(_ id: String) -> Substring {
    Substring(id.filter { $0.isASCII && $0.isNumber }).prefix(10)
  }

  /// The pane's, from its own `@agent-name`.
  func namedBase(_ host: Host) -> String? {
    paneAgentName.flatMap(Slug.make).map { "\(host)-\($0)" }
  }
}
