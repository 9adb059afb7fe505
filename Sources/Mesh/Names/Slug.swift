/// The part of an address that stands for a session or a window.
package enum Slug {
  /// The most characters a slug has.
  package static let limit = 40

  /// Lower case; every run outside `[a-z0-9]` becomes one `-`; trimmed; at most 40 characters.
  /// - Returns: nil when nothing is left; callers then say `win<id>`, with the number that tmux gives it.
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
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
      || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  private static func lowered(_ scalar: Unicode.Scalar) -> UInt8? {
    guard scalar.isASCII else { return nil }
    let byte = UInt8(truncatingIfNeeded: scalar.value)
    if isSlugByte(byte) { return byte }
    let upper = UInt8(ascii: "A")...UInt8(ascii: "Z")
    return upper.contains(byte) ? byte + 32 : nil
  }
}
