import Mesh
import MeshCrypto
import TestSupport
import Testing

@Suite("Receipts")
struct EnvelopeReceiptTests {
  let worker: Signer
  let hub: Signer
  let statement: Statement
  let statementBytes: [UInt8]

  init() throws {
    worker = try Signer("worker-1", seed: 2)
    hub = try Signer("hub", seed: 1)
    statement = try Sample.statement()
    statementBytes = statement.bytes
  }

  private func receipt() throws -> Receipt {
    Receipt(
      id: statement.id, fromHost: hub.host, toHost: worker.host,
      to: try Address(validating: "worker-1-foo"),
      statement: Digest.hex(Digest.sha256(statementBytes)), disposition: Disposition(.submitted),
      time: Sample.now)
  }

  private func refusal(
    _ signed: SignedReceipt, keys: [VerifyingKey]? = nil, for other: Statement? = nil,
    _ bytes: [UInt8]? = nil
  ) -> ReceiptError? {
    thrown { () throws(ReceiptError) in
      try signed.verified(
        by: keys ?? [worker.publicKey], for: other ?? statement, bytes ?? statementBytes)
    }
  }

  @Test("The form is the protocol's, byte for byte")
  func form() throws {
    let text = """
      id: a4dqobyha4dqobyha4dqobyha4
      from-host: hub
      to-host: worker-1
      to: worker-1-foo
      statement: \(Digest.hex(Digest.sha256(statementBytes)))
      outcome: submitted
      reason: -
      name: -
      time: 2026-11-22T07:31:39.120Z

      """
    #expect(String(decoding: try receipt().bytes, as: UTF8.self) == text)
  }

  @Test("Any receipt comes back, framed and signed", arguments: 0..<4)
  func roundTrip(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<60 {
      var other = try Sample.random(&random)
      if other.kind == .status { other.inReplyTo = try Sample.randomID(&random) }
      let bytes = other.bytes
      let about = other.kind == .status ? other.inReplyTo ?? other.id : other.id
      let receipt = Receipt(
        id: about, fromHost: other.fromHost, toHost: other.toHost,
        to: random.chance(2) ? other.to : nil, statement: Digest.hex(Digest.sha256(bytes)),
        disposition: Disposition(
          random.pick(Outcome.allCases, else: .unknown), random.pick(Reason.allCases, else: .none)),
        name: random.chance(2) ? try EncodedName(encoding: "a b") : nil, time: other.time)
      #expect(try Receipt(validating: receipt.bytes) == receipt)
      let signed = SignedReceipt(receipt, by: worker.key)
      let read = try SignedReceipt(framed: signed.bytes)
      #expect(read == signed && read.bytes == signed.bytes && read.unverified == receipt)
      #expect(try read.verified(by: [worker.publicKey], for: other, bytes) == receipt)
    }
  }

  @Test("The longest receipt there can be is read back")
  func longest() throws {
    var receipt = try receipt()
    receipt.fromHost = try Host(validating: String(repeating: "a", count: 63))
    receipt.toHost = try Host(validating: String(repeating: "b", count: 63))
    receipt.to = try Address(validating: String(repeating: "b", count: Address.limit))
    receipt.name = try EncodedName(encoding: String(repeating: "é", count: 127))
    receipt.disposition = Disposition(.notAuthentic, .unknownScreen)
    let framed = SignedReceipt(receipt, by: worker.key).bytes
    #expect(try SignedReceipt(framed: framed).unverified == receipt)
  }

  @Test("Another key's, another namespace's, or nobody's is no proof")
  func signatures() throws {
    let receipt = try receipt()
    let good = SignedReceipt(receipt, by: worker.key)
    #expect(refusal(good) == nil)
    #expect(refusal(good, keys: [hub.publicKey, worker.publicKey]) == nil)
    #expect(refusal(good, keys: []) == .signature)
    #expect(refusal(good, keys: [hub.publicKey]) == .signature)
    #expect(refusal(SignedReceipt(receipt, by: hub.key)) == .signature)
    for namespace in Namespace.allCases where namespace != .receipt {
      let other = try frame(receipt.bytes, worker.sign(receipt.bytes, as: namespace))
      #expect(refusal(other) == .signature)
    }
    #expect(refusal(try frame(receipt.bytes, [])) == .signature)
    #expect(refusal(try frame([], worker.sign([], as: .receipt))) == .form)
    #expect(refusal(try frame([0xFF, 10], worker.sign([0xFF, 10], as: .receipt))) == .form)
  }

