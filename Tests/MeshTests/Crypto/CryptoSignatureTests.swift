import MeshCrypto
import Testing

@Suite("Keys and SSH signatures")
struct CryptoSignatureTests {
  private static let seed = [UInt8](0..<32)
  private static let message = Array("statement\n".utf8)
  private static let namespace = "message@agent-mesh"

  private static func armoured() throws -> (key: VerifyingKey, text: [UInt8]) {
    let key = try SigningKey(seed: seed.span)
    return (key.publicKey, SSHSignature.make(over: message, namespace: namespace, by: key))
  }

  @Test("RFC 8032, test 2")
  func rfc8032() throws {
    let seed = try bytes(hex: "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
    let key = try SigningKey(seed: seed.span)
    let publicKey = key.publicKey
    #expect(
      Digest.hex(publicKey.bytes)
        == "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
    let signature = key.sign([0x72])
    #expect(
      Digest.hex(signature)
        == "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")
    #expect(publicKey.verify(signature, over: [0x72]))
    #expect(!publicKey.verify(signature, over: []))
    #expect(!publicKey.verify(signature + [0], over: [0x72]))
    #expect(!publicKey.verify([], over: [0x72]))
  }

  @Test("A new key is another one each time; an empty message can be signed")
  func generate() throws {
    let one = try SigningKey.generate()
    let other = try SigningKey.generate()
    let keys = (one.publicKey, other.publicKey)
    let signature = one.sign([])
    #expect(keys.0 != keys.1)
    #expect(keys.0.verify(signature, over: []))
    #expect(!keys.1.verify(signature, over: []))
  }

  @Test("A seed has 32 bytes, a public key too", arguments: [0, 31, 33, 64])
  func lengths(count: Int) {
    let bytes = [UInt8](repeating: 7, count: count)
    #expect(throws: CryptoError.badLength) { _ = try SigningKey(seed: bytes.span) }
    #expect(throws: CryptoError.badLength) { try VerifyingKey(bytes: bytes) }
  }

  @Test("A public key's line comes back; every other line is refused")
  func openSSH() throws {
    let key = try SigningKey(seed: Self.seed.span).publicKey
    let line = key.openSSH
    #expect(try VerifyingKey(openSSH: line) == key)
    let wrong = [
      "", "ssh-ed25519", "ssh-ed25519 ", line + " comment", line + "\n", " " + line, line + "=",
      line.replacing("ssh-ed25519 ", with: "ssh-ed25519  "), String(line.dropLast()),
      line.replacing("ssh-ed25519 ", with: "ssh-rsa "), line.replacing("ssh-", with: "SSH-"),
      line + "AAAA", line.replacing("AAAAC3", with: "AAAAD3"),
      line + String(repeating: "A", count: 500),
    ]
    for text in wrong {
      #expect(throws: CryptoError.self, "\(text)") { try VerifyingKey(openSSH: text) }
    }
  }

  @Test("A signature verifies, names its key, and is the same each time")
  func roundTrip() throws {
    let (key, text) = try Self.armoured()
    try SSHSignature.verify(text, over: Self.message, namespace: Self.namespace, by: key)
    #expect(try SSHSignature.key(of: text) == key)
    #expect(try Self.armoured().text == text)
  }

