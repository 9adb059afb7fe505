import Mesh
import MeshCrypto
import TestSupport
import Testing

/// What a pinned peer can do with sealed envelopes that it makes itself.
@Suite struct SealForgedTests {
  static let file = noise(200_000)

  @Test func anHonestOneLands() async throws {
    try await Forger.with { forger in
      let answer = try await forger.deliver(try SealedPieces(forger, Self.file).bytes())
      #expect(answer.receipt?.disposition.outcome == .submitted, "\(answer)")
      #expect(Files.read(forger.account.inbox + "/beta-x/f") == Self.file)
    }
  }

  enum Tamper: String, CaseIterable {
    case swapped, repeated, missing, lastMissing, afterFinal, emptied, cut, bit, key, box
  }

  @Test(arguments: Tamper.allCases)
  func chunksCannotBeMoved(tamper: Tamper) async throws {
    try await Forger.with { forger in
      for honest in [true, false] {
        var pieces = try SealedPieces(forger, Self.file)
        switch tamper {
        case .swapped: pieces.chunks.swapAt(0, 1)
        case .repeated: pieces.chunks.insert(pieces.chunks[1], at: 1)
        case .missing: pieces.chunks.remove(at: 1)
        case .lastMissing: pieces.chunks.removeLast()
        case .afterFinal: pieces.chunks.append(pieces.chunks[3])
        case .emptied: pieces.chunks = []
        case .cut: pieces.chunks[3].removeLast()
        case .bit: pieces.chunks[2][77] ^= 4
        case .key: pieces.prefix[pieces.prefix.count - 1] ^= 1
        case .box: pieces.prefix[40] ^= 1
        }
        let answer = try await forger.deliver(pieces.bytes(honest: honest))
        let disposition = try #require(answer.receipt?.disposition, "\(answer)")
        #expect([.notAuthentic, .failed].contains(disposition.outcome), "\(disposition)")
        #expect(
          [.malformed, .digest, .truncated].contains(disposition.reason), "\(disposition)")
      }
      #expect(forger.leftNothing)
    }
  }

  @Test func sealedForAnotherHostOrReSignedByAnother() async throws {
    try await Forger.with { forger in
      let other = try SealKey.generate()
      let foreign = try SealedPieces(forger, Self.file, to: other.publicKey)
      let answer = try await forger.deliver(foreign.bytes())
      #expect(answer.receipt?.disposition == Disposition(.notAuthentic, .sealKey), "\(answer)")
      // Another pinned host wraps its own statement around the first host's sealed payload.
      let thief = try await Forger(forger.account, "gamma")
      var stolen = try SealedPieces(forger, Self.file)
      let mine = try SealedPieces(thief, Self.file)
      stolen.statement.from = mine.statement.from
      stolen.statement.fromHost = mine.statement.fromHost
      let bytes =
        thief.envelope(stolen.statement, stolen.prefix + stolen.chunks.flatMap { $0 })
        + thief.end(stolen.statement, Array("c".utf8), Self.file)
      let second = try await forger.deliver(bytes)
      #expect(second.receipt?.disposition == Disposition(.notAuthentic, .spoofed), "\(second)")
      #expect(forger.leftNothing)
    }
  }

  enum Field: CaseIterable { case kind, id, from, to, toKey, name, length, digest }

  @Test(arguments: Field.allCases)
  func innerAndOuterFieldsAreTheSame(field: Field) async throws {
    try await Forger.with { forger in
      let pieces = try SealedPieces(forger, Self.file) { head in
        switch field {
        case .kind: head.kind = .message
        case .id: head.id = try #require(MessageID.random())
        case .from: head.from = try Address(validating: "beta-y")
        case .to: head.to = try Address(validating: "alpha-main-first")
        case .toKey: head.toKey = forger.key.publicKey.fingerprint
        case .name: head.name = nil
        case .length: head.length += 1
        case .digest: head.digest = String(repeating: "0", count: 64)
        }
      }
      let answer = try await forger.deliver(pieces.bytes())
      #expect(answer.receipt?.disposition.outcome == .notAuthentic, "\(answer)")
      #expect(forger.leftNothing)
    }
  }

  @Test func aReceiverThatWantsSealsRefusesPlain() async throws {
    try await Forger.with { forger in
      try forger.account.policy("require_seal = [\"beta\"]\n")
      let body = Array("in the open".utf8)
      let plain = forger.envelope(
        try forger.statement(
          .message, length: body.count, digest: Digest.hex(Digest.blake2b256(body))), body)
      let answer = try await forger.deliver(plain)
      #expect(answer.receipt?.disposition == Disposition(.refused, .sealRequired), "\(answer)")
      let file = try await forger.deliver(try forger.plainFile("f", [1]))
      #expect(file.receipt?.disposition == Disposition(.refused, .sealRequired), "\(file)")
      #expect(forger.leftNothing)
      let sealed = try await forger.deliver(try SealedPieces(forger, [1]).bytes())
      #expect(sealed.receipt?.disposition.outcome == .submitted, "\(sealed)")
    }
  }
}
