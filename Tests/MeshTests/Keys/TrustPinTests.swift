import MeshCrypto
import TestSupport
import Testing

@testable import Mesh

@Suite("allowed_signers and revoked_keys")
struct TrustPinTests {
  private static let key = (try? Signer("hub", seed: 1))?.publicKey.openSSH ?? ""
  private static let all = Namespace.allCases.map(\.rawValue).joined(separator: ",")

  private static func parse(_ text: String) throws(PinError) -> AllowedSigners {
    try AllowedSigners(validating: Array(text.utf8))
  }

  @Test("The form is OpenSSH's, and it is written as it was read")
  func form() throws {
    let text = """
      hub namespaces="\(Self.all)" \(Self.key) pinned 2026-11-22 over ssh
      worker-1 namespaces="message@agent-mesh",valid-after="20261122073139Z" \(Self.key) x
      worker-1 namespaces="slice@agent-mesh",valid-before="20271122073139Z" \(Self.key)\(" ")
      a namespaces="message@agent-mesh",valid-after="19700101000001Z",valid-before="99991231235959Z" \(Self.key) y

      """
    let signers = try Self.parse(text)
    #expect(String(decoding: signers.bytes, as: UTF8.self) == text)
    #expect(signers.hosts == Set(try ["hub", "worker-1", "a"].map { try Host(validating: $0) }))
    #expect(signers.pins[0].namespaces == Namespace.allCases)
    #expect(signers.pins[0].note == "pinned 2026-11-22 over ssh")
    #expect(signers.pins[1].validAfter?.text == "2026-11-22T07:31:39.000Z")
    #expect(signers.pins[2].validBefore?.text == "2027-11-22T07:31:39.000Z")
    #expect(try Self.parse("# a person's words\n\n\(text)").pins == signers.pins)
    #expect(try Self.parse("").pins.isEmpty)
  }

  @Test("Any pins come back", arguments: 0..<4)
  func roundTrip(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<100 {
      let pins = try (0..<random.below(5)).map { _ in
        Pin(
          host: try Sample.host(&random),
          namespaces: [.message]
            + Namespace.allCases.dropFirst(random.below(5)).filter { $0 != .message },
          validAfter: random.chance(2) ? second(&random) : nil,
          validBefore: random.chance(2) ? second(&random) : nil,
          key: try VerifyingKey(bytes: random.bytes(32)), note: random.text("az09 \"=,#-", 0...30))
      }
      let signers = AllowedSigners(pins)
      #expect(try AllowedSigners(validating: signers.bytes) == signers)
    }
  }

  private func second(_ random: inout SeededGenerator) -> Timestamp {
    Timestamp(milliseconds: 1000 * Int64.random(in: 1...253_402_300_799, using: &random))
  }

  static let wrong: [String] = {
    let namespaces = "namespaces=\"message@agent-mesh\""
    return [
      "hub", "hub \(key)", "hub \(key) note", "hub \(namespaces)", "hub \(namespaces) \(key)",
      " hub \(namespaces) \(key) x", "hub  \(namespaces) \(key) x", "hub \(namespaces)  \(key) x",
      "hub\t\(namespaces) \(key) x", "hub \(namespaces) \(key) x\r", "hub \(namespaces) \(key) é",
      "hub \(namespaces) \(key) \u{1B}[2J", "hub \(namespaces) \(key) \u{0}",
      "hub,worker \(namespaces) \(key) x", "* \(namespaces) \(key) x",
      "!hub \(namespaces) \(key) x",
      "hub* \(namespaces) \(key) x", "\"hub\" \(namespaces) \(key) x", "HUB \(namespaces) \(key) x",
      "hub \(namespaces) \(key.replacing("ssh-ed25519", with: "ssh-rsa")) x",
      "hub \(namespaces) ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQ== x",
      "hub \(namespaces) sk-ssh-ed25519@openssh.com \(key.dropFirst(12)) x",
      "hub \(namespaces) \(key)= x", "hub \(namespaces) \(key.dropLast()) x",
      "hub \(namespaces) ssh-ed25519  x", "hub namespaces=\"\" \(key) x", "hub namespaces \(key) x",
      "hub namespaces= \(key) x", "hub namespaces=message@agent-mesh \(key) x",
      "hub namespaces=\"message@agent-mesh \(key) x",
      "hub namespaces=\"message@agent-mesh\"\" \(key) x",
      "hub namespaces=\"message@agent-mesh,\" \(key) x",
      "hub namespaces=\",message@agent-mesh\" \(key) x",
      "hub namespaces=\"message@agent-mesh, slice@agent-mesh\" \(key) x",
      "hub namespaces=\"*@agent-mesh\" \(key) x", "hub namespaces=\"*\" \(key) x",
      "hub namespaces=\"git\" \(key) x", "hub namespaces=\"message@agent-mesh,git\" \(key) x",
      "hub Namespaces=\"message@agent-mesh\" \(key) x", "hub \(namespaces), \(key) x",
      "hub \(namespaces),\(namespaces) \(key) x", "hub ,\(namespaces) \(key) x",
      "hub \(namespaces), valid-after=\"20261122073139Z\" \(key) x",
      "hub \(namespaces) valid-after=\"20261122073139Z\" \(key) x",
      "hub \(namespaces)valid-after=\"20261122073139Z\" \(key) x",
      "hub valid-after=\"20261122073139Z\",\(namespaces) \(key) x",
      "hub valid-after=\"20261122073139Z\" \(key) x",
      "hub \(namespaces),valid-before=\"20271122073139Z\",valid-after=\"20261122073139Z\" \(key) x",
      "hub \(namespaces),valid-after=\"20261122073139Z\",valid-after=\"20261122073139Z\" \(key) x",
      "hub \(namespaces),cert-authority \(key) x", "hub cert-authority \(key) x",
      "hub \(namespaces),cert-authority=\"\" \(key) x",
      "hub \(namespaces),no-touch-required=\"1\" \(key) x",
      "hub \(namespaces),verify-required \(key) x", "hub \(namespaces),command=\"id\" \(key) x",
      "# \u{1B}[2J", "# words of a pers\u{F6}n",
    ]
  }()

