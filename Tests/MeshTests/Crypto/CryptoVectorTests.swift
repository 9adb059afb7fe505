import MeshCrypto
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Third-party vectors: Wycheproof, C2SP/CCTV, ed25519-speccheck. They are not part
/// of the project; an environment variable names their folder. Without it these
/// tests are skipped, and the test run says so.
@Suite(
  "Third-party vectors",
  .enabled(
    if: CryptoVectors.folder != nil, "AGENT_MESH_VECTORS names no folder with vectors"))
struct CryptoVectorTests {
  @Test("Wycheproof, Ed25519: 151 answers")
  func wycheproofEd25519() throws {
    let file: Wycheproof<SignatureGroup> = try CryptoVectors.read("wycheproof-ed25519.json")
    var count = 0
    for group in file.testGroups {
      let key = try VerifyingKey(bytes: bytes(hex: group.publicKey.pk))
      for test in group.tests {
        count += 1
        #expect(
          try key.verify(bytes(hex: test.sig), over: bytes(hex: test.msg)) == test.isValid,
          "\(test.tcId)")
      }
    }
    #expect(count == 151)
  }

  @Test("Wycheproof, X25519: 487 shared secrets, 31 zero ones refused")
  func wycheproofX25519() throws {
    let file: Wycheproof<AgreementGroup> = try CryptoVectors.read("wycheproof-x25519.json")
    var (right, refused) = (0, 0)
    for test in file.testGroups.flatMap(\.tests) {
      let expected = try bytes(hex: test.shared)
      let shared = try shared(secret: bytes(hex: test.secret), point: bytes(hex: test.point))
      #expect(shared == (expected.allSatisfy { $0 == 0 } ? nil : expected), "\(test.tcId)")
      if shared == nil { refused += 1 } else { right += 1 }
    }
    #expect(right == 487)
    #expect(refused == 31)
  }

  private func shared(secret: [UInt8], point: [UInt8]) throws -> [UInt8]? {
    let key = try SealKey(secret: secret.span)
    return try? key.sharedSecret(with: SealPublicKey(bytes: point))
  }

  @Test("CCTV: nothing of low order is accepted, nor anything with a residue")
  func cctv() throws {
    let refusing: Set = ["low_order_A", "low_order_R", "low_order_residue"]
    let tests: [CCTVTest] = try CryptoVectors.read("cctv-ed25519.json")
    var accepted = 0
    for test in tests {
      let key = try VerifyingKey(bytes: bytes(hex: test.key))
      let answer = try key.verify(bytes(hex: test.sig), over: Array(test.msg.utf8))
      #expect(answer == refusing.isDisjoint(with: test.flags ?? []), "\(test.number)")
      if answer { accepted += 1 }
    }
    #expect(tests.count == 914)
    #expect(accepted == 43)
  }

  @Test("ed25519-speccheck: the fourth of twelve is accepted")
  func speccheck() throws {
    let tests: [SpeccheckTest] = try CryptoVectors.read("speccheck-ed25519.json")
    let answers = try tests.map { test in
      try VerifyingKey(bytes: bytes(hex: test.publicKey)).verify(
        bytes(hex: test.signature), over: bytes(hex: test.message)) ? "V" : "X"
    }
    #expect(answers.joined() == "XXXVXXXXXXXX")
  }
}

enum CryptoVectors {
  static let folder = ProcessInfo.processInfo.environment["AGENT_MESH_VECTORS"]

  static func read<Content: Decodable>(_ name: String) throws -> Content {
    let folder = try #require(folder)
    let data = try Data(contentsOf: URL(filePath: "\(folder)/\(name)"))
    return try JSONDecoder().decode(Content.self, from: data)
  }
}

private struct Wycheproof<Group: Decodable>: Decodable { let testGroups: [Group] }

private struct SignatureGroup: Decodable {
  struct Key: Decodable { let pk: String }
  struct Test: Decodable {
    let tcId: Int
    let msg, sig, result: String
    var isValid: Bool { result == "valid" }
  }
  let publicKey: Key
  let tests: [Test]
}

private struct AgreementGroup: Decodable {
  struct Test: Decodable {
    let tcId: Int
    let point, secret, shared: String
    enum CodingKeys: String, CodingKey { case tcId, shared, point = "public", secret = "private" }
  }
  let tests: [Test]
}

private struct CCTVTest: Decodable {
  let number: Int
  let key, sig, msg: String
  let flags: [String]?
}

private struct SpeccheckTest: Decodable {
  let message, signature, publicKey: String
  enum CodingKeys: String, CodingKey { case message, signature, publicKey = "pub_key" }
}
