import MeshCrypto
import Testing

@Suite("OpenSSH key files")
struct CryptoKeyFileTests {
  private static let seed = [UInt8](0..<32)

  private static func file(comment: String = "hub") throws -> (key: VerifyingKey, text: [UInt8]) {
    let key = try SigningKey(seed: seed.span)
    return (key.publicKey, OpenSSHKeyFile.encode(key, comment: comment))
  }

  private static func publicKey(in file: [UInt8]) throws -> VerifyingKey {
    try OpenSSHKeyFile.decode(file).publicKey
  }

  @Test("A key comes back, whatever the comment's length", arguments: 0..<20)
  func roundTrip(length: Int) throws {
    let (key, text) = try Self.file(comment: String(repeating: "c", count: length))
    let back = try OpenSSHKeyFile.decode(text)
    let publicKey = back.publicKey
    #expect(publicKey == key)
    #expect(key.verify(back.sign([1, 2, 3]), over: [1, 2, 3]))
  }

  @Test(
    "Lines of another width are read: other writers than OpenSSH have them", arguments: [64, 76])
  func width(columns: Int) throws {
    let (key, text) = try Self.file()
    let other = Armoured.close(
      try Armoured.open(text), label: "OPENSSH PRIVATE KEY", width: columns)
    #expect(try Self.publicKey(in: other) == key)
  }

  @Test("A public key's file comes back with and without a comment, and is one line")
  func publicFile() throws {
    let key = try Self.file().key
    let long = String(repeating: "é", count: 999)
    for comment in ["", "hub", "two words", "a\nb\r\u{85}\u{1B}[1m", long] {
      let file = OpenSSHKeyFile.encodePublic(key, comment: comment)
      #expect(try OpenSSHKeyFile.decodePublic(file) == key)
      #expect(file.count(where: { $0 == 0x0A }) == 1)
      #expect(file.count < 512)
      #expect(try Self.publicKey(in: Self.file(comment: comment).text) == key)
    }
    let line = key.openSSH
    #expect(try OpenSSHKeyFile.decodePublic(Array("\(line)\n".utf8)) == key)
    for text in ["", "\n", line, line + "\n\n", line + "=\n", " " + line + "\n", "ssh-rsa AAAA\n"] {
      #expect(throws: CryptoError.self, "\(text)") {
        try OpenSSHKeyFile.decodePublic(Array(text.utf8))
      }
    }
  }

  @Test("No byte from 0x80 on, nor zero, stands for a plus or a slash")
  func alphabet() throws {
    let text = try Self.file(comment: "???????>>>>>>>").text
    let places = text.indices.filter { "+/".utf8.contains(text[$0]) }
    #expect(places.count > 6)
    for place in places {
      for byte in [0] + (0x80...UInt8.max) {
        var changed = text
        changed[place] = byte
        #expect(throws: CryptoError.malformed("not base64")) { try Self.publicKey(in: changed) }
      }
    }
  }

  @Test("A file that is cut at any byte is refused, as is a longer one")
  func cut() throws {
    let (_, text) = try Self.file()
    for length in 0..<text.count {
      #expect(throws: CryptoError.self, "cut to \(length)") {
        try Self.publicKey(in: Array(text.prefix(length)))
      }
    }
    #expect(throws: CryptoError.malformed("not base64")) {
      let plain = String(decoding: text, as: UTF8.self)
      return try Self.publicKey(in: Array(plain.replacing("\n-----END", with: "\0\n-----END").utf8))
    }
    for tail in ["\n", "x", "-----END OPENSSH PRIVATE KEY-----\n"] {
      #expect(throws: CryptoError.self) { try Self.publicKey(in: text + Array(tail.utf8)) }
    }
    #expect(throws: CryptoError.malformed("key file too long")) {
      try Self.publicKey(in: [UInt8](repeating: 0x41, count: 20_000))
    }
  }

  @Test("What stands inside, cut at any byte, is refused")
  func cutBlob() throws {
    let blob = try Armoured.open(try Self.file().text)
    for length in 0..<blob.count {
      let text = Armoured.close(Array(blob.prefix(length)), label: "OPENSSH PRIVATE KEY")
      #expect(throws: CryptoError.self, "cut to \(length)") { try Self.publicKey(in: text) }
    }
  }

  @Test("No flipped bit gives another key, and only those in the comment go unnoticed")
  func flipped() throws {
    let (key, text) = try Self.file(comment: "hub")
    let blob = try Armoured.open(text)
    var unnoticed: Set<Int> = []
    for bit in 0..<(blob.count * 8) {
      var changed = blob
      changed[bit / 8] ^= 1 << (bit % 8)
      let file = Armoured.close(changed, label: "OPENSSH PRIVATE KEY")
      guard let read = try? Self.publicKey(in: file) else { continue }
      #expect(read == key)
      unnoticed.insert(bit / 8)
    }
    let comment = try #require(blob.firstRange(of: Array("hub".utf8)))
    #expect(unnoticed == Set(comment))
  }

  @Test("What is wrong is said", arguments: KeyFileFault.allCases)
  func faults(fault: KeyFileFault) throws {
    let blob = fault.blob(seed: Self.seed, publicKey: try Self.file().key.bytes)
    let text = Armoured.close(blob, label: "OPENSSH PRIVATE KEY")
    guard let reason = fault.reason else {
      #expect(try Self.publicKey(in: text) == Self.file().key)
      return
    }
    #expect(throws: CryptoError.malformed(reason)) { try Self.publicKey(in: text) }
  }

  @Test("Not a key file at all")
  func foreign() throws {
    let (_, text) = try Self.file()
    let blob = try Armoured.open(text)
    let missing = CryptoError.malformed("the BEGIN line is missing")
    #expect(throws: missing) { try Self.publicKey(in: []) }
    #expect(throws: missing) {
      try Self.publicKey(in: Armoured.close(blob, label: "RSA PRIVATE KEY"))
    }
    #expect(throws: missing) {
      let plain = String(decoding: text, as: UTF8.self)
      return try Self.publicKey(in: Array(plain.replacing("\n", with: "\r\n").utf8))
    }
  }
}

