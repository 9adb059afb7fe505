import MeshCrypto
import TestSupport
import Testing

/// Our own vectors, in `Tests/Vectors`: signatures made with python's `cryptography` and then
/// damaged in one way per row, points of low order, and the output of stock `ssh-keygen -Y sign`.
/// The secret half of that key was not kept.
@Suite("Own vectors") struct OwnVectorTests {
  private static func rows(_ name: String) throws -> [[String]] {
    let text = try #require(Files.text(Repository.path("Tests/Vectors/\(name)")))
    return text.split(separator: "\n").filter { !$0.hasPrefix("#") }
      .map { $0.split(separator: "\t").map(String.init) }
  }

  private static func bytes(_ hex: String) throws -> [UInt8] {
    hex == "-" ? [] : try MeshTests.bytes(hex: hex)
  }

  @Test func damagedSignaturesDoNotHold() throws {
    let rows = try Self.rows("ed25519.tsv")
    for row in rows {
      // A key of low order may already be refused as a key.
      let key = try? VerifyingKey(bytes: Self.bytes(row[1]))
      let holds = try key?.verify(Self.bytes(row[3]), over: Self.bytes(row[2])) ?? false
      #expect(holds == (row[4] == "valid"), "\(row[0])")
    }
    #expect(rows.count == 76)
    #expect(rows.count { $0[4] == "valid" } == 4)
  }

  @Test func sharedSecretsAreRightAndZeroOnesRefused() throws {
    let rows = try Self.rows("x25519.tsv")
    for row in rows {
      let shared = try Self.shared(secret: Self.bytes(row[0]), point: Self.bytes(row[1]))
      let expected = row[2] == "refused" ? nil : try Self.bytes(row[2])
      #expect(shared == expected, "\(row[1])")
    }
    #expect(rows.count == 19)
  }

  private static func shared(secret: [UInt8], point: [UInt8]) throws -> [UInt8]? {
    let key = try SealKey(secret: secret.span)
    return try? key.sharedSecret(with: SealPublicKey(bytes: point))
  }

  @Test(arguments: ["message", "slice", "receipt", "rotate", "revoke"])
  func whatSSHKeygenSignedHoldsInItsNamespaceAlone(_ name: String) throws {
    let key = try OpenSSHKeyFile.decodePublic(Self.file("key.pub"))
    let message = try Self.file("message")
    let signature = try Self.file("\(name).sig")
    for space in ["message", "slice", "receipt", "rotate", "revoke"] {
      let holds =
        (try? SSHSignature.verify(
          signature, over: message, namespace: "\(space)@agent-mesh", by: key)) != nil
      #expect(holds == (space == name), "\(space)")
    }
    #expect(throws: CryptoError.notAuthentic) {
      try SSHSignature.verify(
        signature, over: message + [10], namespace: "\(name)@agent-mesh", by: key)
    }
  }

  @Test func anotherHashIsRefused() throws {
    let key = try OpenSSHKeyFile.decodePublic(Self.file("key.pub"))
    let (message, signature) = (try Self.file("message"), try Self.file("sha256.sig"))
    #expect(throws: CryptoError.self) {
      try SSHSignature.verify(
        signature, over: message, namespace: "message@agent-mesh", by: key)
    }
  }

  private static func file(_ name: String) throws -> [UInt8] {
    Array(try #require(Files.text(Repository.path("Tests/Vectors/ssh/\(name)"))).utf8)
  }
}
