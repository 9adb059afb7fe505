import Mesh
import MeshCrypto
import Testing

@Suite("Received, verified: steps 2 to 5")
struct TrustVerifyTests {
  let hub: Signer
  let other: Signer
  let me: Host

  init() throws {
    hub = try Signer("hub", seed: 1)
    other = try Signer("worker-2", seed: 2)
    me = try Host(validating: "worker-1")
  }

  /// Why `hub`'s statement is refused; `nil` if it is verified.
  private func refused(
    _ statement: Statement? = nil, signature: [UInt8]? = nil, pins: [Pin]? = nil,
    revoked: Set<VerifyingKey> = [], peer: Host? = nil, at now: Timestamp = Sample.now
  ) throws -> Stop? {
    let bytes = (try statement ?? Sample.statement()).bytes
    let trusted = TrustedKeys(
      pins: AllowedSigners(pins ?? [hub.pin, other.pin]), revoked: RevokedKeys(revoked), me: me)
    let received = try Received(statement: bytes, signature: signature ?? hub.sign(bytes))
    do {
      let verified = try received.verified(with: trusted, at: now, peer: peer)
      #expect(verified.statement.bytes == bytes)
      return nil
    } catch { return error }
  }

  @Test("A pinned host's signed statement is verified, and its key is told")
  func good() throws {
    let bytes = try Sample.statement().bytes
    let received = try Received(statement: bytes, signature: hub.sign(bytes))
    #expect(received.claim == (try Sample.statement()))
    let trusted = TrustedKeys(
      pins: AllowedSigners([other.pin, hub.pin]), revoked: RevokedKeys(), me: me)
    let verified = try received.verified(with: trusted, at: Sample.now, peer: hub.host)
    #expect(verified.key == hub.publicKey)
    #expect(verified.statement.from.text == "hub-dev-build")
  }

  @Test("Without a pin that counts now, nobody is anybody")
  func unpinned() throws {
    var pin = hub.pin
    #expect(try refused(pins: []) == .unpinned)
    #expect(try refused(pins: [other.pin]) == .unpinned)
    pin.namespaces = Namespace.allCases.filter { $0 != .message }
    #expect(try refused(pins: [pin]) == .unpinned)
    pin = hub.pin
    pin.validAfter = Timestamp(milliseconds: Sample.now.milliseconds + 1)
    #expect(try refused(pins: [pin]) == .unpinned)
    pin.validAfter = Sample.now
    #expect(try refused(pins: [pin]) == nil)
    pin.validBefore = Timestamp(milliseconds: Sample.now.milliseconds + 1)
    #expect(try refused(pins: [pin]) == nil)
    pin.validBefore = Sample.now
    #expect(try refused(pins: [pin]) == .unpinned)
  }

