import Mesh
import MeshCrypto
import Testing

/// The pins, revocations and signature of one question that we and `ssh-keygen` both judge.
struct OracleCase: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let isGood: Bool
  var signer = "hub"

  var pins = [OraclePin("hub", "hub")]
  var revoked: [String] = []
  var namespace: Namespace?
  var isChanged = false
  var host = "hub"

  init(_ description: String, _ isGood: Bool, _ change: (inout OracleCase) -> Void = { _ in }) {
    (testDescription, self.isGood) = (description, isGood)
    change(&self)
  }
}

struct OraclePin: Sendable {
  let host: String
  let key: String
  var after: Int64?
  var before: Int64?
  var isNarrow = false

  init(
    _ host: String, _ key: String, after: Int64? = nil, before: Int64? = nil, isNarrow: Bool = false
  ) {
    (self.host, self.key, self.after, self.before) = (host, key, after, before)
    self.isNarrow = isNarrow
  }
}

extension OracleCase {
  /// The time of every case, in seconds since 1970.
  static let now: Int64 = 1_795_332_699

  static let all = [
    OracleCase("pinned", true), OracleCase("changed message", false) { $0.isChanged = true },
    OracleCase("another key", false) { $0.signer = "evil" },
    OracleCase("another host's key", false) {
      $0.signer = "other"
      $0.pins.append(OraclePin("other", "other"))
    },
    OracleCase("nobody pinned", false) { $0.pins = [] },
    OracleCase("another host pinned", false) { $0.pins = [OraclePin("other", "hub")] },
    OracleCase("a longer name pinned", false) { $0.pins = [OraclePin("hub-dev", "hub")] },
    OracleCase("one key for two hosts", true) { $0.pins.append(OraclePin("other", "hub")) },
    OracleCase("pinned for other namespaces", false) {
      $0.pins = [OraclePin("hub", "hub", isNarrow: true)]
    },
    OracleCase("pinned twice, once for it", true) {
      $0.pins = [OraclePin("hub", "hub", isNarrow: true), OraclePin("hub", "hub")]
    },
    OracleCase("valid-before is past", false) { $0.pins = [OraclePin("hub", "hub", before: -1)] },
    OracleCase("valid-before is long past", false) {
      $0.pins = [OraclePin("hub", "hub", before: 1 - now)]
    },
    OracleCase("valid-before is to come", true) { $0.pins = [OraclePin("hub", "hub", before: 1)] },
    OracleCase("valid-after is to come", false) { $0.pins = [OraclePin("hub", "hub", after: 1)] },
    OracleCase("valid-after is now", true) { $0.pins = [OraclePin("hub", "hub", after: 0)] },
    OracleCase("valid-after is past", true) { $0.pins = [OraclePin("hub", "hub", after: -1)] },
    OracleCase("within both", true) { $0.pins = [OraclePin("hub", "hub", after: -60, before: 60)] },
    OracleCase("after both", false) {
      $0.pins = [OraclePin("hub", "hub", after: -60, before: -30)]
    },
    OracleCase("times at the ends of the calendar", true) {
      $0.pins = [OraclePin("hub", "hub", after: -now, before: 253_402_300_799 - now)]
    },
    OracleCase("rotating, the old key", true) {
      $0.pins = [OraclePin("hub", "hub", before: 60), OraclePin("hub", "new")]
    },
    OracleCase("rotating, the new key", true) {
      $0.signer = "new"
      $0.pins = [OraclePin("hub", "hub", before: 60), OraclePin("hub", "new")]
    },
    OracleCase("rotated, the old key", false) {
      $0.pins = [OraclePin("hub", "hub", before: -60), OraclePin("hub", "new")]
    },
    OracleCase("rotated, the new key", true) {
      $0.signer = "new"
      $0.pins = [OraclePin("hub", "hub", before: -60), OraclePin("hub", "new")]
    },
    OracleCase("revoked", false) { $0.revoked = ["hub"] },
    OracleCase("revoked among others", false) { $0.revoked = ["evil", "hub", "other"] },
    OracleCase("others revoked", true) { $0.revoked = ["evil", "other", "new"] },
    OracleCase("signed in another namespace", false) { $0.namespace = .message },
  ]
}

/// One document of each kind that hosts sign, and the same with another year in it.
struct OracleDocument {
  let bytes: [UInt8]

  init(_ namespace: Namespace) throws {
    let hub = try Host(validating: "hub")
    let time = Timestamp(milliseconds: 1_795_332_699_120)
    switch namespace {
    case .message: bytes = try Self.statement(to: "worker-1").bytes
    case .slice:
      bytes = SliceText.encode(
        Slice(
          host: hub, serial: 7, issued: time, expires: Timestamp(milliseconds: 1_795_900_000_000),
          signKey: try VerifyingKey(bytes: [UInt8](repeating: 5, count: 32)).openSSH,
          sealKey: Base64.encode([UInt8](repeating: 6, count: 32)), agents: []))
    case .receipt:
      let statement = try Self.statement(to: "hub")
      bytes =
        Receipt(
          id: statement.id, fromHost: statement.fromHost, toHost: hub, to: nil,
          statement: Digest.hex(Digest.sha256(statement.bytes)),
          disposition: Disposition(.submitted), time: time
        ).bytes
    case .rotate, .revoke: bytes = Array("host: hub\ntime: \(time)\n".utf8)
    }
  }

  var changed: [UInt8] {
    Array(String(decoding: bytes, as: UTF8.self).replacing("2026-", with: "2025-").utf8)
  }

  /// A statement from `hub`.
  static func statement(to host: String) throws -> Statement {
    let time = Timestamp(milliseconds: 1_795_332_699_120)
    return Statement(
      kind: .message,
      id: try MessageID(validating: Base32.encode([UInt8](repeating: 7, count: 16))),
      from: try Address(validating: "hub-dev"), fromHost: try Host(validating: "hub"),
      to: try Address(validating: "\(host)-x"), toHost: try Host(validating: host),
      toKey: try VerifyingKey(bytes: [UInt8](repeating: 5, count: 32)).fingerprint, time: time,
      expires: Timestamp(milliseconds: time.milliseconds + 1000), length: 0,
      digest: Digest.hex(Digest.blake2b256([])))
  }
}