/// One fault per file; everything else is correct.
enum KeyFileFault: CaseIterable, Sendable {
  case none, magic, cipher, kdf, kdfOptions, twoKeys, publicType, checks, secretType, publicHalf
  case seed, tail, secretLength, padding, morePadding, noPadding, behind

  var reason: String? {
    switch self {
    case .none: nil
    case .magic: "not an OpenSSH key file"
    case .cipher, .kdf, .kdfOptions: "key file is encrypted"
    case .twoKeys: "not exactly one key"
    case .publicType: "not an ssh-ed25519 public key"
    case .checks: "check numbers differ"
    case .secretType: "not an Ed25519 key"
    case .publicHalf, .seed, .tail: "public and secret half do not belong together"
    case .secretLength: "secret key has not 64 bytes"
    case .padding, .morePadding, .noPadding: "wrong padding"
    case .behind: "bytes behind the end"
    }
  }

  func blob(seed: [UInt8], publicKey: [UInt8]) -> [UInt8] {
    func text(_ right: String, _ fault: KeyFileFault, _ wrong: String) -> [UInt8] {
      string(Array((self == fault ? wrong : right).utf8))
    }
    let type = text("ssh-ed25519", .publicType, "ssh-rsa")
    let secrets = self.secrets(seed: seed, publicKey: publicKey)
    return Array((self == .magic ? "openssh-key-v2\0" : "openssh-key-v1\0").utf8)
      + text("none", .cipher, "aes256-ctr") + text("none", .kdf, "bcrypt")
      + text("", .kdfOptions, "salt") + [0, 0, 0, self == .twoKeys ? 2 : 1]
      + string(type + string(publicKey)) + string(secrets) + (self == .behind ? [0] : [])
  }

  private func secrets(seed: [UInt8], publicKey: [UInt8]) -> [UInt8] {
    var (seed, half, tail) = (seed, publicKey, publicKey)
    if self == .seed { seed[0] ^= 1 }
    if self == .publicHalf { half[0] ^= 1 }
    if self == .tail { tail[0] ^= 1 }
    if self == .secretLength { tail.removeLast() }
    let type = Array((self == .secretType ? "ssh-ed25518" : "ssh-ed25519").utf8)
    var part = [1, 2, 3, 4, 1, 2, 3, self == .checks ? 5 : 4] as [UInt8]
    part += string(type) + string(half) + string(seed + tail) + string(Array("comment".utf8))
    var padding = [UInt8](1...8).prefix((8 - part.count % 8) % 8)
    switch self {
    case .padding: padding[0] = 0
    case .morePadding: padding += (padding.count + 1...padding.count + 8).map { UInt8($0) }
    case .noPadding: padding = []
    default: break
    }
    return part + padding
  }

  private func string(_ bytes: [UInt8]) -> [UInt8] { [0, 0, 0, UInt8(bytes.count)] + bytes }
}
