#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import Mesh
import MeshCrypto
import TestSupport
import Testing

/// Another host as this host sees it: its own signing key, which the test pins by hand.
final class ForeignHost: Sendable {
  let host: Host
  let key: SigningKey

  init(_ name: String) throws {
    host = try Host(validating: name)
    key = try SigningKey.generate()
  }

  /// - Parameter options: used in place of all namespaces.
  func pin(in mesh: LocalMesh, options: String? = nil) throws {
    let all = Namespace.allCases.map(\.rawValue).joined(separator: ",")
    let file = mesh.agents + "/keys/allowed_signers"
    let line =
      "\(host) \(options ?? "namespaces=\"\(all)\"") \(key.publicKey.openSSH) by hand\n"
    try Files.write(file, (Files.text(file) ?? "") + line)
  }

  func revoke(in mesh: LocalMesh) throws {
    try Files.write(mesh.agents + "/keys/revoked_keys", "\(key.publicKey.openSSH) gone\n")
  }
}

/// An envelope made by hand: correct except for what a test changes.
struct Letter {
  var statement: Statement
  var body: [UInt8]
  var namespace = Namespace.message.rawValue

  /// - Parameter at: milliseconds between now and its time.
  init(
    from: String, of host: Host, to: String, in mesh: LocalMesh, _ body: String = "hello",
    at: Int64 = 0, life: Int64 = 60_000
  ) throws {
    self.body = Array(body.utf8)
    let now = Timestamp(milliseconds: Wall.milliseconds + at)
    statement = Statement(
      kind: .message, id: try #require(MessageID.random()), from: try Address(validating: from),
      fromHost: host, to: try Address(validating: to), toHost: try Host(validating: "hub"),
      toKey: try mesh.key.fingerprint, time: now,
      expires: Timestamp(milliseconds: now.milliseconds + life), length: self.body.count,
      digest: Digest.hex(Digest.blake2b256(self.body)))
  }

  var statementBytes: [UInt8] { statement.bytes }

  func signed(by host: ForeignHost) -> [UInt8] {
    framed(SSHSignature.make(over: statementBytes, namespace: namespace, by: host.key))
  }

  func framed(_ signature: [UInt8]) -> [UInt8] {
    let lengths = Preamble(
      statement: statementBytes.count, signature: signature.count, payload: body.count)
    return lengths.bytes + statementBytes + signature + body
  }
}

/// The answer of `agent-register-hook deliver`.
struct Answer {
  var ran: Ran
  var receipt: Receipt?
  /// `<outcome> <reason>`, or what came instead of a receipt.
  var verdict: String {
    receipt.map { "\($0.disposition.outcome.rawValue) \($0.disposition.reason.rawValue)" }
      ?? "no receipt, \(ran.status)"
  }
}

extension LocalMesh {
  /// Passes bytes to the receiving side. A receipt must be signed and refer to this very statement.
  func deliver(
    _ bytes: [UInt8], about letter: Letter, environment: [String: String] = [:]
  ) async throws -> Answer {
    let ran = try await run(
      "agent-register-hook", ["deliver"], stdin: bytes, environment: environment)
    return try Answer(ran: ran, receipt: receipt(in: ran, about: letter))
  }

  func deliver(
    _ letter: Letter, by host: ForeignHost, environment: [String: String] = [:]
  ) async throws -> Answer {
    try await deliver(letter.signed(by: host), about: letter, environment: environment)
  }

  func receipt(in ran: Ran, about letter: Letter) throws -> Receipt? {
    // After the ready line and keep-alives.
    guard ran.out.starts(with: Array("AMSH1 ready\n".utf8)),
      let start = ran.out.firstRange(of: Array("AMSR1 ".utf8))?.lowerBound,
      let framed = try? SignedReceipt(framed: Array(ran.out[start...]))
    else { return nil }
    return try framed.verified(by: [try key], for: letter.statement, letter.statementBytes)
  }
}

enum Wall {
  static var milliseconds: Int64 {
    Int64(Date().timeIntervalSince1970 * 1000)
  }
}
