import MeshCrypto

/// Removes and adds the armour, independently of the code under test.
enum Armoured {
  static func open(_ text: [UInt8]) throws -> [UInt8] {
    let lines = String(decoding: text, as: UTF8.self).split(separator: "\n")
    return try Base64.decode(lines.dropFirst().dropLast().joined())
  }

  static func close(_ blob: [UInt8], label: String = "SSH SIGNATURE", width: Int = 70) -> [UInt8] {
    var text = "-----BEGIN \(label)-----\n"
    var rest = Base64.encode(blob)[...]
    while !rest.isEmpty {
      text += rest.prefix(width) + "\n"
      rest = rest.dropFirst(width)
    }
    return Array((text + "-----END \(label)-----\n").utf8)
  }
}

struct BadHex: Error {}

/// The bytes of a vector's hexadecimal text.
func bytes(hex text: String) throws -> [UInt8] {
  let digits = try text.utf8.map { digit in
    guard let value = Character(UnicodeScalar(digit)).hexDigitValue else { throw BadHex() }
    return UInt8(value)
  }
  guard digits.count.isMultiple(of: 2) else { throw BadHex() }
  return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}