  @Test("Another key than the pinned one is a changed key, with both fingerprints")
  func changed() throws {
    let new = try Signer("hub", seed: 3)
    let bytes = try Sample.statement().bytes
    let changed = Stop.keyChanged(
      pinned: [hub.publicKey.fingerprint], signed: new.publicKey.fingerprint)
    #expect(try refused(signature: new.sign(bytes)) == changed)
    // A key that is pinned for another host.
    #expect(
      try refused(signature: other.sign(bytes))
        == .keyChanged(
          pinned: [hub.publicKey.fingerprint], signed: other.publicKey.fingerprint))
  }

  @Test("While a rotation is under way both keys count; then only the new one")
  func rotation() throws {
    let new = try Signer("hub", seed: 3)
    let bytes = try Sample.statement().bytes
    var old = hub.pin
    old.validBefore = Timestamp(milliseconds: Sample.now.milliseconds + 1000)
    for signer in [hub, new] {
      #expect(try refused(signature: signer.sign(bytes), pins: [old, new.pin]) == nil)
    }
    old.validBefore = Sample.now
    #expect(try refused(signature: new.sign(bytes), pins: [old, new.pin]) == nil)
    #expect(
      try refused(pins: [old, new.pin])
        == .keyChanged(pinned: [new.publicKey.fingerprint], signed: hub.publicKey.fingerprint))
  }

  @Test("A revoked key speaks for nobody, pinned or not; the other one still does")
  func revoked() throws {
    let new = try Signer("hub", seed: 3)
    let bytes = try Sample.statement().bytes
    #expect(try refused(revoked: [hub.publicKey]) == .revoked)
    #expect(try refused(pins: [hub.pin, new.pin], revoked: [hub.publicKey]) == .revoked)
    #expect(try refused(pins: [new.pin], revoked: [hub.publicKey]) == .revoked)
    #expect(
      try refused(
        signature: new.sign(bytes), pins: [hub.pin, new.pin], revoked: [hub.publicKey]) == nil)
    #expect(try refused(revoked: [other.publicKey]) == nil)
  }

  @Test("Another namespace, another message, and what is no signature are refused")
  func signatures() throws {
    let bytes = try Sample.statement().bytes
    for namespace in Namespace.allCases where namespace != .message {
      #expect(try refused(signature: hub.sign(bytes, as: namespace)) == .signature)
    }
    let good = hub.sign(bytes)
    let plain = String(decoding: good, as: UTF8.self)
    let wrong: [[UInt8]] = [
      hub.sign([]), hub.sign(bytes + [10]), [], [10], good + [10], Array(good.dropLast()),
      Array(plain.replacing("\n", with: "\r\n").utf8), [UInt8](repeating: 0x41, count: 5000),
      Array(plain.replacing("SSH SIGNATURE", with: "PGP SIGNATURE").utf8), good + good,
    ]
    for signature in wrong { #expect(try refused(signature: signature) == .signature) }
    for field in [SignatureField.hash, .keyType, .version, .reserved] {
      let signature = try SignatureField.change(field, in: good)
      #expect(try refused(signature: signature) == .signature, "\(field)")
    }
  }

  @Test("A sender speaks for the addresses that its host owns, by the longest known name")
  func ownership() throws {
    let short = try Signer("a", seed: 5)
    let long = try Signer("a-b", seed: 6)
    func refused(
      _ from: String, by signer: Signer, knowing pins: [Pin], me: String = "worker-1"
    ) throws -> Stop? {
      let bytes = try Sample.statement(from: from, of: signer.host.name).bytes
      let trusted = TrustedKeys(
        pins: AllowedSigners(pins), revoked: RevokedKeys(), me: try Host(validating: me))
      let received = try Received(statement: bytes, signature: signer.sign(bytes))
      return refusal(received, trusted)
    }
    let both = [short.pin, long.pin]
    for from in ["a", "a-c", "a-bc-d", "a.1", "a-c~2", "a-c-d.1"] {
      #expect(try refused(from, by: short, knowing: both) == nil, "\(from)")
    }
    for from in ["a-b", "a-b-c", "a-b-c-d", "a-b.1", "a-b~2", "b", "ab", "worker-1-x"] {
      #expect(try refused(from, by: short, knowing: both) == .spoofed, "\(from)")
    }
    for from in ["a-b", "a-b-c", "a-b.1", "a-b~2"] {
      #expect(try refused(from, by: long, knowing: both) == nil, "\(from)")
      #expect(try refused(from, by: short, knowing: [short.pin]) == nil, "\(from)")
      // This account counts as known, although it has no pin.
      #expect(try refused(from, by: short, knowing: [short.pin], me: "a-b") == .spoofed, "\(from)")
    }
    for from in ["a", "a-c", "a-bc-d"] {
      #expect(try refused(from, by: long, knowing: both) == .spoofed, "\(from)")
    }
  }

  @Test("A connection that is bound to a peer carries that peer's messages only")
  func peer() throws {
    #expect(try refused(peer: hub.host) == nil)
    #expect(try refused(peer: nil) == nil)
    #expect(try refused(peer: other.host) == .spoofed)
    #expect(try refused(peer: me) == .spoofed)
  }

  @Test("Every flipped bit of a statement is refused, by its form or by the signature")
  func flips() throws {
    let bytes = try Sample.statement().bytes
    let signature = hub.sign(bytes)
    let trusted = TrustedKeys(
      pins: AllowedSigners([hub.pin, other.pin]), revoked: RevokedKeys(), me: me)
    var parsed = 0
    for bit in 0..<(bytes.count * 8) {
      var changed = bytes
      changed[bit / 8] ^= 1 << (bit % 8)
      #expect(throws: CryptoError.notAuthentic, "bit \(bit)") {
        try SSHSignature.verify(
          signature, over: changed, namespace: Namespace.message.rawValue, by: hub.publicKey)
      }
      guard let received = try? Received(statement: changed, signature: signature) else { continue }
      parsed += 1
      let sameHost = received.claim.fromHost == hub.host
      let error = refusal(received, trusted)
      #expect(error == (sameHost ? .signature : .unpinned), "bit \(bit)")
    }
    // Most flipped bits still give a well-formed statement, so it is the signature that refuses.
    #expect(parsed > 500)
  }
}