  @Test("One line that is not in the form fails the whole file, with its number", arguments: wrong)
  func refused(line: String) {
    let good = "hub namespaces=\"\(Self.all)\" \(Self.key) good\n"
    #expect((try? Self.parse(good))?.pins.count == 1)
    let error = thrown { () throws(PinError) in try Self.parse("\(good)\(line)\n\(good)") }
    guard case .line(let number, let what) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(number == 2 && !what.isEmpty)
  }

  @Test(
    "What is wrong with a line is said",
    arguments: [
      ("hub", "five fields are wanted"), ("* O K x", "a host name is wanted first"),
      ("hub O ssh-rsa A x", "an ssh-ed25519 key is wanted third"),
      ("hub namespaces K x", "options are name=\"value\""),
      ("hub namespaces=xmessage@agent-mesh\" K x", "options are name=\"value\""),
      ("hub namespaces=\"message@agent-mesh K x", "options are name=\"value\""),
      ("hub namespaces=\"\" K x", "an unknown namespace"),
      ("hub namespaces=\"message@agent-mesh,git\" K x", "an unknown namespace"),
      ("hub O,command=\"id\" K x", "an unknown option"),
      ("hub O,O K x", "it is not in the regular form"),
      ("hub O K \u{1B}", "only printable ASCII is allowed"),
    ])
  func complaints(line: String, what: String) {
    let line = line.replacing("O", with: "namespaces=\"message@agent-mesh\"")
      .replacing("K", with: Self.key)
    #expect(throws: PinError.line(1, what)) { try Self.parse(line) }
  }

  @Test(
    "Times are UTC to the second and nothing else",
    arguments: [
      "20261122", "202611220731", "20261122073139", "20261122073139z", "20261122073139+00", "",
      "2026-11-22T07:31:39Z", "20261122T073139Z", "20261322073139Z", "20260229073139Z",
      "20261122240000Z", "20261122073160Z", "+0261122073139Z", "always", "19700101000000Z",
      "19691231235959Z", "020261122073139Z", "20261122073139ZZ",
    ])
  func times(time: String) {
    for option in ["valid-after", "valid-before"] {
      #expect(throws: PinError.line(1, "times are YYYYMMDDHHMMSSZ")) {
        try Self.parse("hub namespaces=\"\(Self.all)\",\(option)=\"\(time)\" \(Self.key) x\n")
      }
    }
  }

  @Test("A time is written to the second, and read back")
  func compact() {
    #expect(Sample.now.compact == "20261122073139Z")
    #expect(Timestamp(compact: "20261122073139Z")?.milliseconds == 1_795_332_699_000)
    #expect(Timestamp.last.compact == "99991231235959Z")
    #expect(Timestamp(milliseconds: 0).compact == "19700101000000Z")
    var random = SeededGenerator(seed: 4)
    for _ in 0..<500 {
      let time = second(&random)
      #expect(Timestamp(compact: time.compact) == time)
    }
  }

  @Test("A note cannot bring a line of its own, or bytes that fail the file")
  func notes() throws {
    let signer = try Signer("hub", seed: 1)
    let note = "by ssh\nevil namespaces=\"message@agent-mesh\" \(Self.key) x\r\u{1B}é\u{0}"
    let pins = AllowedSigners([Pin(host: signer.host, key: signer.publicKey, note: note)])
    let read = try AllowedSigners(validating: pins.bytes)
    #expect(read == pins)
    #expect(read.pins.count == 1 && read.hosts == [signer.host])
  }

  @Test("A pin without a namespace, or from a time before 1970 on, is written so that it is read")
  func oddPins() throws {
    let signer = try Signer("hub", seed: 1)
    let odd = [
      Pin(host: signer.host, namespaces: [], key: signer.publicKey, note: "x"),
      Pin(
        host: signer.host, validAfter: Timestamp(milliseconds: 0), key: signer.publicKey, note: "x"),
      Pin(
        host: signer.host, validBefore: Timestamp(milliseconds: 0), key: signer.publicKey, note: "x"
      ),
    ]
    for pin in odd {
      let signers = AllowedSigners([pin])
      let read = try AllowedSigners(validating: signers.bytes)
      for namespace in Namespace.allCases {
        let keys = read.keys(of: signer.host, for: namespace, at: Sample.now)
        #expect(keys == signers.keys(of: signer.host, for: namespace, at: Sample.now))
      }
    }
  }

  @Test("More than 4 MiB are refused, whatever they are")
  func tooLarge() {
    let large = [UInt8](repeating: 10, count: AllowedSigners.limit + 1)
    #expect(throws: PinError.tooLarge) { try AllowedSigners(validating: large) }
    #expect(throws: PinError.tooLarge) { try RevokedKeys(validating: large) }
  }
}
