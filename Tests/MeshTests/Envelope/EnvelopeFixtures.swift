import Mesh
import MeshCrypto
import TestSupport

/// An account with its key.
final class Signer: Sendable {
  let host: Host
  let key: SigningKey

  init(_ host: String, seed: UInt8) throws {
    self.host = try Host(validating: host)
    key = try SigningKey(seed: [UInt8](repeating: seed, count: 32).span)
  }

  var publicKey: VerifyingKey { key.publicKey }
  var pin: Pin { Pin(host: host, key: publicKey, note: "test") }

  func sign(_ bytes: [UInt8], as namespace: Namespace = .message) -> [UInt8] {
    SSHSignature.make(over: bytes, namespace: namespace.rawValue, by: key)
  }
}

/// Statements for tests: a plain one, and random ones.
enum Sample {
  static let now = Timestamp(milliseconds: 1_795_332_699_120)

  static func statement(
    from: String = "hub-dev-build", of host: String = "hub", at time: Timestamp = now
  ) throws -> Statement {
    let body = Array("tests green".utf8)
    return Statement(
      kind: .message, id: try id(7), from: try Address(validating: from),
      fromHost: try Host(validating: host), to: try Address(validating: "worker-1-foo"),
      toHost: try Host(validating: "worker-1"), toKey: fingerprint(9), time: time,
      expires: Timestamp(milliseconds: time.milliseconds + 300_000), length: body.count,
      digest: Digest.hex(Digest.blake2b256(body)))
  }

  static func id(_ byte: UInt8) throws -> MessageID {
    try MessageID(validating: Base32.encode([UInt8](repeating: byte, count: 16)))
  }

  static func fingerprint(_ byte: UInt8) -> String {
    "SHA256:" + Base64.encode([UInt8](repeating: byte, count: 32)).prefix { $0 != "=" }
  }

  /// A valid statement of any kind, with whatever fields that kind may have.
  static func random(_ random: inout SeededGenerator) throws -> Statement {
    let kind = random.pick(Kind.allCases, else: .message)
    let seal = random.pick(Sealing.allCases, else: .none)
    let time = Timestamp(
      milliseconds: Int64.random(in: 0...Timestamp.last.milliseconds, using: &random))
    let plainFile = kind == .file && seal == .none
    return Statement(
      kind: kind, id: try Sample.randomID(&random), from: try address(&random),
      fromHost: try host(&random), to: try address(&random), toHost: try host(&random),
      toKey: "SHA256:" + Base64.encode(random.bytes(32)).prefix { $0 != "=" }, time: time,
      expires: Timestamp(milliseconds: time.milliseconds + Int64(random.below(1 << 40))),
      replyTo: random.chance(2) ? try address(&random) : nil,
      inReplyTo: random.chance(2) ? try Sample.randomID(&random) : nil, options: options(&random),
      seal: seal, name: plainFile && random.chance(2) ? try name(&random) : nil,
      length: random.pick([0, 1, 65_536, 9_999_999_999_999, random.below(1 << 40)], else: 0),
      digest: plainFile ? nil : Digest.hex(random.bytes(32)))
  }

  static func randomID(_ random: inout SeededGenerator) throws -> MessageID {
    try MessageID(validating: Base32.encode(random.bytes(16)))
  }

  static func host(_ random: inout SeededGenerator) throws -> Host {
    let tail = random.text("abz09-", 0...62)
    return try Host(validating: random.text("abz09", 1...1) + tail)
  }

  static func address(_ random: inout SeededGenerator) throws -> Address {
    var text = random.text("az09", 1...1) + random.text("abz09-", 0...140)
    if random.chance(3) { text += "~\(2 + random.below(9_998))" }
    if random.chance(3) { text += ".\(random.below(10_000))" }
    return try Address(validating: text)
  }

  private static func options(_ random: inout SeededGenerator) -> SendOptions {
    SendOptions(
      force: random.chance(2), queue: random.chance(2),
      wait: random.chance(2) ? 1 + random.below(SendOptions.longestWait) : nil,
      notify: random.chance(2))
  }

  private static func name(_ random: inout SeededGenerator) throws -> EncodedName {
    try EncodedName(encoding: random.text("aZ9._-/ %~é日\u{1F468}\u{1}", 2...50))
  }
}

/// The error that a call threw; `nil` if it succeeded.
func thrown<Result: ~Copyable, Failure: Error>(
  _ body: () throws(Failure) -> Result
) -> Failure? {
  do {
    _ = try body()
    return nil
  } catch { return error }
}

extension Received {
  /// All checks up to the rate, for the account that the claim names, with nothing counted yet.
  consuming func counted(with trusted: TrustedKeys, at now: Timestamp) throws -> Counted {
    let (me, keys) = (claim.toHost, [claim.toKey])
    var window = RateWindow([], minute: 0)
    let current = try verified(with: trusted, at: now, peer: nil).addressed(to: me, keys: keys)
      .current(at: now, skew: 0)
    return try current.counted(in: &window, Policy().rate)
  }
}

/// The check consumes its value, so it cannot be called in a closure.
func refusal(
  _ received: consuming Received, _ trusted: TrustedKeys, peer: Host? = nil,
  at now: Timestamp = Sample.now
) -> Stop? {
  do {
    _ = try received.verified(with: trusted, at: now, peer: peer)
    return nil
  } catch { return error }
}

func refusal(
  _ counted: consuming Counted, _ decision: AccessDecision, _ ticket: consuming ReplayTicket,
  requireSeal: Policy.SealRule = .never
) -> Stop? {
  do {
    _ = try counted.authorised(by: decision, requireSeal: requireSeal, ticket)
    return nil
  } catch { return error }
}

func refusal(_ authorised: consuming Authorised, payload: [UInt8]) -> Stop? {
  do {
    _ = try authorised.opened(payload: payload)
    return nil
  } catch { return error }
}
