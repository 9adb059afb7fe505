import MeshCrypto
import Testing

/// Stock `ssh-keygen` accepts our keys and signatures, and we read the ones that it writes.
@Suite("ssh-keygen as the oracle", .serialized)
struct CryptoOracleTests {
  private static let seed = [UInt8](0..<32)

  /// Namespace lengths that end the armour's last line at every place around its 70 columns.
  private static let namespaces =
    ["a", "message@agent-mesh", "slice@agent-mesh"]
    + (20..<90).filter { $0 % 5 == 0 }.map { String(repeating: "n", count: $0) }

  private static let messages: [[UInt8]] = [
    [], [0], Array("kind: message\n".utf8), (0..<65_536).map { UInt8(truncatingIfNeeded: $0) },
  ]

  @Test("ssh-keygen signs to the same bytes", arguments: namespaces)
  func sign(namespace: String) throws {
    let key = try SigningKey(seed: Self.seed.span)
    let folder = try CryptoScratchFolder()
    try folder.write("key", OpenSSHKeyFile.encode(key, comment: "hub"))
    for message in Self.messages {
      let stock = try folder.sshKeygen(
        "-q", "-Y", "sign", "-f", "key", "-n", namespace, input: message)
      #expect(stock.status == 0)
      #expect(stock.output == SSHSignature.make(over: message, namespace: namespace, by: key))
      try SSHSignature.verify(
        stock.output, over: message, namespace: namespace, by: key.publicKey)
    }
  }

  @Test("ssh-keygen verifies what we sign, and nothing else", arguments: messages)
  func verify(message: [UInt8]) throws {
    let key = try SigningKey.generate()
    let folder = try CryptoScratchFolder()
    let signers = "hub namespaces=\"message@agent-mesh\" \(key.publicKey.openSSH) pinned\n"
    try folder.write("allowed_signers", Array(signers.utf8))
    try folder.write(
      "sig", SSHSignature.make(over: message, namespace: "message@agent-mesh", by: key))
    func answer(_ host: String, _ namespace: String, _ message: [UInt8]) throws -> Int32 {
      try folder.sshKeygen(
        "-Y", "verify", "-f", "allowed_signers", "-I", host, "-n", namespace, "-s", "sig",
        input: message
      ).status
    }
    #expect(try answer("hub", "message@agent-mesh", message) == 0)
    #expect(try answer("hub", "message@agent-mesh", message + [0]) != 0)
    #expect(try answer("hub", "slice@agent-mesh", message) != 0)
    #expect(try answer("other", "message@agent-mesh", message) != 0)
  }

  @Test("ssh-keygen reads our key files", arguments: 0..<9)
  func readsOurs(length: Int) throws {
    let key = try SigningKey.generate()
    let publicKey = key.publicKey
    let comment = String("agent hub".prefix(length))
    let folder = try CryptoScratchFolder()
    try folder.write("key", OpenSSHKeyFile.encode(key, comment: comment))
    try folder.write("key.pub", Array("\(publicKey.openSSH) \(comment)\n".utf8))
    let printed = try folder.sshKeygen("-y", "-P", "", "-f", "key")
    let line = comment.isEmpty ? publicKey.openSSH : "\(publicKey.openSSH) \(comment)"
    #expect(printed.text == line + "\n")
    let fingerprint = try folder.sshKeygen("-l", "-f", "key.pub").text.split(separator: " ")
    #expect(fingerprint.dropFirst().first == publicKey.fingerprint[...])
  }

  @Test("We read ssh-keygen's key files, and its new comments in ours", arguments: 0..<9)
  func readsTheirs(length: Int) throws {
    let folder = try CryptoScratchFolder()
    let comment = String("agent hub".prefix(length))
    try folder.make("ed25519", passphrase: "", comment: comment)
    let key = try OpenSSHKeyFile.decode(folder.read("key"))
    let publicKey = key.publicKey
    let line = String(decoding: try folder.read("key.pub"), as: UTF8.self)
    #expect(line.utf8.elementsEqual(OpenSSHKeyFile.encodePublic(publicKey, comment: comment)))
    #expect(publicKey.verify(key.sign([1]), over: [1]))
    let ours = OpenSSHKeyFile.encode(key, comment: "old")
    try folder.write("key", ours)
    #expect(try folder.sshKeygen("-q", "-c", "-C", "new", "-P", "", "-f", "key").status == 0)
    let changed = try folder.read("key")
    #expect(changed != ours)
    let readAgain = try OpenSSHKeyFile.decode(changed).publicKey
    #expect(readAgain == publicKey)
  }

  @Test(
    "Other key files are refused with the reason",
    arguments: [
      ("ed25519", "secret", "key file is encrypted"), ("rsa", "", "not an ssh-ed25519 public key"),
      ("ecdsa", "", "not an ssh-ed25519 public key"), ("rsa", "secret", "key file is encrypted"),
    ])
  func others(type: String, passphrase: String, reason: String) throws {
    let folder = try CryptoScratchFolder()
    try folder.make(type, passphrase: passphrase, comment: "hub")
    let file = try folder.read("key")
    #expect(throws: CryptoError.malformed(reason)) { _ = try OpenSSHKeyFile.decode(file) }
    for length in 0..<file.count {
      #expect(throws: CryptoError.self) {
        _ = try OpenSSHKeyFile.decode(Array(file.prefix(length)))
      }
    }
  }

  @Test("A signature of another type or hash is refused", arguments: ["rsa", "ecdsa", "sha256"])
  func otherSignature(kind: String) throws {
    let folder = try CryptoScratchFolder()
    try folder.make(kind == "sha256" ? "ed25519" : kind, passphrase: "", comment: "hub")
    let hash = kind == "sha256" ? ["-O", "hashalg=sha256"] : []
    let signed = try folder.sshKeygen(
      ["-q", "-Y", "sign", "-f", "key", "-n", "message@agent-mesh"] + hash, input: [1])
    #expect(signed.status == 0)
    #expect(throws: CryptoError.self) { try SSHSignature.key(of: signed.output) }
  }
}

extension CryptoScratchFolder {
  fileprivate func make(_ type: String, passphrase: String, comment: String) throws {
    let made = try sshKeygen("-q", "-t", type, "-N", passphrase, "-C", comment, "-f", "key")
    #expect(made.status == 0)
  }
}
