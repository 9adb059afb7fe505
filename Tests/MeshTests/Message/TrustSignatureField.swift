import MeshCrypto

/// A signature with one wrong field in otherwise correct armour.
enum SignatureField {
  case version, keyType, reserved, hash

  static func change(_ field: SignatureField, in armoured: [UInt8]) throws -> [UInt8] {
    var bytes = try Armoured.open(armoured)
    switch field {
    case .version: bytes[9] = 2
    case .keyType: bytes[10 + 4 + 4] = UInt8(ascii: "x")
    case .reserved, .hash:
      guard
        let hash = bytes.indices.first(where: { bytes[$0...].starts(with: Array("sha512".utf8)) })
      else { throw BadHex() }
      if field == .hash {
        bytes.replaceSubrange(hash..<(hash + 6), with: Array("sha256".utf8))
      } else {
        bytes.replaceSubrange((hash - 8)..<(hash - 4), with: [0, 0, 0, 1, 0x78])
      }
    }
    return Armoured.close(bytes)
  }
}