  private func frame(_ receipt: [UInt8], _ signature: [UInt8]) throws -> SignedReceipt {
    try SignedReceipt(
      framed: Array("AMSR1 \(receipt.count) \(signature.count)\n".utf8) + receipt + signature)
  }

  @Test("A receipt for another message, statement, asker or answerer is no proof")
  func another() throws {
    var others = [try receipt(), try receipt(), try receipt(), try receipt()]
    others[0].id = try Sample.id(8)
    others[1].fromHost = worker.host
    others[2].toHost = hub.host
    others[3].statement = Digest.hex(Digest.sha256([]))
    for other in others { #expect(refusal(SignedReceipt(other, by: worker.key)) == .another) }
    let good = SignedReceipt(try receipt(), by: worker.key)
    // Signed again a millisecond later: the same message, but another statement.
    var again = statement
    again.time = Timestamp(milliseconds: statement.time.milliseconds + 1)
    #expect(refusal(good, for: again, again.bytes) == .another)
  }

  @Test("A status is answered about the message that it asks for, and about no other")
  func status() throws {
    var asked = statement
    (asked.kind, asked.id, asked.inReplyTo) = (.status, try Sample.id(5), statement.id)
    let bytes = asked.bytes
    var answer = try receipt()
    answer.statement = Digest.hex(Digest.sha256(bytes))
    #expect(refusal(SignedReceipt(answer, by: worker.key), for: asked, bytes) == nil)
    answer.id = asked.id
    #expect(refusal(SignedReceipt(answer, by: worker.key), for: asked, bytes) == .another)
  }

  @Test("Every flipped bit is refused, as is every cut and every byte more")
  func flips() throws {
    let framed = SignedReceipt(try receipt(), by: worker.key).bytes
    func isProof(_ bytes: [UInt8]) -> Bool {
      (try? SignedReceipt(framed: bytes)).map { refusal($0) == nil } ?? false
    }
    #expect(isProof(framed))
    for bit in 0..<(framed.count * 8) {
      var changed = framed
      changed[bit / 8] ^= 1 << (bit % 8)
      #expect(!isProof(changed), "bit \(bit)")
    }
    for count in 0..<framed.count { #expect(!isProof(Array(framed.prefix(count)))) }
    #expect(!isProof(framed + [10]) && !isProof([10] + framed) && !isProof(framed + framed))
  }

  @Test("Junk is refused without harm, and the length behind a first line agrees with the frame")
  func junk() throws {
    var random = SeededGenerator(seed: 5)
    for _ in 0..<3000 {
      let line = Array(("AMSR1 " + random.text("0123456789 -", 0...10)).utf8)
      let junk =
        random.chance(3)
        ? random.bytes(random.below(60)) : line + [10] + random.bytes(random.below(40))
      if let taken = try? SignedReceipt(framed: junk) { #expect(taken.bytes == junk) }
      guard let length = SignedReceipt.length(behind: line) else { continue }
      let rest = [UInt8](repeating: 0, count: length)
      #expect(try SignedReceipt(framed: line + [10] + rest).bytes.count == line.count + 1 + length)
    }
    for line in [
      "", "AMSR1", "AMSR1 1", "AMSR1 01 1", "AMSH1 1 1 1", "AMSR1 99999 1", "AMSR1 1 1025",
    ] {
      #expect(SignedReceipt.length(behind: Array(line.utf8)) == nil)
    }
    for bytes in [[], [10], Array("AMSR1 0 0".utf8), [UInt8](repeating: 65, count: 1 << 20)] {
      #expect(throws: FormError.self) { try SignedReceipt(framed: bytes) }
    }
  }

  @Test("Words that are no outcome or reason, and `-` out of place, are refused")
  func words() throws {
    let text = String(decoding: try receipt().bytes, as: UTF8.self)
    let wrong = [
      ("outcome: submitted", "outcome: delivered"), ("outcome: submitted", "outcome: -"),
      ("outcome: submitted", "outcome: Submitted"), ("reason: -", "reason: because"),
      ("reason: -", "reason: none"), ("to: worker-1-foo", "to: Worker"), ("name: -", "name: a/b"),
      ("id: a4", "id: A4"), ("from-host: hub", "from-host: -"), ("to-host: worker-1", "to-host: *"),
      ("statement: ", "statement: -"), ("time: 2026", "time: 02026"), ("\n", "\r\n"),
      ("\nname", "\n\nname"),
    ]
    for (old, new) in wrong {
      #expect(throws: FormError.self, "\(new)") {
        try Receipt(validating: Array(text.replacing(old, with: new).utf8))
      }
    }
    #expect(Set(Outcome.allCases.map(\.rawValue)).count == Outcome.allCases.count)
  }
}