  @Test("Another message, namespace or key is not authentic")
  func notAuthentic() throws {
    let (key, text) = try Self.armoured()
    let other = try SigningKey.generate().publicKey
    #expect(throws: CryptoError.notAuthentic) {
      try SSHSignature.verify(text, over: [], namespace: Self.namespace, by: key)
    }
    #expect(throws: CryptoError.notAuthentic) {
      try SSHSignature.verify(text, over: Self.message, namespace: "slice@agent-mesh", by: key)
    }
    #expect(throws: CryptoError.notAuthentic) {
      try SSHSignature.verify(text, over: Self.message, namespace: Self.namespace, by: other)
    }
  }

  @Test("Every flipped bit of the armour is refused, as is every cut")
  func flippedArmour() throws {
    let (key, text) = try Self.armoured()
    for bit in 0..<(text.count * 8) {
      var changed = text
      changed[bit / 8] ^= 1 << (bit % 8)
      #expect(!Self.verifies(changed, by: key), "bit \(bit)")
    }
    for length in 0..<text.count {
      #expect(!Self.verifies(Array(text.prefix(length)), by: key), "cut to \(length)")
    }
  }

  @Test("Every flipped bit of what stands inside the armour is refused")
  func flippedBlob() throws {
    let (key, text) = try Self.armoured()
    let blob = try Armoured.open(text)
    #expect(Armoured.close(blob) == text)
    for bit in 0..<(blob.count * 8) {
      var changed = blob
      changed[bit / 8] ^= 1 << (bit % 8)
      #expect(!Self.verifies(Armoured.close(changed), by: key), "bit \(bit)")
    }
  }

  @Test("The same blob in another armour is refused")
  func otherArmour() throws {
    let (key, text) = try Self.armoured()
    let blob = try Armoured.open(text)
    let plain = String(decoding: text, as: UTF8.self)
    let others = [
      Armoured.close(blob, width: 64), Armoured.close(blob, width: 76),
      Armoured.close(blob, label: "PGP SIGNATURE"), Armoured.close(blob + [0]),
      Array(plain.replacing("\n", with: "\r\n").utf8), Array("\n\(plain)".utf8),
      Array("\(plain)\n".utf8), Array("\(plain)\(plain)".utf8), Array(plain.dropLast().utf8),
      Array(plain.replacing("\n-----END", with: "\n\n-----END").utf8),
      [UInt8](repeating: 0x41, count: 2_000_000),
    ]
    for changed in others { #expect(!Self.verifies(changed, by: key)) }
  }

  @Test(
    "Each field has one value",
    arguments: [
      (Field.version, "unknown signature version"), (.type, "not an ssh-ed25519 public key"),
      (.reserved, "reserved field not empty"), (.hash, "signature hash is not sha512"),
      (.signatureType, "signature is not of ssh-ed25519"),
      (.signatureLength, "signature has not 64 bytes"), (.behind, "bytes behind the end"),
    ])
  func fields(field: Field, reason: String) throws {
    let key = try SigningKey(seed: Self.seed.span)
    let text = Armoured.close(Self.blob(by: key, with: field))
    let publicKey = key.publicKey
    #expect(throws: CryptoError.malformed(reason)) {
      try SSHSignature.verify(
        text, over: Self.message, namespace: Self.namespace, by: publicKey)
    }
    #expect(throws: CryptoError.malformed(reason)) { try SSHSignature.key(of: text) }
    #expect(Self.verifies(Armoured.close(Self.blob(by: key, with: nil)), by: publicKey))
  }

  enum Field { case version, type, reserved, hash, signatureType, signatureLength, behind }

  /// The bytes inside the armour, correct except for one field.
  private static func blob(by key: borrowing SigningKey, with wrong: Field?) -> [UInt8] {
    func string(_ bytes: [UInt8]) -> [UInt8] { [0, 0, 0, UInt8(bytes.count)] + bytes }
    func string(_ text: String) -> [UInt8] { string(Array(text.utf8)) }
    let reserved = string(wrong == .reserved ? "x" : "")
    let hash = string(wrong == .hash ? "sha256" : "sha512")
    let type = string(wrong == .type ? "ssh-ed25518" : "ssh-ed25519")
    let inner = string(wrong == .signatureType ? "ssh-ed25518" : "ssh-ed25519")
    let whole = SSHSignature.make(over: message, namespace: namespace, by: key)
    var signature = ((try? Armoured.open(whole)) ?? []).suffix(64)
    if wrong == .signatureLength { signature.removeLast() }
    return Array("SSHSIG".utf8) + [0, 0, 0, wrong == .version ? 2 : 1]
      + string(type + string(key.publicKey.bytes)) + string(namespace) + reserved + hash
      + string(inner + string(Array(signature))) + (wrong == .behind ? [0] : [])
  }

  private static func verifies(_ text: [UInt8], by key: VerifyingKey) -> Bool {
    (try? SSHSignature.verify(text, over: message, namespace: namespace, by: key)) != nil
  }
}
